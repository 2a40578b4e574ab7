"""The state datagram, every millisecond, 1377 bytes, and the command datagram that answers it.

Numbers of the state are 32-bit floats, those of the command 64-bit. Transforms are column-major; ``O`` is the base,
``F`` the flange, ``NE`` the nominal end effector (set by the vendor's desk), ``EE`` the end effector, ``K`` the
stiffness frame. Units: m, rad, N, Nm, kg, s.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

from cellkit.errors import ProtocolError
from cellkit_franka.protocol.errors import COUNT

STATE_SIZE = 1377

NUMBERS: dict[str, int] = {
    "O_T_EE": 16,
    "O_T_EE_d": 16,
    "F_T_EE": 16,
    "EE_T_K": 16,
    "F_T_NE": 16,
    "NE_T_EE": 16,
    "m_ee": 1,
    "I_ee": 9,
    "F_x_Cee": 3,
    "m_load": 1,
    "I_load": 9,
    "F_x_Cload": 3,
    "elbow": 2,
    "elbow_d": 2,
    "tau_J": 7,
    "tau_J_d": 7,
    "dtau_J": 7,
    "q": 7,
    "q_d": 7,
    "dq": 7,
    "dq_d": 7,
    "ddq_d": 7,
    "joint_contact": 7,
    "cartesian_contact": 6,
    "joint_collision": 7,
    "cartesian_collision": 6,
    "tau_ext_hat_filtered": 7,
    "O_F_ext_hat_K": 6,
    "K_F_ext_hat_K": 6,
    "O_dP_EE_d": 6,
    "O_ddP_O": 3,
    "elbow_c": 2,
    "delbow_c": 2,
    "ddelbow_c": 2,
    "O_T_EE_c": 16,
    "O_dP_EE_c": 6,
    "O_ddP_EE_c": 6,
    "theta": 7,
    "dtheta": 7,
    "accelerometer_top": 18,
    "accelerometer_bottom": 18,
}
"""Fields after the message id, with how many numbers each has."""

_OFFSETS: dict[str, int] = {}
_at = 8
for _name, _count in NUMBERS.items():
    _OFFSETS[_name] = _at
    _at += 4 * _count
_TAIL = _at
_FLAGS = struct.Struct(f"<BB{COUNT}s{COUNT}sBf")
_ID = struct.Struct("<Q")
_PACKERS = {count: struct.Struct(f"<{count}f") for count in {*NUMBERS.values()}}
_JOINTS = struct.Struct("<35f")  # q, q_d, dq, dq_d and ddq_d lie side by side
assert _TAIL + _FLAGS.size == STATE_SIZE

_SKIP_TO_Q = _OFFSETS["q"] - 8
_SKIP_TO_TAIL = _TAIL - _OFFSETS["dq_d"]
_REPORT = struct.Struct(f"<Q{_SKIP_TO_Q}x7f7f7f{_SKIP_TO_TAIL}xBB{COUNT}s{COUNT}sBf")
_NO_FLAGS = bytes(COUNT)


class RobotMode(IntEnum):
    """What the robot is doing. OTHER: joints locked, brakes closed, or not for the interface to know."""

    OTHER = 0
    IDLE = 1
    MOVE = 2
    GUIDING = 3
    REFLEX = 4
    USER_STOPPED = 5
    AUTOMATIC_ERROR_RECOVERY = 6


class StateWriter:
    """One state datagram, changed in place: most of it is the same from cycle to cycle."""

    def __init__(self) -> None:
        self._bytes = bytearray(STATE_SIZE)

    def put(self, field: str, values: Sequence[float]) -> None:
        """Set one field. Raises ``struct.error`` for a wrong number of numbers."""
        _PACKERS[NUMBERS[field]].pack_into(self._bytes, _OFFSETS[field], *values)

    def put_joints(self, *values: float) -> None:
        """q, q_d, dq, dq_d and ddq_d, seven numbers each."""
        _JOINTS.pack_into(self._bytes, _OFFSETS["q"], *values)

    def put_modes(
        self, generator: int, controller: int, errors: bytes, reflex: bytes, mode: int, success: float
    ) -> None:
        """All that comes after the numbers."""
        _FLAGS.pack_into(self._bytes, _TAIL, generator, controller, errors, reflex, mode, success)

    def datagram(self, message_id: int) -> bytes:
        """Return the bytes to send."""
        _ID.pack_into(self._bytes, 0, message_id)
        return bytes(self._bytes)


@dataclass(frozen=True, slots=True)
class RobotState:
    """A whole state: ``numbers`` by field name, 41 flags each in ``errors`` and ``reflex_reason``."""

    message_id: int
    numbers: Mapping[str, tuple[float, ...]]
    generator: int
    controller: int
    errors: bytes
    reflex_reason: bytes
    mode: int
    success_rate: float

    @classmethod
    def decode(cls, data: bytes) -> RobotState:
        """From a datagram. Raises ``ProtocolError`` for a wrong size."""
        _require_size(data)
        numbers = {
            name: _PACKERS[count].unpack_from(data, offset)
            for (name, count), offset in zip(NUMBERS.items(), _OFFSETS.values(), strict=True)
        }
        return cls(_ID.unpack_from(data)[0], numbers, *_FLAGS.unpack_from(data, _TAIL))

    def encode(self) -> bytes:
        """Encode the datagram."""
        writer = StateWriter()
        for name, values in self.numbers.items():
            writer.put(name, values)
        writer.put_modes(self.generator, self.controller, self.errors, self.reflex_reason, self.mode, self.success_rate)
        return writer.datagram(self.message_id)


class Report:
    """What a driver needs of a state, cut out quickly. ``joints``: q, q_d and dq, 21 numbers."""

    __slots__ = ("controller", "errors", "generator", "joints", "message_id", "mode", "reflex_reason", "success_rate")

    def __init__(self, data: bytes) -> None:
        if len(data) != STATE_SIZE:
            _require_size(data)
        (
            self.message_id,
            *self.joints,
            self.generator,
            self.controller,
            self.errors,
            self.reflex_reason,
            self.mode,
            self.success_rate,
        ) = _REPORT.unpack(data)

    @property
    def clean(self) -> bool:
        """Whether no error flag is set."""
        return bool(self.errors == _NO_FLAGS)


def transform_of(data: bytes, field: str) -> tuple[float, ...]:
    """Return the 16 numbers of one transform of a state datagram."""
    found: tuple[float, ...] = _PACKERS[16].unpack_from(data, _OFFSETS[field])
    return found


def _require_size(data: bytes) -> None:
    if len(data) != STATE_SIZE:
        raise ProtocolError("franka", f"a robot state of {len(data)} bytes, expected {STATE_SIZE}", data=data[:64])


# --- commands -------------------------------------------------------------------------------------------------------

_COMMAND = struct.Struct("<Q7d7d16d6d2d??7d?")
COMMAND_SIZE = _COMMAND.size
_REST = (0.0,) * 31


@dataclass(frozen=True, slots=True)
class RobotCommand:
    """The answer to the state ``message_id``; only what the running generator and controller ask for is looked at."""

    message_id: int
    q: tuple[float, ...] = (0.0,) * 7
    dq: tuple[float, ...] = (0.0,) * 7
    pose: tuple[float, ...] = (0.0,) * 16
    twist: tuple[float, ...] = (0.0,) * 6
    elbow: tuple[float, float] = (0.0, 0.0)
    valid_elbow: bool = False
    motion_finished: bool = False
    torques: tuple[float, ...] = (0.0,) * 7
    torques_finished: bool = False

    def encode(self) -> bytes:
        """Encode the datagram."""
        return _COMMAND.pack(
            self.message_id,
            *self.q,
            *self.dq,
            *self.pose,
            *self.twist,
            *self.elbow,
            self.valid_elbow,
            self.motion_finished,
            *self.torques,
            self.torques_finished,
        )

    @classmethod
    def decode(cls, data: bytes) -> RobotCommand:
        """From a datagram. Raises ``ProtocolError`` for a wrong size."""
        if len(data) != COMMAND_SIZE:
            raise ProtocolError("franka", f"a robot command of {len(data)} bytes, expected {COMMAND_SIZE}", data=data)
        values = _COMMAND.unpack(data)
        return cls(
            values[0],
            values[1:8],
            values[8:15],
            values[15:31],
            values[31:37],
            values[37:39],
            values[39],
            values[40],
            values[41:48],
            values[48],
        )

    @property
    def finite(self) -> bool:
        """Whether all numbers are."""
        numbers = (*self.q, *self.dq, *self.pose, *self.twist, *self.elbow, *self.torques)
        return all(map(math.isfinite, numbers))


_TORQUES = (0.0,) * 7


def encode_joint_command(message_id: int, joints: Sequence[float], finished: bool) -> bytes:
    """Encode a command datagram with joint positions (7,) in rad alone, quickly."""
    return _COMMAND.pack(message_id, *joints, *_REST, False, finished, *_TORQUES, False)
