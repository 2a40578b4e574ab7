"""Commands of the robot's TCP connection: requests as dataclasses, replies as status numbers."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar, Self, TypeAlias

from cellkit.errors import ProtocolError
from cellkit_franka.protocol.framing import Frame

VERSION = 10
_CONNECTED = struct.Struct("<BH")
_STATUS = struct.Struct("<B")


class Command(IntEnum):
    """Numbers of the commands."""

    CONNECT = 0
    MOVE = 1
    STOP_MOVE = 2
    SET_COLLISION_BEHAVIOR = 3
    SET_JOINT_IMPEDANCE = 4
    SET_CARTESIAN_IMPEDANCE = 5
    SET_GUIDING_MODE = 6
    SET_EE_TO_K = 7
    SET_NE_TO_EE = 8
    SET_LOAD = 9
    AUTOMATIC_ERROR_RECOVERY = 10
    GET_ROBOT_MODEL = 11


class MoveStatus(IntEnum):
    """What became of a Move."""

    SUCCESS = 0
    MOTION_STARTED = 1
    PREEMPTED = 2
    PREEMPTED_BY_SAFETY = 3
    REJECTED_BY_SAFETY = 4
    NOT_POSSIBLE = 5
    SINGULAR_START = 6
    INVALID_ARGUMENT = 7
    REFLEX_ABORTED = 8
    EMERGENCY_ABORTED = 9
    INPUT_ERROR_ABORTED = 10
    ABORTED = 11


class StopStatus(IntEnum):
    """What became of a StopMove."""

    SUCCESS = 0
    NOT_POSSIBLE = 1
    REJECTED_BY_SAFETY = 2
    EMERGENCY_ABORTED = 3
    REFLEX_ABORTED = 4
    ABORTED = 5


class SetterStatus(IntEnum):
    """What became of a setting. GetRobotModel knows the first two, and 2 for a safety function."""

    SUCCESS = 0
    NOT_POSSIBLE = 1
    INVALID_ARGUMENT = 2
    REJECTED_BY_SAFETY = 3


class RecoveryStatus(IntEnum):
    """What became of an AutomaticErrorRecovery."""

    SUCCESS = 0
    NOT_POSSIBLE = 1
    REJECTED_BY_SAFETY = 2
    MANUAL_REQUIRED = 3
    REFLEX_ABORTED = 4
    EMERGENCY_ABORTED = 5
    ABORTED = 6


class ConnectStatus(IntEnum):
    """What became of a Connect."""

    SUCCESS = 0
    INCOMPATIBLE = 1


class Controller(IntEnum):
    """Who controls the joints during a Move. In the robot state 3 stands for none of them."""

    JOINT_IMPEDANCE = 0
    CARTESIAN_IMPEDANCE = 1
    EXTERNAL = 2
    OTHER = 3


class Generator(IntEnum):
    """What a Move streams, as in the robot state; the number in the request is one less."""

    IDLE = 0
    JOINT_POSITION = 1
    JOINT_VELOCITY = 2
    CARTESIAN_POSITION = 3
    CARTESIAN_VELOCITY = 4
    NONE = 5


@dataclass(frozen=True, slots=True)
class Connect:
    """First command of a connection; ``udp_port`` is where the client wants the states."""

    command: ClassVar[Command] = Command.CONNECT
    layout: ClassVar[struct.Struct] = struct.Struct("<HH")

    version: int
    udp_port: int

    def values(self) -> tuple[int, ...]:
        """Return the values on the wire."""
        return (self.version, self.udp_port)

    @classmethod
    def of(cls, values: Sequence[int]) -> Self:
        """From what came over the wire."""
        return cls(*values)


@dataclass(frozen=True, slots=True)
class Move:
    """Start a motion. Deviations: translation (m), rotation (rad), elbow (rad).

    The asynchronous generator and its velocities (7) came with version 10; a request without them is taken as well.
    """

    command: ClassVar[Command] = Command.MOVE
    layout: ClassVar[struct.Struct] = struct.Struct("<II6d?7d")
    short: ClassVar[struct.Struct] = struct.Struct("<II6d")

    controller: int
    generator: int
    path_deviation: tuple[float, float, float] = (10.0, 3.12, 6.28)
    goal_deviation: tuple[float, float, float] = (10.0, 3.12, 6.28)
    asynchronous: bool = False
    velocities: tuple[float, ...] = (0.0,) * 7

    def values(self) -> tuple[float, ...]:
        """Return the values on the wire."""
        return (
            self.controller,
            self.generator - 1,
            *self.path_deviation,
            *self.goal_deviation,
            self.asynchronous,
            *self.velocities,
        )

    @classmethod
    def of(cls, values: Sequence[float]) -> Self:
        """From what came over the wire."""
        path, goal = (values[2], values[3], values[4]), (values[5], values[6], values[7])
        first = (int(values[0]), int(values[1]) + 1, path, goal)
        return cls(*first) if len(values) == 8 else cls(*first, bool(values[8]), tuple(values[9:]))


@dataclass(frozen=True, slots=True)
class Setting:
    """A command with numbers alone: thresholds, stiffnesses, a (16,) column-major transform, load, guiding axes."""

    command: Command
    numbers: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Plain:
    """A command without arguments."""

    command: Command


Request: TypeAlias = Connect | Move | Setting | Plain

_SETTINGS = {
    Command.SET_COLLISION_BEHAVIOR: struct.Struct("<52d"),
    Command.SET_JOINT_IMPEDANCE: struct.Struct("<7d"),
    Command.SET_CARTESIAN_IMPEDANCE: struct.Struct("<6d"),
    Command.SET_GUIDING_MODE: struct.Struct("<7?"),
    Command.SET_EE_TO_K: struct.Struct("<16d"),
    Command.SET_NE_TO_EE: struct.Struct("<16d"),
    Command.SET_LOAD: struct.Struct("<13d"),
}
_PLAIN = (Command.STOP_MOVE, Command.AUTOMATIC_ERROR_RECOVERY, Command.GET_ROBOT_MODEL)


def encode_request(request: Request, command_id: int) -> Frame:
    """Encode a request as a frame."""
    if isinstance(request, Plain):
        payload = b""
    elif isinstance(request, Setting):
        payload = _SETTINGS[request.command].pack(*request.numbers)
    else:
        payload = request.layout.pack(*request.values())
    return Frame(request.command, command_id, payload)


def decode_request(frame: Frame) -> Request:
    """Decode the request in a frame. Raises ``ProtocolError`` for an unknown command or a payload of the wrong size."""
    payload = frame.payload
    try:
        command = Command(frame.command)
    except ValueError:
        raise ProtocolError("franka", f"unknown command {frame.command}", data=payload) from None
    try:
        if command is Command.CONNECT:
            return Connect.of(Connect.layout.unpack(payload))
        if command is Command.MOVE:
            return Move.of((Move.short if len(payload) == Move.short.size else Move.layout).unpack(payload))
        if command in _PLAIN:
            if payload:
                raise struct.error("no payload expected")
            return Plain(command)
        return Setting(command, _SETTINGS[command].unpack(payload))
    except struct.error as error:
        raise ProtocolError("franka", f"{command.name} with {len(payload)} bytes: {error}", data=payload) from None


def encode_status(command: Command, command_id: int, status: int, text: str = "") -> Frame:
    """Encode a reply; ``text`` is the robot model."""
    return Frame(command, command_id, _STATUS.pack(status) + text.encode())


def encode_connected(command_id: int, status: int) -> Frame:
    """Encode the reply to Connect."""
    return Frame(Command.CONNECT, command_id, _CONNECTED.pack(status, VERSION))


def decode_status(frame: Frame) -> int:
    """Decode the status of a reply. Raises ``ProtocolError`` for an empty reply."""
    if not frame.payload:
        raise ProtocolError("franka", f"an empty reply to command {frame.command}")
    return frame.payload[0]


def decode_connected(frame: Frame) -> tuple[int, int]:
    """Status and server version of a reply to Connect. Raises ``ProtocolError``."""
    if frame.command != Command.CONNECT or len(frame.payload) != _CONNECTED.size:
        raise ProtocolError("franka", "no reply to Connect", data=frame.payload)
    status, version = _CONNECTED.unpack(frame.payload)
    return status, version
