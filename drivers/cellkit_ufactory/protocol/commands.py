"""Parameters of motion commands. Lengths in mm, angles in rad, as on the wire; floats are little-endian float32."""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from cellkit.errors import ProtocolError
from cellkit_ufactory.protocol.numbers import Function

AXES = 7
"""Number of joint values in every message, for any arm; those beyond the arm's axes are zero."""
_FLOATS = {count: struct.Struct(f"<{count}f") for count in range(1, 29)}


def pack_floats(values: Sequence[float]) -> bytes:
    """Return little-endian float32. Raises ``ProtocolError`` for a number that float32 cannot hold."""
    try:
        return _FLOATS[len(values)].pack(*values)
    except (OverflowError, struct.error) as error:
        raise ProtocolError("ufactory", f"{list(values)} cannot be sent: {error}") from None


def floats(body: bytes, count: int, start: int = 0) -> tuple[float, ...]:
    """Return ``count`` finite numbers. Raises ``ProtocolError`` for too few bytes, NaN or infinity."""
    try:
        values = _FLOATS[count].unpack_from(body, start)
    except struct.error:
        raise ProtocolError("ufactory", f"{count} numbers need more than {len(body)} bytes", data=body) from None
    if not all(map(math.isfinite, values)):
        raise ProtocolError("ufactory", "a number is not finite", data=body)
    return values


def padded(joints: Sequence[float]) -> tuple[float, ...]:
    """Return joint values for the wire, padded with zeros."""
    return (*(float(q) for q in joints), *(0.0,) * (AXES - len(joints)))


@dataclass(frozen=True, slots=True)
class LineMove:
    """Functions 21, 22, 28, 92: the TCP goes straight to ``pose`` (x, y, z, then angles).

    ``radius``: blends into the next line within it; None: stops at the end. ``tool``: relative to the TCP;
    ``relative``: an offset in the base; ``axis_angle``: angles are a rotation vector, not roll, pitch, yaw. ``check``:
    above zero the move is only checked.
    """

    pose: tuple[float, ...]
    speed: float
    acceleration: float
    radius: float | None = None
    tool: bool = False
    relative: bool = False
    axis_angle: bool = False
    check: int = 0

    def encode(self) -> tuple[Function, bytes]:
        """Return function and parameters in the form of every firmware.

        Raises ``ValueError`` for another kind of move.
        """
        if self.tool or self.relative or self.axis_angle or self.check:
            raise ValueError("only absolute moves in the base can be sent")
        head = (*self.pose, self.speed, self.acceleration, 0.0)
        if self.radius is None:
            return Function.MOVE_LINE, pack_floats(head)
        return Function.MOVE_LINE_BLEND, pack_floats((*head, self.radius))

    @classmethod
    def decode(cls, function: int, body: bytes) -> LineMove:
        """Decode the parameters. Raises ``ProtocolError`` for a length that no form of the function has."""
        if function == Function.MOVE_LINE and len(body) in (43, 44):  # since firmware 1.10: radius, then flags
            *pose, speed, acceleration, _, radius = floats(body, 10)
            coordinates, axis_angle, check = body[40:43]
            return cls(
                tuple(pose), speed, acceleration, None if radius < 0 else radius, bool(coordinates), False,
                bool(axis_angle), check,
            )  # fmt: skip
        if function == Function.MOVE_LINE_BLEND:
            *pose, speed, acceleration, _, radius = floats(body, 10)
            return cls(tuple(pose), speed, acceleration, max(0.0, radius), check=_check(body, 40))
        *pose, speed, acceleration, _ = floats(body, 9)
        if function == Function.MOVE_LINE_AA:
            if len(body) < 38:
                raise ProtocolError("ufactory", "a line by axis and angle lacks its two flags", data=body)
            tool, relative = bool(body[36]), bool(body[37])
            return cls(tuple(pose), speed, acceleration, None, tool, relative, True, _check(body, 38))
        tool = function == Function.MOVE_LINE_TOOL
        return cls(tuple(pose), speed, acceleration, None, tool, check=_check(body, 36))


@dataclass(frozen=True, slots=True)
class JointMove:
    """Functions 23 and 24: all joints go to ``joints`` together; rad/s and rad/s² of the leading axis."""

    joints: tuple[float, ...]
    speed: float
    acceleration: float
    radius: float | None = None
    check: int = 0

    def encode(self) -> tuple[Function, bytes]:
        """Return function and parameters."""
        head = (*padded(self.joints), self.speed, self.acceleration)
        if self.radius is None:
            return Function.MOVE_JOINT, pack_floats((*head, 0.0))
        return Function.MOVE_JOINT_BLEND, pack_floats((*head, self.radius))

    @classmethod
    def decode(cls, function: int, body: bytes) -> JointMove:
        """Decode the parameters. Raises ``ProtocolError`` for a length that no form of the function has."""
        *joints, speed, acceleration, last = floats(body, 10)
        radius = max(0.0, last) if function == Function.MOVE_JOINT_BLEND else None
        return cls(tuple(joints), speed, acceleration, radius, _check(body, 40))


@dataclass(frozen=True, slots=True)
class HomeMove:
    """Function 25: all joints go to zero."""

    speed: float
    acceleration: float
    check: int = 0

    @classmethod
    def decode(cls, body: bytes) -> HomeMove:
        """Decode the parameters. Raises ``ProtocolError`` for a wrong length."""
        speed, acceleration, _ = floats(body, 3)
        return cls(speed, acceleration, _check(body, 12))


