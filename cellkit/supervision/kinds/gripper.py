"""The readings and commands of grippers for clients: parallel and vacuum."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from cellkit.cell.cell import Cell
from cellkit.devices import Gripper, ParallelGripper, VacuumGripper
from cellkit.errors import CellkitError
from cellkit.supervision.kinds.alarm_kind import FAULT, GRASP_LOST, AlarmStates, failed, value
from cellkit.supervision.kinds.command import (
    PART,
    POSE,
    Argument,
    ArgumentKind,
    Arguments,
    Command,
    WrongArgument,
    check_part,
    part_of,
    pose_of,
)
from cellkit.supervision.kinds.reading import Item, Reading, Stamped, pose_numbers
from cellkit.supervision.kinds.supervised_kind import SupervisedKind

FORCE = Argument("Force", ArgumentKind.NUMBER, "gripping force; 0: the force that the part needs", "N", 0.0, 1e5)
WIDTH = Argument("Width", ArgumentKind.NUMBER, "opening between the jaws", "m", 0.0, 10.0)
JAW_SPEED = Argument("Speed", ArgumentKind.NUMBER, "speed of the jaws; 0: their highest", "m/s", 0.0, 10.0)
NAMED_PART = Argument("Part", ArgumentKind.TEXT, "the kind of part, as the cell names it")
AT = Argument("Pose", POSE.kind, "where the part's middle is", POSE.unit, POSE.least, POSE.most, count=7)


async def _grip(cell: Cell, gripper: Gripper, given: Arguments) -> dict[str, Any]:
    result = await gripper.grip(part_of(cell, given["Part"]), force=given["Force"] or None)
    return {"held": result.held, "grip": result.grip.value, "measure": result.measure}


async def _release(cell: Cell, gripper: Gripper, given: Arguments) -> None:
    await gripper.release(part_of(cell, given["Part"]))


async def _move(_cell: Cell, gripper: ParallelGripper, given: Arguments) -> dict[str, Any]:
    state = await gripper.move(given["Width"], speed=given["Speed"] or None, force=given["Force"] or None)
    return {"width": state.width}


async def _recover(_cell: Cell, gripper: Gripper, _given: Arguments) -> None:
    await gripper.recover()


async def _grasp_poses(cell: Cell, gripper: Gripper, given: Arguments) -> dict[str, Any]:
    poses = gripper.grasp_poses(cell.workpiece(given["Part"]), pose_of(given["Pose"], "world"))
    return {"poses": [number for pose in poses for number in pose_numbers(pose)]}


def _suits(cell: Cell, gripper: Gripper, given: Arguments) -> None:
    part = check_part(cell, given)
    if part is None:
        return
    try:
        gripper.check(part)
    except CellkitError as error:
        raise WrongArgument("Part", str(error)) from None


def _check_move(_cell: Cell, gripper: ParallelGripper, given: Arguments) -> None:
    stroke = gripper.model.stroke.known()
    if given["Width"] > stroke + 1e-9:
        raise WrongArgument("Width", f"Width: {given['Width']:g} m is outside 0 to {stroke:g} m")


def _check_grasp(cell: Cell, gripper: Gripper, given: Arguments) -> None:
    if not given["Part"]:
        raise WrongArgument("Part", "Part: name the kind of part to grasp")
    _suits(cell, gripper, given)
    try:
        pose_of(given["Pose"], "world")
    except ValueError as error:
        raise WrongArgument("Pose", f"Pose: {error}") from None


GRIP = Command(
    "Grip",
    "Close, or switch suction on; result: held, the kind of grip, and the width (m) or vacuum (Pa)",
    _grip,
    (PART, FORCE),
    check=_suits,
)
RELEASE = Command("Release", "Release the part", _release, (PART,), check=_suits)
MOVE = Command(
    "MoveTo", "Open or close to a width; result: the width", _move, (WIDTH, JAW_SPEED, FORCE), check=_check_move
)
RECOVER = Command("Recover", "Clear a fault by the vendor's own sequence; the fingers may move", _recover)
GRASP_POSES = Command(
    "GraspPoses",
    "TCP poses, all equally good, that grasp (or put down) a part; result: poses in frame world",
    _grasp_poses,
    (NAMED_PART, AT),
    actuates=False,
    check=_check_grasp,
)
GRIPPER_COMMANDS = (GRIP, RELEASE, RECOVER, GRASP_POSES)
JAWS_COMMANDS = (GRIP, RELEASE, MOVE, RECOVER, GRASP_POSES)
_ITEMS = (Item("holding", "flag"), Item("moving", "flag"))
_JAWS_ITEMS = (*_ITEMS, Item("width", "number", "m"), Item("force", "number", "N"))
_VACUUM_ITEMS = (*_ITEMS, Item("vacuum", "number", "Pa"), Item("part_present", "flag"))


async def _read_jaws(gripper: ParallelGripper) -> Stamped:
    state = await gripper.state()
    return state.stamp, {
        "holding": gripper.holding,
        "moving": state.moving,
        "width": state.width,
        "force": state.force,
    }


async def _read_vacuum(gripper: VacuumGripper) -> Stamped:
    state = await gripper.state()
    return state.stamp, {
        "holding": gripper.holding,
        "moving": gripper.busy,
        "vacuum": state.vacuum,
        "part_present": state.part_present,
    }


def _alarms(readings: Mapping[str, Reading]) -> AlarmStates:
    states = {FAULT: (failed(readings), "")}
    # An event raises the alarm of a lost part; a part that is held again clears it.
    return states | ({GRASP_LOST: (False, "")} if value(readings, "holding") else {})


def _gripper(
    items: tuple[Item, ...], read: Callable[[Any], Awaitable[Stamped]], commands: tuple[Command, ...]
) -> SupervisedKind:
    return SupervisedKind(
        items=lambda _gripper: items,
        read=read,
        commands=commands,
        recover=RECOVER,
        alarms=(GRASP_LOST, FAULT),
        alarm_states=_alarms,
    )


JAWS = _gripper(_JAWS_ITEMS, _read_jaws, JAWS_COMMANDS)
VACUUM = _gripper(_VACUUM_ITEMS, _read_vacuum, GRIPPER_COMMANDS)
