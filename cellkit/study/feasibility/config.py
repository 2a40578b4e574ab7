"""The section ``feasibility`` of a study file: required margins, errors of the tolerance stack, additional poses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated

from pydantic import Field

from cellkit.cell.kinds.fields import Name, Placement
from cellkit.cell.plan import CellPlan
from cellkit.errors import ConfigError
from cellkit.study.assumption import AboveZero, Assumption, NotNegative, assumed, stated, suggested
from cellkit.yamlfile import Document, Location, StrictModel, near_names

OWN = "cellkit, an assumption of our own"
PRACTICE = "common practice, from memory, not checked"
WRIST = 3
"""Number of last joints of an arm about which a load's moment of inertia is checked."""
PartOfOne = Annotated[Assumption, *assumed(above=0.0, most=1.0)]


class StatedPose(Placement):
    """A required pose of the TCP in addition to those of the cell's places; z points out of the tool."""

    name: Name
    hand: Name | None = Field(default=None, description="Role of the gripper; null: any of them")


class WristLimit(StrictModel):
    """The vendor's limit of the moment of inertia about one joint of the wrist."""

    joint: Annotated[int, Field(ge=1)] = Field(description="counted from 1")
    moment: AboveZero = stated("kg m²")


class MapConfig(StrictModel):
    """The grid of the reach map. ``heights`` in m above the arm's mounting face; empty: at the working heights."""

    columns: Annotated[int, Field(ge=5, le=201)] = Field(default=29, description="points along each side")
    orientations: Annotated[int, Field(ge=1, le=36)] = Field(default=4, description="turns of the tool about z")
    heights: list[float] = []


class FeasibilityConfig(StrictModel):
    """The settings of the checks. Lengths in m, angles in rad."""

    approach: AboveZero = suggested(0.10, "m", OWN, note="straight way above a grasp")
    places: list[Name] | None = Field(
        default=None, description="Places of the cell where a gripper works; null: as in the scenario"
    )
    leave_out: list[Name] = Field(default=[], description="Places of the cell where no gripper works")
    hands: dict[Name, list[Name]] = Field(
        default={}, description="Place → grippers that must all reach it; for other places one of them is enough"
    )
    poses: list[StatedPose] = []
    joint_margin: NotNegative = suggested(0.1, "rad", OWN, note="nearer to a joint's end is marginal")
    singularity: NotNegative = suggested(
        0.02, "m/rad", OWN, note="smallest singular value, rotation at 0.1 m/rad; below: 0.1 m/s need over 5 rad/s"
    )
    clearance: NotNegative = suggested(0.010, "m", OWN, note="of links and gripper bodies; less is marginal")
    payload_share: PartOfOne = suggested(0.9, "share", OWN, note="of the arm's payload; more is marginal")
    grip_safety: AboveZero = suggested(2.0, "ratio", PRACTICE, note="of the grip over the pull of weight and motion")
    carry: PartOfOne = suggested(
        1.0, "share", OWN, note="of the arm's speed and acceleration with a part, as the program uses it"
    )
    adapter_thickness: AboveZero = suggested(0.010, "m", OWN, note="of a plate that the cell file does not have yet")
    adapter_mass: AboveZero = suggested(0.12, "kg", OWN, note="of that plate")
    tolerance: AboveZero | None = Field(default=None, description="m; null: that of the scenario")
    feeder: NotNegative | None = Field(
        default=None, description="m; deviation of a part from its place when gripped; null: from the process"
    )
    vision: NotNegative = suggested(0.0005, "m", OWN, note="error of a camera that finds the part")
    fixture: NotNegative = suggested(0.0001, "m", OWN, note="spread of the target place of the part")
    centring: NotNegative = suggested(0.00005, "m", OWN, note="spread of the part between the pads or under the cup")
    calibration: NotNegative = suggested(0.0005, "m", OWN, note="error of the taught frame at the place")
    wrist_inertia: dict[str, Annotated[list[WristLimit], Field(min_length=1)]] = Field(
        default={}, description="Id of an arm model → the vendor's limits, in addition to those that cellkit has"
    )
    map: MapConfig = MapConfig()


def check_names(
    config: FeasibilityConfig, plans: Sequence[CellPlan], document: Document | None = None, at: Location = ()
) -> None:
    """Raise ``ConfigError``, with the line of the study file, for a place, frame or role that no cell has.

    ``plans``: the cells of all layouts. ``at``: the place of this section in ``document``.
    """

    def require(key: str, kind: str, name: str, known: Iterable[str], *where: str | int) -> None:
        valid = set(known)
        if name not in valid:
            text = f"{key}: the cell has no {kind} {name!r}; {near_names(name, valid)}"
            raise ConfigError(text) if document is None else document.error(text, (*at, key, *where))

    places = {name for plan in plans for name in plan.file.places}
    grippers = {name for plan in plans for name in plan.grippers}
    frames = {name for plan in plans for name in plan.layout.frames}
    for key, named in (("places", config.places or []), ("leave_out", config.leave_out)):
        for number, place in enumerate(named):
            require(key, "place", place, places, number)
    for place, roles in config.hands.items():
        require("hands", "place", place, places, place)
        for role in roles:
            require("hands", "gripper", role, grippers, place)
    for number, pose in enumerate(config.poses):
        require("poses", "frame", pose.frame, frames, number, "in")
        if pose.hand is not None or not grippers:
            require("poses", "gripper", pose.hand or "", grippers, number, "hand")
    for model in (arm for plan in plans for arm in plan.arms.values()):
        wrist = [str(joint) for joint in range(model.dof - WRIST + 1, model.dof + 1)]
        for number, limit in enumerate(config.wrist_inertia.get(model.id, ())):
            require("wrist_inertia", "wrist joint", str(limit.joint), wrist, model.id, number, "joint")
