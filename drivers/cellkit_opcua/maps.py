"""Maps of nodes: the node of each value of a device, and the nodes and methods of its commands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from cellkit.devices.machine import Clamping, Execution
from cellkit.devices.safety import OperationalMode
from cellkit.opcua.client.node_ids import parse_node
from cellkit.yamlfile import StrictModel, near_names
from cellkit_opcua.config import OpcuaConfig
from cellkit_opcua.protocol.units import UNITS, from_si, to_si


def _node(text: str) -> str:
    parse_node(text)
    return text


def _unit(name: str) -> str:
    if name not in UNITS:
        raise ValueError(f"unknown unit {name!r}; {near_names(name, UNITS)}")
    return name


def _scale(value: float) -> float:
    if value == 0.0:
        raise ValueError("a scale of 0 makes all values equal; write another scale")
    return value


Scale = Annotated[float, AfterValidator(_scale)]
NodeText = Annotated[str, AfterValidator(_node)]
Unit = Annotated[str, AfterValidator(_unit)]
Seconds = Annotated[float, Field(gt=0, le=3600)]


class Value(StrictModel):
    """A variable; a text alone stands for its ``node``."""

    node: NodeText

    @model_validator(mode="before")
    @classmethod
    def _text_alone(cls, given: Any) -> Any:
        return {"node": given} if isinstance(given, str) else given


class Number(Value):
    """A number, or several: ``raw * scale + offset`` is in ``unit``, and is converted to SI units."""

    scale: Scale = 1.0
    offset: float = 0.0
    unit: Unit = ""

    def value(self, raw: Any) -> Any:
        """Return the value in SI units. Raises ``TypeError`` and ``ValueError``."""
        return to_si(raw, self.scale, self.offset, self.unit)

    def raw(self, value: Any) -> Any:
        """Return the number to write for a value."""
        return from_si(value, self.scale, self.offset, self.unit)


class Bit(Value):
    """True or false; ``invert`` swaps them."""

    invert: bool = False

    def value(self, raw: Any) -> bool:
        """Return the value. Raises ``TypeError`` and ``ValueError``."""
        if not isinstance(raw, bool):
            raise TypeError(f"{raw!r} is neither true nor false")
        return raw is not self.invert

    def raw(self, value: bool) -> bool:
        """Return the bit to write for a value."""
        return value is not self.invert


class Text(Value):
    """A text variable."""

    def value(self, raw: Any) -> str:
        """Return the text. Raises ``TypeError`` and ``ValueError``."""
        if raw is not None and not isinstance(raw, str):
            raise TypeError(f"{raw!r} is no text")
        return raw or ""


class Choice(Value):
    """One of several words: ``values`` maps the server's values to words; without them, the server has the words."""

    values: dict[str, str] = {}

    def value(self, raw: Any) -> str:
        """Return the word, or "" for a value without a word."""
        word = str(raw).lower() if isinstance(raw, bool) else str(raw)
        return self.values.get(word, "") if self.values else word


def _words(known: tuple[str, ...]) -> Callable[[Choice | None], Choice | None]:
    def check(choice: Choice | None) -> Choice | None:
        for word in () if choice is None else choice.values.values():
            if word not in known:
                raise ValueError(f"{word!r} is not a valid word; {near_names(word, known)}")
        return choice

    return check


_Clamping = Annotated[Choice | None, AfterValidator(_words(tuple(known.value for known in Clamping)))]
_Execution = Annotated[Choice | None, AfterValidator(_words(tuple(known.value for known in Execution)))]
_Mode = Annotated[Choice | None, AfterValidator(_words(tuple(known.name for known in OperationalMode)))]


class Given(StrictModel):
    """A value of the command, given by its name in ``from``, scaled like a number that is read."""

    source: str = Field(alias="from")
    scale: Scale = 1.0
    offset: float = 0.0
    unit: Unit = ""

    def raw(self, values: dict[str, Any]) -> Any:
        """Return the number to send."""
        return from_si(values[self.source], self.scale, self.offset, self.unit)


Argument = Given | bool | int | float | str


class Command(StrictModel):
    """A command: a node to write, or a method to call.

    ``{write: NODE, value: 1}`` or ``{object: NODE, method: NODE, arguments: [{from: width, unit: mm}, 3]}``; ``takes``
    is the time (s) that the method may take to return, for servers that work in sequence.
    """

    write: NodeText | None = None
    value: Argument | None = None
    object: NodeText | None = None
    method: NodeText | None = None
    arguments: list[Argument] = []
    takes: Seconds = 2.0

    @model_validator(mode="after")
    def _consistent(self) -> Command:
        if (self.write is None) == (self.method is None) or (self.method is None) != (self.object is None):
            raise ValueError("a command is {write: NODE, value: …} or {object: NODE, method: NODE, arguments: […]}")
        if self.write is not None and self.value is None:
            raise ValueError("the value to write is missing: add value: …, or value: {from: NAME}")
        return self

    def sent(self, values: dict[str, Any]) -> list[Any]:
        """Return the value to write, or all arguments of the method."""
        given = [self.value] if self.write is not None else self.arguments
        return [one.raw(values) if isinstance(one, Given) else one for one in given]


