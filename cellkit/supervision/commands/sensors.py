"""What can be asked of sensors, cameras and readers."""

from __future__ import annotations

from typing import Any

from cellkit.cell.cell import Cell
from cellkit.devices import CodeReader, ForceTorqueSensor, Locating
from cellkit.supervision.commands.command import Argument, ArgumentKind, Arguments, Command, check_part
from cellkit.supervision.commands.signals import TIMEOUT
from cellkit.supervision.jobs import Job
from cellkit.supervision.readings import pose_numbers
from cellkit.supervision.refusal import RefusalCode, RequestRefused

WANTED_FORCE = Argument("Force", ArgumentKind.NUMBER, "magnitude to wait for", "N", 0.0, 1e5)
KIND = Argument("Part", ArgumentKind.TEXT, "the kind of part to look for")


async def _zero(_cell: Cell, sensor: ForceTorqueSensor, _given: Arguments, _job: Job) -> dict[str, Any]:
    await sensor.zero()
    return {}


async def _wait(_cell: Cell, sensor: ForceTorqueSensor, given: Arguments, _job: Job) -> dict[str, Any]:
    return {"force": await sensor.wait_for(given["Force"], timeout=given["Timeout"])}


async def _locate(_cell: Cell, camera: Locating, given: Arguments, _job: Job) -> dict[str, Any]:
    found = await camera.locate(given["Part"])
    return {
        "names": [part.name for part in found],
        "frames": [part.pose.frame for part in found],
        "poses": [number for part in found for number in pose_numbers(part.pose)],
    }


def _check_locate(cell: Cell, camera: Any, given: Arguments) -> None:
    check_part(LOCATE, cell, given)
    if not given["Part"]:
        raise RequestRefused(RefusalCode.ARGUMENT, "Part: which kind of part?", 0)
    if not isinstance(camera, Locating):
        raise RequestRefused(RefusalCode.UNKNOWN, f"{camera.name} finds no parts")


async def _read(_cell: Cell, reader: CodeReader, _given: Arguments, _job: Job) -> dict[str, Any]:
    return {"code": await reader.read_code()}


LOCATE = Command(
    "Locate",
    "Where parts of a kind lie; result: names, and their poses one after the other, seven numbers each",
    _locate,
    (KIND,),
    actuates=False,
    check=_check_locate,
)
FORCE_TORQUE_COMMANDS = (
    Command("Zero", "Take what is measured now as zero", _zero, actuates=False),
    Command("WaitForForce", "Wait until a force is reached", _wait, (WANTED_FORCE, TIMEOUT), actuates=False),
)
CAMERA_COMMANDS = (LOCATE,)
READER_COMMANDS = (Command("ReadCode", "Read a code; result: its text", _read, actuates=False),)
