"""The data parts of commands: status, alarms, job, positions, moves. Fixed layouts of 32-bit words and text fields."""

from __future__ import annotations

import struct
from dataclasses import astuple, dataclass
from typing import Any, Self

from cellkit.errors import ProtocolError
from cellkit_yaskawa.protocol.frames import SERVER

PULSE, BASE, ROBOT_FRAME, USER_FRAME, TOOL_FRAME = 0, 16, 17, 18, 19
"""Kinds of position data, and the coordinate systems of moves (without ``PULSE``)."""
SHARE, LINEAR_SPEED, TURN_SPEED = 0, 1, 2
"""Speed classes of moves: 0.01 % of the joint speeds, 0.1 mm/s (V), 0.1 deg/s (VR)."""
JOINT_MOVE, STRAIGHT_MOVE, STRAIGHT_STEP = 1, 2, 3
"""Instances of the move commands; the last is for Cartesian ones only."""
AXES = 8


def unpacked(layout: struct.Struct, data: bytes, what: str) -> tuple[Any, ...]:
    """Unpack the numbers and text fields of a record. Raises ``ProtocolError`` for data of another size."""
    if len(data) != layout.size:
        raise ProtocolError(SERVER, f"{what}: {len(data)} bytes instead of {layout.size}", data=data)
    return layout.unpack(data)


def text_field(value: str, size: int) -> bytes:
    """Encode a text in a field of ``size`` bytes, padded with zeros; a longer text is cut."""
    return value.encode("latin-1", "replace")[:size].ljust(size, b"\0")


def field_text(data: bytes) -> str:
    """Return the text of a field."""
    return data.split(b"\0", 1)[0].decode("latin-1").rstrip()


@dataclass(frozen=True, slots=True)
class StatusInfo:
    """Answer of command 0x72: two words of bits."""

    step: bool = False
    one_cycle: bool = False
    continuous: bool = False
    running: bool = False
    reduced_speed: bool = False
    """In-guard safe operation (DX100), speed limit (DX200 and later)."""
    teach: bool = False
    play: bool = False
    remote: bool = False
    held_by_pendant: bool = False
    held_externally: bool = False
    held_by_command: bool = False
    alarm: bool = False
    error: bool = False
    servo_on: bool = False

    @property
    def held(self) -> bool:
        """Whether any hold is on."""
        return self.held_by_pendant or self.held_externally or self.held_by_command

    def encode(self) -> bytes:
        """Encode the data part."""
        bits = astuple(self)
        first = sum(1 << i for i in range(8) if bits[i])
        second = sum(1 << i for i in range(1, 7) if bits[7 + i])
        return _WORDS_2.pack(first, second)

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Decode the data part. Raises ``ProtocolError``."""
        first, second = unpacked(_WORDS_2, data, "status")
        return cls(*(bool(first >> i & 1) for i in range(8)), *(bool(second >> i & 1) for i in range(1, 7)))


_WORDS_2 = struct.Struct("<2I")
_ALARM = struct.Struct("<3I16s32s")
_SUB_CODE = struct.Struct("<16s96s96s")
_JOB = struct.Struct("<32s3I")
_POSITION = struct.Struct("<13i")
_AXIS_POSITION = struct.Struct("<9i")
_CARTESIAN = struct.Struct("<4I9i4I9i")
_PULSES = struct.Struct("<4I8iI9i")
_SELECTION = struct.Struct("<32sI")
ALARM_SIZE, POSITION_SIZE, AXIS_POSITION_SIZE = _ALARM.size, _POSITION.size, _AXIS_POSITION.size
CARTESIAN_SIZE, PULSES_SIZE, SELECTION_SIZE = _CARTESIAN.size, _PULSES.size, _SELECTION.size


@dataclass(frozen=True, slots=True)
class Alarm:
    """Answer of commands 0x70 and 0x71. ``type`` gives the meaning of ``sub_code``; ``time`` is YYYY/MM/DD hh:mm."""

    code: int = 0
    sub_code: int = 0
    type: int = 0
    time: str = ""
    name: str = ""

    @property
    def recoverable(self) -> bool:
        """Whether a reset can clear it: major alarms, below 4000, need the controller to be restarted."""
        return self.code >= 4000

    def encode(self, *, sub_code_texts: bool = False) -> bytes:
        """Encode the data part; with ``sub_code_texts`` that of commands 0x30A and 0x30B."""
        name, moment = text_field(self.name, 32), text_field(self.time, 16)
        data = _ALARM.pack(self.code, self.sub_code, self.type, moment, name)
        if not sub_code_texts:
            return data
        text = f"[{self.sub_code}]" if self.code else ""
        return data + _SUB_CODE.pack(b"", text_field(text, 96), text_field("0" * len(text), 96))

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Decode the data part. Raises ``ProtocolError``."""
        code, sub_code, kind, moment, name = unpacked(_ALARM, data, "alarm")
        return cls(code, sub_code, kind, field_text(moment), field_text(name))


