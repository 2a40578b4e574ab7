"""The results of the checks: plain figures in SI units, for printing elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from pydantic import Field, computed_field

from cellkit.study.feasibility.sentences import sentence
from cellkit.study.frozen_model import FrozenModel


class Verdict(StrEnum):
    """The verdict of a check. ``UNKNOWN``: a required figure is not known, so the check makes no claim."""

    PASS = "pass"  # noqa: S105
    MARGINAL = "marginal"
    FAIL = "fail"
    UNKNOWN = "not known"


_GRAVITY = (Verdict.FAIL, Verdict.MARGINAL, Verdict.UNKNOWN, Verdict.PASS)


def gravest(verdicts: Sequence[Verdict]) -> Verdict:
    """Return the worst of several: fail, marginal, not known, pass. Without any: not known."""
    return min(verdicts, key=_GRAVITY.index, default=Verdict.UNKNOWN)


class Check(FrozenModel):
    """One check. ``key`` is its subject; ``message`` names the sentence, and ``figures`` fill its blanks.

    ``value`` and ``limit`` are in ``unit``. ``unverified``: figures of this check that were not verified at a source.
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
        """Return the sentence in ``en`` or ``nl``."""
        return sentence(self.message, self.figures, language)


class PoseResult(FrozenModel):
    """One required pose of a TCP. ``xyz`` (m) in ``world``; joints in rad.

    ``kind``: ``grasp``, ``approach`` (above it, reached straight from it) or ``stated`` (by the study file).
    ``why``: the reason in words if it is not reachable. ``clearance`` (m) is that of links and gripper bodies from the
    cell, ``tip_clearance`` that of fingers, cup and their part, ``own_clearance`` that of own parts from each other and
    of the first link from the cell; below 0: the depth of the intersection. At an approach each is the smallest of the
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
    joint: str | None = Field(default=None, description="the joint with the smallest margin")
    singular_value: float | None = Field(
        default=None, description="m/rad, smallest of the TCP's Jacobian, its rotation at 0.1 m/rad"
    )
    singular_joint: str | None = None
    manipulability: float | None = Field(default=None, description="square root of det(J Jᵀ) of the same Jacobian")
    clearance: float | None = None
    near: str | None = Field(default=None, description="the nearest pair: `link - thing`")
    tip_clearance: float | None = None
    tip_near: str | None = None
    own_clearance: float | None = None
    own_near: str | None = None


class Contribution(FrozenModel):
    """One error of the tolerance stack, in m; nearly all errors (three standard deviations) are below it."""

    name: str
    value: float
    source: str
    verified: bool


class ToleranceStack(FrozenModel):
    """Errors that add up when a part is put down, against the tolerance (m)."""

    tolerance: float
    contributions: list[Contribution]
    root_sum_square: float
    worst_case: float


class Feasibility(FrozenModel):
    """All checks of one concept."""

    concept: str
    arm: str
    gripper: str | None
    layout: str
    speed: float
    checks: list[Check]
    poses: list[PoseResult]
    stack: ToleranceStack | None
    acceleration: float | None = Field(description="m/s² used for the grip check; null: no motion could be planned")
    acceleration_source: str = Field(description="`joint motion`, `straight motion` or empty")
    not_checked: list[str] = Field(
        description="keys of sentences (`not_checked.…`): points that these checks leave open"
    )

    @computed_field  # type: ignore[prop-decorator]
    @property
    def verdict(self) -> Verdict:
        """The worst of all checks."""
        return gravest([check.verdict for check in self.checks])

    @computed_field  # type: ignore[prop-decorator]
    @property
    def reachable_share(self) -> float | None:
        """Share of the required poses that can be reached; None if no pose is required."""
        return sum(pose.reachable for pose in self.poses) / len(self.poses) if self.poses else None

    def with_check(self, check: Check) -> Feasibility:
        """Return a copy with one more check, which replaces a check of the same key."""
        others = [other for other in self.checks if other.key != check.key]
        return self.model_copy(update={"checks": [*others, check]})


class MapPoint(FrozenModel):
    """A required pose on the map: its TCP relative to the arm's base (m), and whether it is reached."""

    name: str
    x: float
    y: float
    z: float
    reachable: bool


class MapLayer(FrozenModel):
    """One height: ``share[row][column]`` (y, x) of the orientations that can be reached, 0 to 1."""

    height: float
    share: list[list[float]]


class ReachMap(FrozenModel):
    """The reach with the tool pointing straight down: a horizontal grid around the arm's base, axes as of ``world``.

    ``x`` and ``y`` (m) from the middle of the base; heights (m) above it. ``orientations``: turns about the vertical
    that were tried at every point. A share may be too low, since only ``starts`` searches were made at each point.
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
