"""The gripper's TCP connection and state datagram, server version 3. Widths in m, speeds in m/s, forces in N."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import TypeAlias

from cellkit.errors import ProtocolError
from cellkit_franka.protocol.framing import Frame

VERSION = 3
_CONNECT = struct.Struct("<HH")
_GRASP = struct.Struct("<5d")
_MOVE = struct.Struct("<2d")
_STATUS = struct.Struct("<H")
_STATE = struct.Struct("<Idd?H")
STATE_SIZE = _STATE.size


class Command(IntEnum):
    """Numbers of the commands."""

    CONNECT = 0
    HOMING = 1
    GRASP = 2
    MOVE = 3
    STOP = 4


class Status(IntEnum):
    """What became of a command. FAIL: wrong arguments or mode; UNSUCCESSFUL: tried, and not reached."""

    SUCCESS = 0
    FAIL = 1
    UNSUCCESSFUL = 2
    ABORTED = 3


@dataclass(frozen=True, slots=True)
class Connect:
    """First command of a connection."""

    version: int
    udp_port: int


@dataclass(frozen=True, slots=True)
class Grasp:
    """Close (or open) onto a part; it counts as held from ``width - inner`` to ``width + outer``."""

    width: float
    inner: float
    outer: float
    speed: float
    force: float


@dataclass(frozen=True, slots=True)
class MoveTo:
    """Go to a width."""

    width: float
    speed: float


@dataclass(frozen=True, slots=True)
class Homing:
    """Find the largest width."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Stop where the fingers are."""


Request: TypeAlias = Connect | Grasp | MoveTo | Homing | Stop


@dataclass(frozen=True, slots=True)
class GripperState:
    """One state datagram; ``temperature`` in deg C."""

    message_id: int
    width: float
    max_width: float
    is_grasped: bool
    temperature: int

    def encode(self) -> bytes:
        """Encode the datagram."""
        return _STATE.pack(self.message_id, self.width, self.max_width, self.is_grasped, self.temperature)

    @classmethod
    def decode(cls, data: bytes) -> GripperState:
        """From a datagram. Raises ``ProtocolError`` for a wrong size."""
        if len(data) != STATE_SIZE:
            raise ProtocolError("franka gripper", f"a state of {len(data)} bytes", data=data)
        return cls(*_STATE.unpack(data))


def encode_request(request: Request, command_id: int) -> Frame:
    """Encode a request as a frame."""
    if isinstance(request, Connect):
        return Frame(Command.CONNECT, command_id, _CONNECT.pack(request.version, request.udp_port))
    if isinstance(request, Grasp):
        values = (request.width, request.inner, request.outer, request.speed, request.force)
        return Frame(Command.GRASP, command_id, _GRASP.pack(*values))
    if isinstance(request, MoveTo):
        return Frame(Command.MOVE, command_id, _MOVE.pack(request.width, request.speed))
    return Frame(Command.HOMING if isinstance(request, Homing) else Command.STOP, command_id, b"")


def decode_request(frame: Frame) -> Request:
    """Decode the request in a frame. Raises ``ProtocolError`` for an unknown command or a payload of the wrong size."""
    payload = frame.payload
    try:
        if frame.command == Command.CONNECT:
            return Connect(*_CONNECT.unpack(payload))
        if frame.command == Command.GRASP:
            return Grasp(*_GRASP.unpack(payload))
        if frame.command == Command.MOVE:
            return MoveTo(*_MOVE.unpack(payload))
        if frame.command in (Command.HOMING, Command.STOP) and not payload:
            return Homing() if frame.command == Command.HOMING else Stop()
    except struct.error as error:
        raise ProtocolError(
            "franka gripper", f"command {frame.command} with {len(payload)} bytes: {error}", data=payload
        ) from None
    raise ProtocolError("franka gripper", f"unknown command {frame.command} with {len(payload)} bytes", data=payload)


def encode_status(command: Command, command_id: int, status: int) -> Frame:
    """Encode a reply."""
    return Frame(command, command_id, _STATUS.pack(status))


def decode_status(frame: Frame) -> int:
    """Decode the status in a reply. Raises ``ProtocolError`` for a payload of the wrong size."""
    if len(frame.payload) != _STATUS.size:
        text = f"a reply to command {frame.command} with {len(frame.payload)} bytes"
        raise ProtocolError("franka gripper", text, data=frame.payload)
    status: int = _STATUS.unpack(frame.payload)[0]
    return status


def encode_connected(command_id: int, status: int, version: int = VERSION) -> Frame:
    """Encode the reply to Connect."""
    return Frame(Command.CONNECT, command_id, _CONNECT.pack(status, version))


def decode_connected(frame: Frame) -> tuple[int, int]:
    """Status and version of the server. Raises ``ProtocolError`` for another reply."""
    if frame.command != Command.CONNECT or len(frame.payload) != _CONNECT.size:
        text = f"command {frame.command} with {len(frame.payload)} bytes instead of the reply to Connect"
        raise ProtocolError("franka gripper", text, data=frame.payload)
    status, version = _CONNECT.unpack(frame.payload)
    return status, version
