"""Packets of the primary (30001) and secondary (30002) ports: robot states in parts, and robot messages.

A packet is a big-endian int32 (size of the whole packet), a type byte and the rest; so is a part of a robot state.
Sources: the vendor's "Primary and Secondary Interfaces" guide and its C++ client
(UniversalRobots/Universal_Robots_Client_Library, ``primary/``).
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import TypeAlias

from cellkit.errors import ProtocolError

HEAD = struct.Struct(">iB")
ROBOT_STATE = 16
ROBOT_MESSAGE = 20
LARGEST_PACKET = 65536


class Part(IntEnum):
    """Parts of a robot state; those that only the vendor's own software uses are left out."""

    ROBOT_MODE = 0
    JOINTS = 1
    TOOL = 2
    MASTERBOARD = 3
    CARTESIAN = 4
    KINEMATICS = 5
    CONFIGURATION = 6
    FORCE_MODE = 7
    ADDITIONAL = 8


LAYOUTS = {
    # timestamp µs; connected, enabled, power on, e-stopped, protective stopped, program running, program paused;
    # robot mode, control mode; target speed fraction, speed scaling, limit of the fraction; reserved
    Part.ROBOT_MODE: struct.Struct(">Q7?BBdddB"),
    # for each joint: q actual, q target, qd actual; A, V, °C motor, reserved; joint mode
    Part.JOINTS: struct.Struct(">" + "dddffffB" * 6),
    # analog ranges, analog inputs, V, output voltage, A, °C, tool mode
    Part.TOOL: struct.Struct(">BBddfBffB"),
    # digital inputs, outputs; analog ranges, inputs; domains, outputs; °C, V, A, I/O A; safety mode, reduced,
    # Euromap 67; reserved; operational mode selector, enabling device; reserved
    Part.MASTERBOARD: struct.Struct(">IIBBddBBddffffBBBIBBB"),
    # TCP pose, TCP offset
    Part.CARTESIAN: struct.Struct(">12d"),
    # checksums; DH theta, a, d, alpha; calibration status
    Part.KINEMATICS: struct.Struct(">6I24dI"),
    # for each joint: low, high; for each joint: speed, acceleration; defaults: joint speed, acceleration, tool speed,
    # acceleration, characteristic size; DH a, d, alpha, theta; masterboard, controller box, robot type, robot subtype
    Part.CONFIGURATION: struct.Struct(">53d4i"),
    # wrench, robot dexterity
    Part.FORCE_MODE: struct.Struct(">7d"),
    # teach pendant button, freedrive button pressed, enabled, freedrive by I/O
    Part.ADDITIONAL: struct.Struct(">4B"),
}


def encode_state(parts: Sequence[tuple[Part, Sequence[float]]]) -> bytes:
    """Return a robot state of parts with their flat values."""
    body = bytearray()
    for part, values in parts:
        layout = LAYOUTS[part]
        body += HEAD.pack(HEAD.size + layout.size, part) + layout.pack(*values)
    return HEAD.pack(HEAD.size + len(body), ROBOT_STATE) + bytes(body)


def decode_state(body: bytes) -> dict[int, bytes]:
    """Return the parts of a robot state (the bytes after its head) by type.

    Raises ``ProtocolError`` for impossible sizes.
    """
    return dict(PacketReader().feed(body, whole=True))


class PacketReader:
    """Reader that cuts a stream of bytes into packets; it stores at most one incomplete packet."""

    def __init__(self) -> None:
        self._buffer = b""

    def feed(self, data: bytes, *, whole: bool = False) -> list[tuple[int, bytes]]:
        """Return type and body of every packet that ``data`` completed. Raises ``ProtocolError`` for a wrong size.

        ``whole``: no bytes may be left over.
        """
        buffer = self._buffer + data
        found: list[tuple[int, bytes]] = []
        start = 0
        while len(buffer) - start >= HEAD.size:
            size, kind = HEAD.unpack_from(buffer, start)
            if not HEAD.size <= size <= LARGEST_PACKET:
                raise ProtocolError(
                    "primary port", f"a packet has an impossible size of {size} bytes", data=buffer[start : start + 16]
                )
            if len(buffer) - start < size:
                break
            found.append((kind, buffer[start + HEAD.size : start + size]))
            start += size
        self._buffer = buffer[start:]
        if whole and self._buffer:
            raise ProtocolError("primary port", "a packet is cut off", data=self._buffer[:64])
        return found


