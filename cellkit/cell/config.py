"""The cell file (`cellkit/cell/1`): devices by role, frames, workpieces, places, structures.

Lengths are in m, or shares of an arm's reach, so that one file fits arms of any size: ``"0.5 reach"`` is that of the
arm which the frame stands on, ``"0.5 left reach"`` that of the arm in role ``left``.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from cellkit.devices.analog_io import AnalogSignal
from cellkit.models.arm import Positive, Triple
from cellkit.yamlfile import StrictModel

_REACH = re.compile(r"^(-?\d+(?:\.\d+)?) (?:([a-z][a-z0-9_]*) )?reach$")


def _length(value: float | str) -> float | str:
    if isinstance(value, str) and not _REACH.match(value):
        raise ValueError('a length is a number of metres or a share of the reach such as "0.5 reach"')
    return value


Length = Annotated[float | str, AfterValidator(_length)]
Lengths = Annotated[list[Length], Field(min_length=3, max_length=3)]
Pair = Annotated[list[Positive], Field(min_length=2, max_length=2)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Corner = Annotated[list[float], Field(min_length=2, max_length=2)]
Colour = Annotated[list[Annotated[float, Field(ge=0, le=1)]], Field(min_length=3, max_length=3)]


def reach_share(length: str) -> tuple[float, str | None]:
    """The share, and the role of the arm that it names, if any, of a length such as "0.5 reach" or "0.5 left reach"."""
    match = _REACH.match(length)
    assert match is not None
    return float(match.group(1)), match.group(2)


class Placement(StrictModel):
    """A pose in a named frame: ``world``, the name of an arm (its base) or one of the file's frames."""

    frame: str = Field(default="world", alias="in")
    xyz: Lengths = [0.0, 0.0, 0.0]
    rpy_deg: Triple = [0.0, 0.0, 0.0]


class WireConfig(StrictModel):
    """How a device is reached: by default as the package of its model says, with that package's settings.

    ``settings`` are those of the driver: addresses, unit ids and the like. In a simulated cell the addresses are those
    of the pretended devices.
    """

    driver: Name | None = Field(default=None, description="Installed driver, where the model does not say which")
    protocol: str | None = Field(default=None, description="One of the driver's protocols, instead of the usual one")
    settings: dict[str, Any] = Field(default={}, description="Settings of the driver")


class _Device(StrictModel):
    wire: WireConfig = WireConfig()


class ArmDevice(_Device):
    """A robot arm standing on ``mount``."""

    kind: Literal["arm"]
    model: str = Field(description="Id of a shipped model, or the path of a model file")
    mount: Placement = Placement()


class AdapterConfig(StrictModel):
    """A plate between flange and tool where their flanges differ; where they fit, it is left out."""

    thickness: Positive = Field(description="m")
    mass: Positive = Field(description="kg")


class BracketConfig(StrictModel):
    """Where a gripper's face is, seen from the arm's flange, when a bracket made for both holds it there."""

    xyz: Triple = Field(description="m, in the frame of the flange")
    rpy_deg: Triple = [0.0, 0.0, 0.0]
    mass: Annotated[float, Field(ge=0)] = Field(default=0.0, description="kg of the bracket, or of this gripper's part")


class GripperDevice(_Device):
    """A gripper on the flange of an arm. Several share one arm when each has a ``mount`` of its own."""

    kind: Literal["gripper"]
    model: str
    on: Name = Field(description="Role of the arm that carries it")
    adapter: AdapterConfig | None = None
    mount: BracketConfig | None = None

    @model_validator(mode="after")
    def _consistent(self) -> GripperDevice:
        if self.mount is not None and self.adapter is not None:
            raise ValueError("the bracket of `mount` fits both flanges; leave out the adapter")
        return self


class CameraDevice(_Device):
    """A camera looking along the z axis of ``pose``; ``finds`` are the workpieces it was taught."""

    kind: Literal["camera"]
    pose: Placement
    width: Annotated[int, Field(ge=16, le=4096)] = 320
    height: Annotated[int, Field(ge=16, le=4096)] = 240
    field_of_view_deg: Annotated[float, Field(gt=1, lt=170)] = 60.0
    finds: list[Name] = []
    answer_time: Annotated[float, Field(ge=0, le=60)] = Field(
        default=0.0, description="s from a picture until it is known where the parts lie"
    )


Terminal = Annotated[int, Field(ge=0, le=65535)]
Signals = Annotated[
    Annotated[list[Name], Tag("list")] | Annotated[dict[Name, Terminal], Tag("mapping")],
    Discriminator(lambda given: "mapping" if isinstance(given, dict) else "list"),
]


def terminals(signals: list[str] | dict[str, int]) -> dict[str, int]:
    """Signals with their terminals; those of a mere list lie one after the other, from 0 on."""
    return dict(signals) if isinstance(signals, dict) else {name: number for number, name in enumerate(signals)}


