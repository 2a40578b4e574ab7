"""Commands and answers of the binary interface.

Lengths in m, speeds in m/s, accelerations in m/s², forces in N per
pad on our side; mm, mm/s, mm/s² and the force of both jaws together on the wire, as 32-bit floats.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import TypeAlias

from cellkit.errors import ProtocolError
from cellkit_weiss.protocol.frames import Frame
from cellkit_weiss.protocol.status import Status, WsgRefused
from cellkit_weiss.protocol.units import JAWS, MM


class Id(IntEnum):
    """Command numbers."""

    LOOP = 0x06
    DISCONNECT = 0x07
    HOME = 0x20
    PREPOSITION = 0x21
    STOP = 0x22
    FAST_STOP = 0x23
    ACKNOWLEDGE = 0x24
    GRASP = 0x25
    RELEASE = 0x26
    SET_ACCELERATION = 0x30
    GET_ACCELERATION = 0x31
    SET_FORCE_LIMIT = 0x32
    GET_FORCE_LIMIT = 0x33
    SET_SOFT_LIMITS = 0x34
    GET_SOFT_LIMITS = 0x35
    CLEAR_SOFT_LIMITS = 0x36
    TARE = 0x38
    SYSTEM_STATE = 0x40
    GRASPING_STATE = 0x41
    WIDTH = 0x43
    SPEED = 0x44
    FORCE = 0x45


PLAIN = frozenset(
    {Id.DISCONNECT, Id.STOP, Id.FAST_STOP, Id.GET_ACCELERATION, Id.GET_FORCE_LIMIT, Id.GET_SOFT_LIMITS,
     Id.CLEAR_SOFT_LIMITS, Id.TARE}
)  # fmt: skip
"""Commands without a payload."""
SCALES = {Id.SET_ACCELERATION: MM, Id.GET_ACCELERATION: MM, Id.SET_FORCE_LIMIT: JAWS, Id.GET_FORCE_LIMIT: JAWS,
          Id.SET_SOFT_LIMITS: MM, Id.GET_SOFT_LIMITS: MM, Id.WIDTH: MM, Id.SPEED: MM, Id.FORCE: JAWS}  # fmt: skip
"""What a number on the wire is divided by."""
ASKED = frozenset({Id.SYSTEM_STATE, Id.GRASPING_STATE, Id.WIDTH, Id.SPEED, Id.FORCE})
"""Commands that ask for a value, once or again and again."""
_WORD = b"ack"
_RELATIVE, _STOP_ON_BLOCK = 0x01, 0x02
_AUTOMATIC, _CHANGES_ONLY = 0x01, 0x02


@dataclass(frozen=True, slots=True)
class Loop:
    """Comes back as it is."""

    data: bytes = b""


@dataclass(frozen=True, slots=True)
class Plain:
    """A command without parameters."""

    id: Id


@dataclass(frozen=True, slots=True)
class Home:
    """``positive``: outwards, inwards, or None as the gripper is configured."""

    positive: bool | None = None


@dataclass(frozen=True, slots=True)
class Preposition:
    """``stop_on_block``: stand where something is in the way, instead of pressing on it."""

    width: float
    speed: float
    relative: bool = False
    stop_on_block: bool = False


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """Acknowledges a fast stop or a fault."""


@dataclass(frozen=True, slots=True)
class Grasp:
    """``width``: at which a part is expected."""

    width: float
    speed: float


@dataclass(frozen=True, slots=True)
class Release:
    """``width``: to open to."""

    width: float
    speed: float


@dataclass(frozen=True, slots=True)
class Put:
    """SET_ACCELERATION, SET_FORCE_LIMIT (one value) or SET_SOFT_LIMITS (inner and outer)."""

    id: Id
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Ask:
    """For a value, at once; ``automatic``: and every ``period`` s from then on, or ``changes_only``."""

    id: Id
    automatic: bool = False
    changes_only: bool = False
    period: float = 0.0


Command: TypeAlias = Loop | Plain | Home | Preposition | Acknowledge | Grasp | Release | Put | Ask
MOTIONS = (Home, Preposition, Grasp, Release)
"""Commands that are answered twice: pending, then how they ended."""


def id_of(command: Command) -> Id:
    """Return its number."""
    match command:
        case Plain(id) | Put(id, _) | Ask(id, _, _, _):
            return id
    return _IDS[type(command)]


_IDS: dict[type, Id] = {
    Loop: Id.LOOP, Home: Id.HOME, Preposition: Id.PREPOSITION, Acknowledge: Id.ACKNOWLEDGE, Grasp: Id.GRASP,
    Release: Id.RELEASE,
}  # fmt: skip


def encode_command(command: Command) -> Frame:
    """Return a frame to the gripper."""
    match command:
        case Loop(data):
            payload = data
        case Home(positive):
            payload = bytes([0 if positive is None else 1 if positive else 2])
        case Preposition(width, speed, relative, stop_on_block):
            flags = _RELATIVE * relative | _STOP_ON_BLOCK * stop_on_block
            payload = struct.pack("<Bff", flags, width * MM, speed * MM)
        case Acknowledge():
            payload = _WORD
        case Grasp(width, speed) | Release(width, speed):
            payload = struct.pack("<ff", width * MM, speed * MM)
        case Put(id, values):
            payload = struct.pack(f"<{len(values)}f", *(value * SCALES[id] for value in values))
        case Ask(_, automatic, changes_only, period):
            flags = _AUTOMATIC * automatic | _CHANGES_ONLY * changes_only
            payload = struct.pack("<BH", flags, round(1000 * period))
        case _:
            payload = b""
    return Frame(id_of(command), payload)


_SIZES = {Id.HOME: 1, Id.PREPOSITION: 9, Id.ACKNOWLEDGE: 3, Id.GRASP: 8, Id.RELEASE: 8, Id.SET_ACCELERATION: 4,
          Id.SET_FORCE_LIMIT: 4, Id.SET_SOFT_LIMITS: 8}  # fmt: skip


def decode_command(frame: Frame) -> Command:
    """Return a frame from a client. Raises ``WsgRefused`` with the status to answer."""
    if frame.command not in Id.__members__.values():
        raise WsgRefused(Status.CMD_UNKNOWN)
    id, payload = Id(frame.command), frame.payload
    if id is Id.LOOP:
        return Loop(payload)
    size = 0 if id in PLAIN else 3 if id in ASKED else _SIZES[id]
    if len(payload) < size:
        raise WsgRefused(Status.NOT_ENOUGH_PARAMS)
    if len(payload) > size:
        raise WsgRefused(Status.NO_PARAM_EXPECTED if size == 0 else Status.CMD_FORMAT_ERROR)
    if id in PLAIN:
        return Plain(id)
    if id in ASKED:
        flags, period = struct.unpack("<BH", payload)
        return Ask(id, bool(flags & _AUTOMATIC), bool(flags & _CHANGES_ONLY), period / 1000.0)
    return _with_parameters(id, payload)


def _with_parameters(id: Id, payload: bytes) -> Command:
    if id is Id.ACKNOWLEDGE:
        if payload != _WORD:
            raise WsgRefused(Status.INVALID_PARAMETER)
        return Acknowledge()
    if id is Id.HOME:
        if payload[0] > 2:
            raise WsgRefused(Status.INVALID_PARAMETER)
        return Home((None, True, False)[payload[0]])
    if id is Id.PREPOSITION:
        if payload[0] & ~(_RELATIVE | _STOP_ON_BLOCK):
            raise WsgRefused(Status.INVALID_PARAMETER)
        width, speed = _floats(payload[1:])
        flags = payload[0]
        return Preposition(width / MM, speed / MM, bool(flags & _RELATIVE), bool(flags & _STOP_ON_BLOCK))
    values = _floats(payload)
    if id in (Id.GRASP, Id.RELEASE):
        make = Grasp if id is Id.GRASP else Release
        return make(values[0] / MM, values[1] / MM)
    return Put(id, tuple(value / SCALES[id] for value in values))


def _floats(payload: bytes) -> tuple[float, ...]:
    values: tuple[float, ...] = struct.unpack(f"<{len(payload) // 4}f", payload)
    if not all(map(math.isfinite, values)):
        raise WsgRefused(Status.INVALID_PARAMETER)
    return values


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and data from the gripper."""

    command: int
    status: int
    data: bytes = b""

    def number(self) -> float:
        """Return the value of an ``Ask`` or GET in SI. Raises ``ProtocolError`` for what is none."""
        value = struct.unpack("<f", self.data)[0] if len(self.data) == 4 else math.nan
        if not math.isfinite(value):
            raise ProtocolError("weiss", f"no number in the answer to {self.command:#04x}", data=self.data)
        return float(value) / SCALES[Id(self.command)]

    def integer(self) -> int:
        """Return a state, of one or four bytes. Raises ``ProtocolError`` for what is none."""
        if len(self.data) != (1 if self.command == Id.GRASPING_STATE else 4):
            raise ProtocolError("weiss", f"no state in the answer to {self.command:#04x}", data=self.data)
        return int.from_bytes(self.data, "little")


def encode_number(id: Id, *values: float) -> bytes:
    """Values in SI as data of an answer."""
    return struct.pack(f"<{len(values)}f", *(value * SCALES[id] for value in values))


def encode_answer(answer: Answer) -> Frame:
    """Return a frame from the gripper."""
    return Frame(answer.command, struct.pack("<H", answer.status) + answer.data)


def decode_answer(frame: Frame) -> Answer:
    """Return a frame from the gripper. Raises ``ProtocolError`` for a wrong checksum or one without a status."""
    if not frame.sound:
        raise ProtocolError("weiss", f"wrong checksum of {frame.command:#04x}", data=frame.payload[:64])
    if len(frame.payload) < 2:
        raise ProtocolError("weiss", f"no status in the answer to {frame.command:#04x}", data=frame.payload)
    return Answer(frame.command, int.from_bytes(frame.payload[:2], "little"), frame.payload[2:])