# --- robot messages ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class VersionMessage:
    """The message that every client receives first."""

    major: int
    minor: int
    bugfix: int
    build: int
    date: str
    project: str = "URControl"


@dataclass(frozen=True, slots=True)
class TextMessage:
    """A text that a program has written with ``textmsg``."""

    text: str


@dataclass(frozen=True, slots=True)
class ErrorMessage:
    """An error code with its argument; ``level`` 0 debug, 1 info, 2 warning, 3 violation, 4 fault."""

    code: int
    argument: int
    level: int
    text: str


@dataclass(frozen=True, slots=True)
class RuntimeExceptionMessage:
    """The report of a program's runtime error."""

    line: int
    column: int
    text: str


Message: TypeAlias = VersionMessage | TextMessage | ErrorMessage | RuntimeExceptionMessage

_MESSAGE = struct.Struct(">QbB")
_ERROR = struct.Struct(">iiiII")
_EXCEPTION = struct.Struct(">ii")
_VERSION = struct.Struct(">BBii")
_TEXT_TYPE, _VERSION_TYPE, _ERROR_TYPE, _EXCEPTION_TYPE = 0, 3, 6, 10
_SOURCE = -2
_NO_DATA = 0


def encode_message(message: Message, stamp: int) -> bytes:
    """Return a robot message as a packet; ``stamp`` in µs since the controller started."""
    match message:
        case VersionMessage(major, minor, bugfix, build, date, project):
            name = project.encode("ascii")
            kind = _VERSION_TYPE
            body = bytes((len(name),)) + name + _VERSION.pack(major, minor, bugfix, build) + date.encode("ascii")
        case TextMessage(text):
            kind, body = _TEXT_TYPE, text.encode("utf-8", "replace")
        case ErrorMessage(code, argument, level, text):
            kind, body = _ERROR_TYPE, _ERROR.pack(code, argument, level, _NO_DATA, 0) + text.encode("utf-8", "replace")
        case RuntimeExceptionMessage(line, column, text):
            kind, body = _EXCEPTION_TYPE, _EXCEPTION.pack(line, column) + text.encode("utf-8", "replace")
    head = _MESSAGE.pack(stamp, _SOURCE, kind)
    return HEAD.pack(HEAD.size + len(head) + len(body), ROBOT_MESSAGE) + head + body


def decode_message(body: bytes) -> Message | None:
    """Return the message in the body of a packet of type 20; None for kinds that are not used here.

    Raises ``ProtocolError`` for a message that is cut off.
    """
    try:
        _, _, kind = _MESSAGE.unpack_from(body)
        rest = body[_MESSAGE.size :]
        if kind == _TEXT_TYPE:
            return TextMessage(_words(rest))
        if kind == _ERROR_TYPE:
            code, argument, level, _, _ = _ERROR.unpack_from(rest)
            return ErrorMessage(code, argument, level, _words(rest[_ERROR.size :]))
        if kind == _EXCEPTION_TYPE:
            line, column = _EXCEPTION.unpack_from(rest)
            return RuntimeExceptionMessage(line, column, _words(rest[_EXCEPTION.size :]))
        if kind == _VERSION_TYPE:
            length = rest[0]
            name, rest = rest[1 : 1 + length], rest[1 + length :]
            major, minor, bugfix, build = _VERSION.unpack_from(rest)
            return VersionMessage(major, minor, bugfix, build, _words(rest[_VERSION.size :]), _words(name))
    except (struct.error, IndexError):
        raise ProtocolError("primary port", "a message is cut off", data=body[:64]) from None
    return None


def _words(data: bytes) -> str:
    return data.decode("utf-8", "replace").rstrip("\0")
