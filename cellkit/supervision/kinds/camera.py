"""The readings and commands of a camera for clients."""

from __future__ import annotations

from typing import Any

from cellkit.cell.cell import Cell
from cellkit.cell.kinds.camera import CameraDevice
from cellkit.cell.kinds.fields import DeviceSection
from cellkit.devices import (
    Camera,
    Locating,
)
from cellkit.supervision.kinds.command import Argument, ArgumentKind, Arguments, Command, WrongArgument, check_part
from cellkit.supervision.kinds.reading import Stamped, pose_numbers
from cellkit.supervision.kinds.supervised_kind import SupervisedKind
from cellkit.supervision.refusal import RefusalCode, RequestRefused
from cellkit.timing import now

KIND = Argument("Part", ArgumentKind.TEXT, "the kind of part to look for")


async def _locate(_cell: Cell, camera: Locating, given: Arguments) -> dict[str, Any]:
    parts = await camera.locate(given["Part"])
    return {
        "names": [part.name for part in parts],
        "frames": [part.pose.frame for part in parts],
        "poses": [number for part in parts for number in pose_numbers(part.pose)],
    }


def _check_locate(cell: Cell, camera: Any, given: Arguments) -> None:
    check_part(cell, given)
    if not given["Part"]:
        raise WrongArgument("Part", "Part: name the kind of part to look for")
    if not isinstance(camera, Locating):
        raise RequestRefused(RefusalCode.UNKNOWN, f"{camera.name} finds no parts")


async def _read(_camera: Camera) -> Stamped:
    return now(), {}  # images are not sent as values


def _details(_camera: Camera, section: DeviceSection) -> dict[str, Any]:
    assert isinstance(section, CameraDevice)
    return {"width": section.width, "height": section.height, "finds": list(section.finds)}


LOCATE = Command(
    "Locate",
    "Where parts of a kind lie; result: names, and their poses one after the other, seven numbers each",
    _locate,
    (KIND,),
    actuates=False,
    check=_check_locate,
)
CAMERA = SupervisedKind(items=lambda _camera: (), read=_read, commands=(LOCATE,), details=_details)
