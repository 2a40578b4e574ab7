"""What the checks found: plain figures in SI units, to be printed by others."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field, computed_field

from cellkit.study.feasibility.sentences import sentence


class Verdict(StrEnum):
    """Of one check. ``UNKNOWN``: a figure that it needs is not known, so nothing is claimed."""

    PASS = "pass"  # noqa: S105
    MARGINAL = "marginal"
    FAIL = "fail"
    UNKNOWN = "not known"


_GRAVITY = (Verdict.FAIL, Verdict.MARGINAL, Verdict.UNKNOWN, Verdict.PASS)


def gravest(verdicts: Sequence[Verdict]) -> Verdict:
    """The worst of several: fail, marginal, not known, pass. None at all: not known."""
    return min(verdicts, key=_GRAVITY.index, default=Verdict.UNKNOWN)


class _Result(BaseModel):
    model_config = ConfigDict(frozen=True)


class Check(_Result):
    """One check. ``key`` is what was checked, ``message`` names the sentence, whose blanks ``figures`` fill.

    ``value`` and ``limit`` are in ``unit``. ``unverified``: figures of this check that nobody has read at a source.
    """

    key: str
    verdict: Verdict
    message: str
    figures: dict[str, float | str] = {}
    value: float | None = None
    limit: float | None = None
    unit: str = ""
    unverified: list[str] = []

    @computed_field  # type: ignore[prop-decorator]
    @property
    def text(self) -> str:
        """The sentence in English."""
        return self.sentence("en")

    def sentence(self, language: str) -> str:
        """The sentence in ``en`` or ``nl``."""
        return sentence(self.message, self.figures, language)


class PoseResult(_Result):
    """One required pose of a TCP. ``xyz`` (m) in ``world``; joints in rad.

    ``kind``: ``grasp``, ``approach`` (above it, reached straight from it) or ``stated`` (by the study file).
    ``why``: in words, where it is not reachable. ``clearance`` (m) is that of links and gripper bodies from the cell,
    ``tip_clearance`` that of fingers, cup and what they hold, ``own_clearance`` that of own parts from each other and
    of the first link from the cell; below 0: how deep they are inside. At an approach each is the smallest of the
    straight way to the grasp.
    """

    name: str
    kind: str
    place: str | None = None
    part: str | None = None
    arm: str
    hand: str | None
    xyz: list[float]
    reachable: bool
    why: str | None = None
    joints: list[float] = []
    joint_margin: float | None = Field(default=None, description="rad to the nearest end of a joint's range")
    joint_margin_share: float | None = Field(default=None, description="the same over that joint's whole range")
    joint: str | None = Field(default=None, description="the joint that is nearest to its end")
    singular_value: float | None = Field(
        default=None, description="m/rad, smallest of the TCP's Jacobian, its rotation at 0.1 m/rad"
    )
    singular_joint: str | None = None
    manipulability: float | None = Field(default=None, description="square root of det(J Jᵀ) of the same Jacobian")
    clearance: float | None = None
    near: str | None = Field(default=None, description="what is nearest: `link - thing`")
    tip_clearance: float | None = None
    tip_near: str | None = None
    own_clearance: float | None = None
    own_near: str | None = None


class Contribution(_Result):
    """One error in the tolerance stack, in m; nearly all (three standard deviations) lie within it."""

    name: str
    value: float
    source: str
    verified: bool


class ToleranceStack(_Result):
    """Errors that add up where a part is put down, against the tolerance (m)."""

    tolerance: float
    contributions: list[Contribution]
    root_sum_square: float
    worst_case: float


class Feasibility(_Result):
    """All checks of one concept."""

    concept: str
    arm: str
    gripper: str | None
    layout: str
    speed: float
    checks: list[Check]
    poses: list[PoseResult]
    stack: ToleranceStack | None
    acceleration: float | None = Field(description="m/s² that the grip was judged by; null: nothing could be planned")
    acceleration_source: str = Field(description="`joint motion`, `straight motion` or empty")
    not_checked: list[str] = Field(description="keys of sentences (`not_checked.…`): what these checks leave open")

    @computed_field  # type: ignore[prop-decorator]
    @property
    def verdict(self) -> Verdict:
        """The worst of all checks."""
        return gravest([check.verdict for check in self.checks])

    @computed_field  # type: ignore[prop-decorator]
    @property
    def reachable_share(self) -> float | None:
        """Share of the required poses that can be reached; None when none is required."""
        return sum(pose.reachable for pose in self.poses) / len(self.poses) if self.poses else None

    def because(self, language: str = "en") -> list[str]:
        """Why it is not feasible: the sentences of all checks that failed."""
        return [check.sentence(language) for check in self.checks if check.verdict is Verdict.FAIL]

    def with_check(self, check: Check) -> Feasibility:
        """The same with one more check, in place of one of the same key."""
        kept = [one for one in self.checks if one.key != check.key]
        return self.model_copy(update={"checks": [*kept, check]})


class MapPoint(_Result):
    """A required pose on the map: where its TCP is over the arm's base (m), and whether it is reached."""

    name: str
    x: float
    y: float
    z: float
    reachable: bool


class MapLayer(_Result):
    """One height: ``share[row][column]`` (y, x) of the orientations that can be reached there, 0 to 1."""

    height: float
    share: list[list[float]]


class ReachMap(_Result):
    """Where the tool, pointing straight down, can be: a horizontal grid around the arm's base, axes as of ``world``.

    ``x`` and ``y`` (m) from the middle of the base; heights (m) over it. ``orientations``: turns about the vertical
    that were tried at every point. A share may be too low by what ``starts`` searches a point did not find.
    """

    concept: str
    arm: str
    hand: str | None
    reach: float | None
    x: list[float]
    y: list[float]
    layers: list[MapLayer]
    orientations: int
    starts: int
    points: list[MapPoint]