@dataclass(frozen=True, slots=True)
class JobInfo:
    """Answer of command 0x73; ``speed_override`` in 0.01 %."""

    name: str = ""
    line: int = 0
    step: int = 0
    speed_override: int = 10_000

    def encode(self) -> bytes:
        """Encode the data part."""
        return _JOB.pack(text_field(self.name, 32), self.line, self.step, self.speed_override)

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Decode the data part. Raises ``ProtocolError``."""
        name, line, step, override = unpacked(_JOB, data, "job information")
        return cls(field_text(name), line, step, override)


@dataclass(frozen=True, slots=True)
class JobSelection:
    """Data of command 0x87."""

    name: str
    line: int = 0

    def encode(self) -> bytes:
        """Encode the data part."""
        return _SELECTION.pack(text_field(self.name, 32), self.line)

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Decode the data part. Raises ``ProtocolError``."""
        name, line = unpacked(_SELECTION, data, "job selection")
        return cls(field_text(name), line)


@dataclass(frozen=True, slots=True)
class Position:
    """Answer of command 0x75, and a P variable. ``values`` (8,): pulses, or µm and 0.0001 deg. ``figure``: see axes."""

    kind: int
    values: tuple[int, ...]
    figure: int = 0
    tool: int = 0
    user: int = 0
    extended: int = 0

    def encode(self) -> bytes:
        """Encode the data part."""
        return _POSITION.pack(self.kind, self.figure, self.tool, self.user, self.extended, *padded(self.values))

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Decode the data part. Raises ``ProtocolError``."""
        kind, figure, tool, user, extended, *values = unpacked(_POSITION, data, "position")
        return cls(kind, tuple(values), figure, tool, user, extended)


def padded(values: tuple[int, ...], size: int = AXES) -> tuple[int, ...]:
    """Pad the values with a zero for every axis that does not exist."""
    return (*values, *(0 for _ in range(size - len(values))))


@dataclass(frozen=True, slots=True)
class Move:
    """Data of command 0x8B, and what 0x8A has in common with it. Groups: 1 for the first, 0 for none."""

    speed_class: int
    speed: int
    values: tuple[int, ...]
    """Pulses of 8 axes; for a Cartesian move µm, µm, µm and 0.0001 deg about x, y, z, and two reserved words."""
    tool: int = 0
    robot: int = 1
    station: int = 0
    others: tuple[int, ...] = (0,) * 9
    """Base axes 1 to 3, station axes 1 to 6."""

    def encode(self) -> bytes:
        """Encode the data part of a pulse move."""
        return _PULSES.pack(
            self.robot, self.station, self.speed_class, self.speed, *padded(self.values), self.tool, *self.others
        )

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Decode the data part of a pulse move. Raises ``ProtocolError``."""
        words = unpacked(_PULSES, data, "pulse move")
        robot, station, speed_class, speed = words[:4]
        return cls(speed_class, speed, words[4:12], words[12], robot, station, words[13:])


@dataclass(frozen=True, slots=True)
class CartesianMove:
    """Data of command 0x8A: a move to a pose in a coordinate system; ``type`` as ``Position.figure``."""

    move: Move
    coordinates: int = ROBOT_FRAME
    type: int = 0
    extended: int = 0
    user: int = 0

    def encode(self) -> bytes:
        """Encode the data part."""
        move = self.move
        head = (move.robot, move.station, move.speed_class, move.speed, self.coordinates)
        return _CARTESIAN.pack(
            *head, *padded(move.values), self.type, self.extended, move.tool, self.user, *move.others
        )

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Decode the data part. Raises ``ProtocolError``."""
        words = unpacked(_CARTESIAN, data, "Cartesian move")
        robot, station, speed_class, speed, coordinates = words[:5]
        kind, extended, tool, user = words[13:17]
        return cls(
            Move(speed_class, speed, words[5:13], tool, robot, station, words[17:]), coordinates, kind, extended, user
        )
