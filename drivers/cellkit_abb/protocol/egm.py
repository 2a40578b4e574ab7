"""EGM, Externally Guided Motion: protobuf messages in UDP datagrams, every 4 ms; the robot sends first.

Field numbers, types and units are from the message definitions that ship in two independent clients (abb-robot-client
0.4.0, ABBRobotEGM 1.0.7), which agree: degrees, mm, quaternions w, x, y, z. Only the fields of a joint stream are
defined here; protobuf skips the others.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError

from cellkit.errors import ProtocolError

PERIOD = 0.004  # s between two messages of the robot, by default
AXES = 6
LARGEST = 2000  # bytes; a message of a six-axis robot has about 300

_TYPE = descriptor_pb2.FieldDescriptorProto.Type
_LABEL = descriptor_pb2.FieldDescriptorProto.Label

# message -> fields: number, name, label, type or message
_MESSAGES: dict[str, tuple[tuple[int, str, str, str], ...]] = {
    "EgmHeader": ((1, "seqno", "?", "UINT32"), (2, "tm", "?", "UINT32"), (3, "mtype", "?", "INT32")),
    "EgmCartesian": tuple((i, name, "!", "DOUBLE") for i, name in enumerate(("x", "y", "z"), 1)),
    "EgmQuaternion": tuple((i, name, "!", "DOUBLE") for i, name in enumerate(("u0", "u1", "u2", "u3"), 1)),
    "EgmPose": ((1, "pos", "?", "EgmCartesian"), (2, "orient", "?", "EgmQuaternion")),
    "EgmJoints": ((1, "joints", "*", "DOUBLE"),),
    "EgmClock": ((1, "sec", "!", "UINT64"), (2, "usec", "!", "UINT64")),
    "EgmPlanned": ((1, "joints", "?", "EgmJoints"), (2, "cartesian", "?", "EgmPose"), (4, "time", "?", "EgmClock")),
    "EgmState": ((1, "state", "!", "INT32"),),
    "EgmSpeedRef": ((1, "joints", "?", "EgmJoints"),),
    "EgmRobot": (
        (1, "header", "?", "EgmHeader"),
        (2, "feedBack", "?", "EgmPlanned"),
        (3, "planned", "?", "EgmPlanned"),
        (4, "motorState", "?", "EgmState"),
        (5, "mciState", "?", "EgmState"),
        (6, "mciConvergenceMet", "?", "BOOL"),
        (8, "rapidExecState", "?", "EgmState"),
        (10, "utilizationRate", "?", "DOUBLE"),
    ),
    "EgmSensor": (
        (1, "header", "?", "EgmHeader"),
        (2, "planned", "?", "EgmPlanned"),
        (3, "speedRef", "?", "EgmSpeedRef"),
    ),
}


def _classes() -> dict[str, Any]:
    """Build the message classes here instead of generated code: messages that share a shape share a class."""
    labels = {"?": _LABEL.LABEL_OPTIONAL, "!": _LABEL.LABEL_REQUIRED, "*": _LABEL.LABEL_REPEATED}
    file = descriptor_pb2.FileDescriptorProto(name="cellkit_egm.proto", package="cellkit.abb.egm", syntax="proto2")
    for message, fields in _MESSAGES.items():
        described = file.message_type.add(name=message)
        for number, name, label, kind in fields:
            field = described.field.add(name=name, number=number, label=labels[label])
            if kind in _MESSAGES:
                field.type, field.type_name = _TYPE.TYPE_MESSAGE, f".cellkit.abb.egm.{kind}"
            else:
                field.type = _TYPE.Value(f"TYPE_{kind}")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"cellkit.abb.egm.{name}"))
        for name in ("EgmRobot", "EgmSensor")
    }


_CLASSES = _classes()
_ROBOT: Any = _CLASSES["EgmRobot"]
_SENSOR: Any = _CLASSES["EgmSensor"]


class MessageType(IntEnum):
    """Values of ``EgmHeader.mtype``."""

    UNDEFINED = 0
    COMMAND = 1
    DATA = 2
    CORRECTION = 3
    PATH_CORRECTION = 4


class Motors(IntEnum):
    """Values of ``EgmMotorState``."""

    UNDEFINED = 0
    ON = 1
    OFF = 2


class Guided(IntEnum):
    """Values of ``EgmMCIState``: whether references move the arm."""

    UNDEFINED = 0
    ERROR = 1
    STOPPED = 2
    RUNNING = 3


class Rapid(IntEnum):
    """Values of ``EgmRapidCtrlExecState``."""

    UNDEFINED = 0
    STOPPED = 1
    RUNNING = 2


@dataclass(frozen=True, slots=True)
class CartesianFeedback:
    """The pose of the tool: position in mm, quaternion w, x, y, z."""

    position: tuple[float, float, float]
    orientation: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class RobotMessage:
    """The robot's report of one cycle. ``joints`` measured and ``planned`` (6) in rad, ``time_ms`` its own clock."""

    sequence: int
    time_ms: int
    joints: Sequence[float]
    planned: Sequence[float] | None = None
    tool: CartesianFeedback | None = None
    motors: Motors = Motors.UNDEFINED
    guided: Guided = Guided.UNDEFINED
    rapid: Rapid = Rapid.UNDEFINED
    converged: bool = False