def _takes(*names: str) -> Callable[[Command | None], Command | None]:
    def check(command: Command | None) -> Command | None:
        if command is not None:
            for one in [command.value, *command.arguments]:
                if isinstance(one, Given) and one.source not in names:
                    raise ValueError(f"this command has no {one.source!r}; {near_names(one.source, names)}")
        return command

    return check


class DigitalMap(OpcuaConfig):
    """Digital signals: the node of each signal, by its name in the cell."""

    nodes: dict[str, Bit]


class AnalogMap(OpcuaConfig):
    """Analog signals: the node of each signal, by its name in the cell; values are in the signal's own unit."""

    nodes: dict[str, Number]


class ProximityNodes(StrictModel):
    """``present`` false: nothing is in the beam, whatever the distance is."""

    distance: Number
    present: Bit | None = None
    fault: Bit | None = None


class ProximityMap(OpcuaConfig):
    """A beam sensor."""

    nodes: ProximityNodes


class ForceTorqueNodes(StrictModel):
    """Arrays of three, x y z in the frame of the sensor's flange."""

    force: Number
    torque: Number
    saturated: Bit | None = None


class ForceTorqueMap(OpcuaConfig):
    """A force/torque sensor."""

    nodes: ForceTorqueNodes


class JawNodes(StrictModel):
    """``part``: the gripper reports a held part."""

    width: Number
    force: Number | None = None
    moving: Bit | None = None
    part: Bit | None = None


class JawCommands(StrictModel):
    """``move`` has width (m), speed (m/s) and force (N)."""

    move: Annotated[Command, AfterValidator(_takes("width", "speed", "force"))]
    stop: Annotated[Command, AfterValidator(_takes())]


class JawsMap(OpcuaConfig):
    """A gripper with two jaws."""

    nodes: JawNodes
    commands: JawCommands


class VacuumNodes(StrictModel):
    """``part``: the vacuum switch. ``vacuum``: below ambient."""

    part: Bit
    vacuum: Number | None = None


class VacuumCommands(StrictModel):
    """Commands to switch suction on and off."""

    grip: Annotated[Command, AfterValidator(_takes())]
    release: Annotated[Command, AfterValidator(_takes())]


class VacuumMap(OpcuaConfig):
    """A vacuum gripper."""

    nodes: VacuumNodes
    commands: VacuumCommands
    grip_time: Seconds = Field(default=1.0, description="s after which no vacuum means no part")
    release_time: Seconds = Field(default=1.0, description="s in which the vacuum must be gone after a release")


class ReaderNodes(StrictModel):
    """``count`` changes with every reading, also when ``code`` stays the same."""

    code: Text
    count: Number


class ReaderCommands(StrictModel):
    """``stop`` ends a reading that is under way, for readers that need it."""

    trigger: Annotated[Command, AfterValidator(_takes())]
    stop: Annotated[Command | None, AfterValidator(_takes())] = None


class CodeReaderMap(OpcuaConfig):
    """A code reader. An empty code means that no code was word."""

    nodes: ReaderNodes
    commands: ReaderCommands


class MachineNodes(StrictModel):
    """``fault`` true: ``fault_code`` and ``fault_text`` give the fault. A value without a node is unknown."""

    available: Bit | None = None
    door: _Clamping = None
    chuck: _Clamping = None
    execution: _Execution = None
    mode: Text | None = None
    fault: Bit | None = None
    fault_code: Text | None = None
    fault_text: Text | None = None


class MachineMap(OpcuaConfig):
    """A machine tool."""

    nodes: MachineNodes


class ArmNodes(StrictModel):
    """``joints``: a node that holds all, or one node a joint. A value without a node counts as fine."""

    joints: Number | list[Number]
    moving: Bit | None = None
    mode: _Mode = None
    speed_override: Number | None = None
    emergency_stop: Bit | None = None
    protective_stop: Bit | None = None
    fault: Bit | None = None
    fault_code: Text | None = None
    fault_text: Text | None = None


class ArmCommands(StrictModel):
    """Commands of an arm, with the values that each of them has.

    ``move_joints``: joints (rad), speed and acceleration (shares). ``move_linear``: pose (x y z in m and a unit
    quaternion x y z w, of the TCP in the arm's base), speed (m/s) and acceleration (m/s²).
    """

    move_joints: Annotated[Command, AfterValidator(_takes("joints", "speed", "acceleration"))]
    move_linear: Annotated[Command | None, AfterValidator(_takes("pose", "speed", "acceleration"))] = None
    stop: Annotated[Command, AfterValidator(_takes())]
    set_speed_override: Annotated[Command | None, AfterValidator(_takes("share"))] = None
    set_load: Annotated[Command | None, AfterValidator(_takes("mass"))] = None
    recover: Annotated[Command | None, AfterValidator(_takes())] = None


class ArmMap(OpcuaConfig):
    """An arm whose server moves it on a command."""

    nodes: ArmNodes
    commands: ArmCommands
    tolerance: Annotated[float, Field(gt=0, le=0.1)] = Field(
        default=0.005, description="rad from the goal that count as reached"
    )


Kind = Literal["number", "bit", "text", "any"]


def kind_of(value: Value) -> Kind:
    """Return the kind of value that a node must hold."""
    if isinstance(value, Number):
        return "number"
    if isinstance(value, Bit):
        return "bit"
    return "text" if isinstance(value, Text) else "any"