class IoDevice(_Device):
    """Digital signals, as the cell sees them; with ``on`` those of an arm's own controller."""

    kind: Literal["digital_io"]
    inputs: Signals = []
    outputs: Signals = []
    on: Name | None = None

    @model_validator(mode="after")
    def _consistent(self) -> IoDevice:
        _require_unique([*self.inputs, *self.outputs])
        for signals in (self.inputs, self.outputs):
            used = list(terminals(signals).values())
            twice = next((number for number in used if used.count(number) > 1), None)
            if twice is not None:
                raise ValueError(f"terminal {twice} has two signals")
        return self


class AnalogConfig(StrictModel):
    """One analog signal: what the ends of the terminal's range (0 and 10 V, 4 and 20 mA …) stand for."""

    terminal: Terminal
    low: float
    high: float
    unit: str = ""

    def signal(self) -> AnalogSignal:
        """As the devices have it."""
        return AnalogSignal(self.terminal, self.low, self.high, self.unit)

    @model_validator(mode="after")
    def _consistent(self) -> AnalogConfig:
        if self.low == self.high:
            raise ValueError("low and high are the same")
        return self


class AnalogIoDevice(_Device):
    """Analog signals, as the cell sees them; with ``on`` those of an arm's own controller."""

    kind: Literal["analog_io"]
    inputs: dict[Name, AnalogConfig] = {}
    outputs: dict[Name, AnalogConfig] = {}
    on: Name | None = None

    @model_validator(mode="after")
    def _consistent(self) -> AnalogIoDevice:
        _require_unique([*self.inputs, *self.outputs])
        return self


def _require_unique(signals: list[str]) -> None:
    twice = next((name for name in signals if signals.count(name) > 1), None)
    if twice is not None:
        raise ValueError(f"the signal {twice!r} stands twice")


class ForceTorqueDevice(_Device):
    """A force/torque sensor between an arm's flange and its gripper; without ``model`` one that weighs nothing."""

    kind: Literal["force_torque"]
    on: Name
    model: str | None = None
    adapter: AdapterConfig | None = None


class ProximityDevice(_Device):
    """A beam along the z axis of ``pose``; ``range`` (m) is the model's where it has one, 0.5 m otherwise."""

    kind: Literal["proximity"]
    pose: Placement
    model: str | None = None
    range: Positive | None = None


class ScannerDevice(_Device):
    """A 2D scanner that turns in the x-y plane of ``pose``, x forwards. Fields are polygons in that plane."""

    kind: Literal["scanner"]
    pose: Placement
    model: str
    fields: dict[Name, Annotated[list[Corner], Field(min_length=3)]] = {}


class CodeReaderDevice(_Device):
    """A barcode or text reader that looks along the z axis of ``pose``."""

    kind: Literal["code_reader"]
    pose: Placement
    range: Positive = 0.3


class MachineSignals(StrictModel):
    """What the signals of a machine are called: the first three are outputs of the cell, the others inputs."""

    io: Name = Field(description="Role of the digital signals")
    open_door: Name = "open_door"
    close_chuck: Name = "close_chuck"
    start_cycle: Name = "start_cycle"
    door_open: Name = "door_open"
    door_closed: Name = "door_closed"
    chuck_closed: Name = "chuck_closed"
    cycle_done: Name = "cycle_done"


class MachineDoor(StrictModel):
    """The structure that is the door, and where it slides (m, in the frame world) when it opens."""

    structure: Name
    slides: Triple


class MachineDevice(_Device):
    """A machine tool: it reports its door, chuck and cycle, and takes commands as digital signals.

    ``open_door`` and ``close_chuck`` are levels, a rising edge of ``start_cycle`` starts the program.
    """

    kind: Literal["machine"]
    signals: MachineSignals
    door: MachineDoor | None = None
    chuck: Name | None = Field(default=None, description="Place where the chuck holds a part")
    door_time: Positive = Field(default=1.5, description="s")
    chuck_time: Positive = Field(default=0.4, description="s")
    cycle_time: Positive = Field(default=6.0, description="s")


DeviceConfig = Annotated[
    ArmDevice
    | GripperDevice
    | CameraDevice
    | IoDevice
    | AnalogIoDevice
    | ForceTorqueDevice
    | ProximityDevice
    | ScannerDevice
    | CodeReaderDevice
    | MachineDevice,
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
    """Low walls around every pose of a place, ``clearance`` (m) wider than the workpiece on each side.

    Around a round part there may be more than four: twelve ``sides`` are nearly a bore.
    """

    place: Name
    workpiece: Name
    clearance: Positive = 0.002
    sides: Literal[4, 12] = 4
    wall_height: Positive = 0.006
    wall_thickness: Positive = 0.004


class Structure(Placement):
    """Something fixed in the cell: a table, a tray, a fixture, a post."""

    shapes: list[ShapeConfig] = []
    nests: NestConfig | None = None
    friction: Annotated[float, Field(gt=0, le=2)] = 0.6
    stiffness: Positive | None = Field(
        default=None,
        description="N/m of what gives way when it is pressed; null: rigid",
    )
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