@dataclass(frozen=True, slots=True)
class CircleMove:
    """Function 27: a circle through the TCP's position, ``first`` and ``second``, ``percent`` of its length."""

    first: tuple[float, ...]
    second: tuple[float, ...]
    speed: float
    acceleration: float
    percent: float
    tool: bool = False
    axis_angle: bool = False
    check: int = 0

    def encode(self) -> tuple[Function, bytes]:
        """Return function and parameters in the form of every firmware.

        Raises ``ValueError`` for another kind of circle.
        """
        if self.tool or self.axis_angle or self.check:
            raise ValueError("only absolute circles in the base can be sent")
        values = (*self.first, *self.second, self.speed, self.acceleration, 0.0, self.percent)
        return Function.MOVE_CIRCLE, pack_floats(values)

    @classmethod
    def decode(cls, body: bytes) -> CircleMove:
        """Decode the parameters. Raises ``ProtocolError`` for a length that no form of the function has."""
        values = floats(body, 16)
        speed, acceleration, _, percent = values[12:]
        if len(body) == 67:
            flags = (bool(body[64]), bool(body[65]), body[66])
            return cls(values[:6], values[6:12], speed, acceleration, percent, *flags)
        return cls(values[:6], values[6:12], speed, acceleration, percent, check=_check(body, 64))


@dataclass(frozen=True, slots=True)
class RelativeMove:
    """Function 83: the joints, or the pose in the base, change by an offset."""

    offset: tuple[float, ...]
    speed: float
    acceleration: float
    radius: float
    joint: bool
    axis_angle: bool
    check: int = 0

    @classmethod
    def decode(cls, body: bytes) -> RelativeMove:
        """Decode the parameters. Raises ``ProtocolError`` for a wrong length."""
        *offset, speed, acceleration, _, radius = floats(body, 11)
        if len(body) < 46:
            raise ProtocolError("ufactory", "a relative move lacks its two flags", data=body)
        return cls(tuple(offset), speed, acceleration, radius, bool(body[44]), bool(body[45]), _check(body, 46))


@dataclass(frozen=True, slots=True)
class Sleep:
    """Function 26: the queue waits, for seconds."""

    seconds: float

    @classmethod
    def decode(cls, body: bytes) -> Sleep:
        """Decode the parameters. Raises ``ProtocolError`` for a wrong length."""
        return cls(*floats(body, 1))


@dataclass(frozen=True, slots=True)
class ServoCartesian:
    """Functions 30 and 93: a set-point for the TCP."""

    pose: tuple[float, ...]
    tool: bool
    relative: bool = False
    axis_angle: bool = False

    @classmethod
    def decode(cls, function: int, body: bytes) -> ServoCartesian:
        """Decode the parameters. Raises ``ProtocolError`` for a wrong length."""
        if function == Function.SERVO_CARTESIAN:
            *pose, _, _, tool = floats(body, 9)
            return cls(tuple(pose), bool(tool))
        *pose, _, _ = floats(body, 8)
        if len(body) != 37:
            raise ProtocolError("ufactory", "a set-point by axis and angle lacks its flags", data=body)
        # The manual says float32 where the SDK sends int32; zero is the same in both.
        return cls(tuple(pose), any(body[32:36]), bool(body[36]), True)


@dataclass(frozen=True, slots=True)
class Velocity:
    """Functions 81 and 82: speeds of the joints or of the TCP, for ``duration`` s (0 or less: until the next).

    ``flag``: joints speed up together; or the TCP's speeds are in its own frame.
    """

    speeds: tuple[float, ...]
    flag: bool
    duration: float = -1.0

    @classmethod
    def decode(cls, function: int, body: bytes) -> Velocity:
        """Decode the parameters. Raises ``ProtocolError`` for a wrong length."""
        count = AXES if function == Function.JOINT_VELOCITY else 6
        speeds = floats(body, count)
        if len(body) == 4 * count + 5:
            return cls(speeds, bool(body[4 * count]), *floats(body, 1, 4 * count + 1))
        if len(body) != 4 * count + 1:
            raise ProtocolError("ufactory", "speeds lack their flag", data=body)
        return cls(speeds, bool(body[4 * count]))


Queueable: TypeAlias = LineMove | JointMove | HomeMove | CircleMove | RelativeMove | Sleep
"""A command that waits in the command queue of the control box."""


def decode_queued(function: int, body: bytes) -> Queueable:
    """Return the command of a function that goes into the queue.

    Raises ``ProtocolError`` for parameters of a wrong length or kind, and ``KeyError`` for another function.
    """
    if len(body) not in _LENGTHS[function]:
        raise ProtocolError("ufactory", f"function {function} does not take {len(body)} bytes of parameters", data=body)
    if function in (Function.MOVE_JOINT, Function.MOVE_JOINT_BLEND):
        return JointMove.decode(function, body)
    if function == Function.MOVE_HOME:
        return HomeMove.decode(body)
    if function == Function.MOVE_CIRCLE:
        return CircleMove.decode(body)
    if function == Function.MOVE_RELATIVE:
        return RelativeMove.decode(body)
    if function == Function.SLEEP:
        return Sleep.decode(body)
    return LineMove.decode(function, body)


_LENGTHS: dict[int, tuple[int, ...]] = {
    Function.MOVE_LINE: (36, 37, 38, 43, 44),
    Function.MOVE_LINE_BLEND: (40, 41, 42),
    Function.MOVE_JOINT: (40, 41),
    Function.MOVE_JOINT_BLEND: (40, 41),
    Function.MOVE_HOME: (12, 13),
    Function.SLEEP: (4,),
    Function.MOVE_CIRCLE: (64, 65, 67),
    Function.MOVE_LINE_TOOL: (36, 37, 38),
    Function.MOVE_LINE_AA: (38, 39, 40),
    Function.MOVE_RELATIVE: (46, 47, 48),
}
QUEUED = frozenset(_LENGTHS)
"""Functions whose commands wait in the queue."""


def _check(body: bytes, at: int) -> int:
    return body[at] if len(body) > at else 0
