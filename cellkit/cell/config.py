"""The cell file (`cellkit/cell/1`): devices by role, frames, workpieces, places, structures.

Lengths are in m, or shares of an arm's reach (``"0.5 reach"``), so that one file fits arms of any size.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from cellkit.models.arm import Positive, Triple
from cellkit.yamlfile import StrictModel

_REACH = re.compile(r"^(-?\d+(?:\.\d+)?) reach$")


def _length(value: float | str) -> float | str:
    if isinstance(value, str) and not _REACH.match(value):
        raise ValueError('a length is a number of metres or a share of the reach such as "0.5 reach"')
    return value


Length = Annotated[float | str, AfterValidator(_length)]
Lengths = Annotated[list[Length], Field(min_length=3, max_length=3)]
Pair = Annotated[list[Positive], Field(min_length=2, max_length=2)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Colour = Annotated[list[Annotated[float, Field(ge=0, le=1)]], Field(min_length=3, max_length=3)]


def metres(value: float | str, reach: float) -> float:
    """A length in m; ``reach`` (m) is that of the arm whose frame it is given in."""
    if isinstance(value, str):
        match = _REACH.match(value)
        assert match is not None
        return float(match.group(1)) * reach
    return float(value)


class Placement(StrictModel):
    """A pose in a named frame: ``world``, the name of an arm (its base) or one of the file's frames."""

    frame: str = Field(default="world", alias="in")
    xyz: Lengths = [0.0, 0.0, 0.0]
    rpy_deg: Triple = [0.0, 0.0, 0.0]


class ArmDevice(StrictModel):
    """A robot arm standing on ``mount``."""

    kind: Literal["arm"]
    model: str = Field(description="Id of a shipped model, or the path of a model file")
    mount: Placement = Placement()


class GripperDevice(StrictModel):
    """A gripper on the flange of an arm."""

    kind: Literal["gripper"]
    model: str
    on: Name = Field(description="Role of the arm that carries it")


class CameraDevice(StrictModel):
    """A camera looking along the z axis of ``pose``; ``finds`` are the workpieces it was taught."""

    kind: Literal["camera"]
    pose: Placement
    width: Annotated[int, Field(ge=16, le=4096)] = 320
    height: Annotated[int, Field(ge=16, le=4096)] = 240
    field_of_view_deg: Annotated[float, Field(gt=1, lt=170)] = 60.0
    finds: list[Name] = []


class IoDevice(StrictModel):
    """Digital signals, as the cell sees them."""

    kind: Literal["digital_io"]
    inputs: list[Name] = []
    outputs: list[Name] = []

    @model_validator(mode="after")
    def _consistent(self) -> IoDevice:
        signals = [*self.inputs, *self.outputs]
        twice = next((name for name in signals if signals.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f"the signal {twice!r} stands twice")
        return self


class ForceTorqueDevice(StrictModel):
    """A force/torque sensor between an arm's flange and its gripper."""

    kind: Literal["force_torque"]
    on: Name


class ProximityDevice(StrictModel):
    """A beam along the z axis of ``pose``."""

    kind: Literal["proximity"]
    pose: Placement
    range: Positive = 0.5


DeviceConfig = Annotated[
    ArmDevice | GripperDevice | CameraDevice | IoDevice | ForceTorqueDevice | ProximityDevice,
    Field(discriminator="kind"),
]


class WorkpieceConfig(StrictModel):
    """A kind of part. ``size`` in m: x, y, z (a cylinder's first two are its diameter)."""

    shape: Literal["box", "cylinder"] = "box"
    size: Annotated[list[Positive], Field(min_length=3, max_length=3)]
    mass: Positive
    friction: Annotated[float, Field(gt=0, le=2)] = 0.6
    colour: Colour = [0.85, 0.45, 0.15]


class PlaceGrid(Placement):
    """Poses in rows and columns around the middle; numbered along x first. z is where parts stand."""

    columns: Annotated[int, Field(ge=1, le=100)] = 1
    rows: Annotated[int, Field(ge=1, le=100)] = 1
    pitch: Pair = [0.1, 0.1]


class ShapeConfig(StrictModel):
    """One box or cylinder of a structure, in the structure's frame."""

    box: Annotated[list[Positive], Field(min_length=3, max_length=3)] | None = None
    cylinder: Pair | None = Field(default=None, description="diameter, height")
    xyz: Triple = [0.0, 0.0, 0.0]
    rpy_deg: Triple = [0.0, 0.0, 0.0]


class NestConfig(StrictModel):
    """Low walls around every pose of a place, ``clearance`` (m) wider than the workpiece on each side."""

    place: Name
    workpiece: Name
    clearance: Positive = 0.002
    wall_height: Positive = 0.006
    wall_thickness: Positive = 0.004


class Structure(Placement):
    """Something fixed in the cell: a table, a tray, a fixture, a post."""

    shapes: list[ShapeConfig] = []
    nests: NestConfig | None = None
    friction: Annotated[float, Field(gt=0, le=2)] = 0.6
    colour: Colour = [0.62, 0.64, 0.68]


class ConveyorConfig(Placement):
    """A belt; its pose is the middle of its top, it runs along x."""

    size: Annotated[list[Positive], Field(min_length=3, max_length=3)]
    speed: Annotated[float, Field(ge=-2, le=2)] = 0.0


class CellFile(StrictModel):
    """A whole cell."""

    schema_: Literal["cellkit/cell/1"] = Field(alias="schema")
    name: Name
    title: str = ""
    devices: dict[Name, DeviceConfig]
    frames: dict[Name, Placement] = {}
    workpieces: dict[Name, WorkpieceConfig] = {}
    places: dict[Name, PlaceGrid] = {}
    structures: dict[Name, Structure] = {}
    conveyors: dict[Name, ConveyorConfig] = {}
    stock: dict[Name, Name] = Field(default={}, description="Workpiece → place where parts lie when the run starts")