@dataclass(frozen=True, slots=True)
class SensorMessage:
    """The computer's answer: the joints (6) in rad to which the robot is to go; None: no reference."""

    sequence: int
    time_ms: int
    joints: Sequence[float] | None
    kind: MessageType = MessageType.CORRECTION


def encode_robot(message: RobotMessage) -> bytes:
    """Return the bytes of an EgmRobot datagram."""
    out = _ROBOT()
    header = out.header
    header.seqno, header.tm, header.mtype = message.sequence, message.time_ms, MessageType.DATA
    feedback = out.feedBack
    feedback.joints.joints.extend(map(math.degrees, message.joints))
    clock = feedback.time
    clock.sec, clock.usec = message.time_ms // 1000, message.time_ms % 1000 * 1000
    if message.tool is not None:
        pose = feedback.cartesian
        pose.pos.x, pose.pos.y, pose.pos.z = message.tool.position
        turn = pose.orient
        turn.u0, turn.u1, turn.u2, turn.u3 = message.tool.orientation
    if message.planned is not None:
        out.planned.joints.joints.extend(map(math.degrees, message.planned))
    out.motorState.state, out.mciState.state = message.motors, message.guided
    out.rapidExecState.state = message.rapid
    out.mciConvergenceMet = message.converged
    data: bytes = out.SerializeToString()
    return data


def decode_robot(data: bytes) -> RobotMessage:
    """Decode an EgmRobot datagram. Raises ``ProtocolError``."""
    robot = _parse(_ROBOT, data)
    joints = _joints(robot.feedBack.joints.joints, data)
    if joints is None:
        raise ProtocolError("EGM", "a message of the robot has no joints", data=data)
    tool = None
    if robot.feedBack.HasField("cartesian"):
        pos, turn = robot.feedBack.cartesian.pos, robot.feedBack.cartesian.orient
        tool = CartesianFeedback((pos.x, pos.y, pos.z), (turn.u0, turn.u1, turn.u2, turn.u3))
    try:
        return RobotMessage(
            robot.header.seqno,
            robot.header.tm,
            joints,
            _joints(robot.planned.joints.joints, data),
            tool,
            Motors(robot.motorState.state),
            Guided(robot.mciState.state),
            Rapid(robot.rapidExecState.state),
            robot.mciConvergenceMet,
        )
    except ValueError as error:
        raise ProtocolError("EGM", f"a state is not defined in EGM: {error}", data=data) from None


def encode_sensor(message: SensorMessage) -> bytes:
    """Return the bytes of an EgmSensor datagram."""
    out = _SENSOR()
    header = out.header
    header.seqno, header.tm, header.mtype = message.sequence, message.time_ms, message.kind
    if message.joints is not None:
        out.planned.joints.joints.extend(map(math.degrees, message.joints))
    data: bytes = out.SerializeToString()
    return data


def decode_sensor(data: bytes) -> SensorMessage:
    """Decode an EgmSensor datagram. Raises ``ProtocolError``."""
    sensor = _parse(_SENSOR, data)
    try:
        kind = MessageType(sensor.header.mtype)
    except ValueError:
        raise ProtocolError("EGM", f"unexpected message type {sensor.header.mtype}", data=data) from None
    joints = _joints(sensor.planned.joints.joints, data)
    return SensorMessage(sensor.header.seqno, sensor.header.tm, joints, kind)


def _parse(message: Any, data: bytes) -> Any:
    if len(data) > LARGEST:
        raise ProtocolError("EGM", f"a datagram of {len(data)} bytes is too long", data=data[:LARGEST])
    try:
        parsed = message.FromString(data)
    except DecodeError as error:
        raise ProtocolError("EGM", f"the datagram is not a protobuf message: {error}", data=data) from None
    if not parsed.HasField("header"):
        raise ProtocolError("EGM", "a message has no header", data=data)
    return parsed


def _joints(degrees: Sequence[float], data: bytes) -> list[float] | None:
    if not degrees:
        return None
    joints = [math.radians(angle) for angle in degrees]
    if len(joints) != AXES or not all(map(math.isfinite, joints)):
        raise ProtocolError("EGM", f"expected {AXES} finite joint angles, got {list(degrees)}", data=data)
    return joints
