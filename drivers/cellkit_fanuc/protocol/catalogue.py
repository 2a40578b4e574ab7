"""Every packet that a client may send: its fields, their types and ranges, and the error that a wrong one gets.

From the operator's manual B-84184EN/03 and FANUC's own client (FANUC-CORPORATION/fanuc_driver, ``packets.hpp``). Which
error belongs to which field follows from the names in the table of errors; where the manual does not say, the virtual
controller's choice is marked in the quality record.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cellkit_fanuc.protocol.codec import Kind, Packet
from cellkit_fanuc.protocol.errors import RmiRefused, Rmit

DEPTH = 8  # instructions that may be outstanding
LAST_SEQUENCE = 2**31 - 1
USER_FRAMES, TOOLS, SCHEDULES, PORTS = 9, 10, 10, 512
REGISTERS, POSITION_REGISTERS = 200, 100
ANALOG_COUNTS = 2000.0
"""The count of an analog port at the upper end of its range, unless the cell states another: modules of 10 V."""

Check = Callable[[Any], bool]


@dataclass(frozen=True, slots=True)
class Field:
    """One field: what it must be, and the error otherwise."""

    check: Check
    error: Rmit
    required: bool = True


@dataclass(frozen=True, slots=True)
class Request:
    """One kind of packet. ``unknown`` is the error for a field that it does not have."""

    kind: Kind
    fields: Mapping[str, Field]
    unknown: Rmit


def number(value: object) -> bool:
    """Return whether a value is a finite number."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def whole(low: int, high: int) -> Check:
    """Return a check for whole numbers from ``low`` to ``high``; JSON has no integers, so 100.0 is one."""
    return lambda value: number(value) and float(value).is_integer() and low <= value <= high


def one_of(*texts: str) -> Check:
    """One of some texts."""
    return lambda value: value in texts


def text(longest: int) -> Check:
    """Return a check for texts that are not empty."""
    return lambda value: isinstance(value, str) and 0 < len(value) <= longest


def table(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    """Return a check for objects with all required fields, any of the optional fields, and no other field."""
    everything = {**required, **(optional or {})}

    def check(value: Any) -> bool:
        return (
            isinstance(value, dict)
            and all(key in value for key in required)
            and all(key in everything and everything[key](found) for key, found in value.items())
        )

    return check


BIT = whole(0, 1)
TURN = whole(-4, 4)
FRAME = table(dict.fromkeys(("X", "Y", "Z", "W", "P", "R"), number))
POSITION = table(dict.fromkeys(("X", "Y", "Z", "W", "P", "R"), number), dict.fromkeys(("Ext1", "Ext2", "Ext3"), number))
ANGLES = table(dict.fromkeys(("J1", "J2", "J3", "J4", "J5", "J6"), number), dict.fromkeys(("J7", "J8", "J9"), number))
CONFIGURATION = table(
    {"UToolNumber": whole(1, TOOLS), "UFrameNumber": whole(0, USER_FRAMES)},
    dict.fromkeys(("Front", "Up", "Left", "Flip"), BIT) | dict.fromkeys(("Turn4", "Turn5", "Turn6"), TURN),
)
GROUP = Field(whole(1, 1), Rmit.GROUP_NUMBER, required=False)


def _port(error: Rmit = Rmit.PORT_NUMBER) -> Field:
    return Field(whole(1, PORTS), error)


def _choice(error: Rmit, *texts: str, required: bool = True) -> Field:
    return Field(one_of(*texts), error, required)


def _command(**fields: Field) -> Request:
    return Request("Command", fields, Rmit.INVALID_COMMAND)


def _instruction(unknown: Rmit = Rmit.INVALID_INSTRUCTION, **fields: Field) -> Request:
    return Request("Instruction", fields, unknown)


def _motion(speed_types: tuple[str, ...], **target: Field) -> Request:
    option = Rmit.MOTION_OPTION
    register = Field(whole(1, POSITION_REGISTERS), Rmit.POSITION_REGISTER, required=False)
    return _instruction(
        option,
        **target,
        SpeedType=_choice(Rmit.SPEED_TYPE, *speed_types),
        Speed=Field(whole(1, 65535), Rmit.SPEED_VALUE),
        TermType=_choice(Rmit.TERM_TYPE, "FINE", "CNT", "CR"),
        TermValue=Field(whole(0, 100), Rmit.TERM_VALUE, required=False),
        ACC=Field(whole(20, 100), Rmit.ACC_VALUE, required=False),
        OffsetPRNumber=register,
        ToolOffsetPRNumber=register,
        VisionPRNumber=Field(whole(1, 100), Rmit.VISION_REGISTER, required=False),
        WristJoint=_choice(option, "ON", required=False),
        MROT=_choice(option, "ON", required=False),
        LCBType=_choice(option, "TA", "TB", "DB", required=False),
        LCBValue=Field(whole(0, 65535), option, required=False),
        PortType=Field(whole(1, 2), Rmit.LCB_PORT_TYPE, required=False),
        portNumber=Field(whole(1, PORTS), Rmit.PORT_NUMBER, required=False),
        portValue=_choice(option, "ON", "OFF", required=False),
        ALIM=Field(whole(0, 65535), option, required=False),
        ALIMREG=Field(whole(1, REGISTERS), option, required=False),
        NoBlend=_choice(option, "ON", required=False),
    )


LINEAR_SPEEDS = ("mmSec", "InchMin", "Time", "mSec")
JOINT_SPEEDS = ("Percent", "Time", "mSec")
_POSE = {
    "Configuration": Field(CONFIGURATION, Rmit.DESTINATION),
    "Position": Field(POSITION, Rmit.DESTINATION),
}
_VIA = {"ViaConfiguration": Field(CONFIGURATION, Rmit.VIA), "ViaPosition": Field(POSITION, Rmit.VIA)}
_ANGLES = {"JointAngle": Field(ANGLES, Rmit.DESTINATION)}
_FRAME_NUMBER = Field(whole(1, USER_FRAMES), Rmit.UFRAME_NUMBER)
_TOOL_NUMBER = Field(whole(1, TOOLS), Rmit.UTOOL_NUMBER)
_SCHEDULE = Field(whole(1, SCHEDULES), Rmit.PAYLOAD_SCHEDULE)
_REGISTER = Field(whole(1, REGISTERS), Rmit.INVALID_VALUE)
_POSITION_REGISTER = Field(whole(1, POSITION_REGISTERS), Rmit.POSITION_REGISTER)
_VALUE = Field(number, Rmit.INVALID_VALUE)
_PORT_TYPE = ("DI", "DO", "RI", "RO", "AI", "AO", "GI", "GO", "FLAG")
_LOAD = {key: Field(number, Rmit.INVALID_VALUE) for key in ("Mass", "CG_X", "CG_Y", "CG_Z")}
_INERTIA = {key: Field(number, Rmit.INVALID_VALUE, required=False) for key in ("IN_X", "IN_Y", "IN_Z")}

MOTIONS: Mapping[str, Request] = {
    "FRC_LinearMotion": _motion(LINEAR_SPEEDS, **_POSE),
    "FRC_LinearRelative": _motion(LINEAR_SPEEDS, **_POSE),
    "FRC_LinearMotionJRep": _motion(LINEAR_SPEEDS, **_ANGLES),
    "FRC_LinearRelativeJRep": _motion(LINEAR_SPEEDS, **_ANGLES),
    "FRC_JointMotion": _motion(JOINT_SPEEDS, **_POSE),
    "FRC_JointRelative": _motion(JOINT_SPEEDS, **_POSE),
    "FRC_JointMotionJRep": _motion(JOINT_SPEEDS, **_ANGLES),
    "FRC_JointRelativeJRep": _motion(JOINT_SPEEDS, **_ANGLES),
    "FRC_CircularMotion": _motion(LINEAR_SPEEDS, **_POSE, **_VIA),
    "FRC_CircularRelative": _motion(LINEAR_SPEEDS, **_POSE, **_VIA),
    "FRC_SplineMotion": _motion(LINEAR_SPEEDS, **_POSE),
    "FRC_SplineMotionJRep": _motion(LINEAR_SPEEDS, **_ANGLES),
}

REQUESTS: Mapping[str, Request] = {
    "FRC_Connect": Request("Communication", {}, Rmit.INVALID_COMMAND),
    "FRC_Disconnect": Request("Communication", {}, Rmit.INVALID_COMMAND),
    "FRC_Initialize": _command(
        GroupMask=Field(whole(1, 1), Rmit.GROUP_MASK, required=False),
        RTSA=_choice(Rmit.INVALID_VALUE, "ON", "OFF", required=False),
        PLTZMODE=Field(text(16), Rmit.INVALID_VALUE, required=False),
    ),
    "FRC_Abort": _command(),
    "FRC_Pause": _command(),
    "FRC_Continue": _command(),
    "FRC_Reset": _command(),
    "FRC_ReadError": _command(Count=Field(whole(1, 5), Rmit.INVALID_VALUE, required=False)),
    "FRC_SetUFrameUTool": _command(
        UFrameNumber=Field(whole(0, USER_FRAMES), Rmit.UFRAME_NUMBER), UToolNumber=_TOOL_NUMBER, Group=GROUP
    ),
    "FRC_GetUFrameUTool": _command(Group=GROUP),
    "FRC_GetStatus": _command(),
    "FRC_GetExtStatus": _command(),
    "FRC_ReadUFrameData": _command(FrameNumber=_FRAME_NUMBER, Group=GROUP),
    "FRC_WriteUFrameData": _command(FrameNumber=_FRAME_NUMBER, Frame=Field(FRAME, Rmit.POSITION_DATA), Group=GROUP),
    "FRC_ReadUToolData": _command(ToolNumber=_TOOL_NUMBER, Group=GROUP),
    "FRC_WriteUToolData": _command(ToolNumber=_TOOL_NUMBER, Frame=Field(FRAME, Rmit.POSITION_DATA), Group=GROUP),
    "FRC_ReadDIN": _command(PortNumber=_port()),
    "FRC_WriteDOUT": _command(PortNumber=_port(), PortValue=_choice(Rmit.INVALID_VALUE, "ON", "OFF")),
    "FRC_ReadIOPort": _command(PortType=_choice(Rmit.INVALID_VALUE, *_PORT_TYPE), PortNumber=_port()),
    "FRC_WriteIOPort": _command(
        PortType=_choice(Rmit.INVALID_VALUE, "DO", "RO", "AO", "GO", "FLAG"), PortNumber=_port(), PortValue=_VALUE
    ),
    "FRC_ReadCartesianPosition": _command(Group=GROUP),
    "FRC_ReadJointAngles": _command(Group=GROUP),
    "FRC_ReadRegister": _command(RegisterNumber=_REGISTER),
    "FRC_WriteRegister": _command(
        RegisterNumber=_REGISTER,
        RegisterValue=_VALUE,
        DataType=_choice(Rmit.INVALID_VALUE, "integer", "float"),
    ),
    "FRC_SetOverRide": _command(Value=Field(whole(1, 100), Rmit.OVERRIDE)),
    "FRC_ReadPositionRegister": _command(RegisterNumber=_POSITION_REGISTER, Group=GROUP),
    "FRC_WritePositionRegister": _command(
        RegisterNumber=_POSITION_REGISTER,
        Representation=_choice(Rmit.POSITION_TYPE, "Cartesian", "Joint", required=False),
        Configuration=Field(CONFIGURATION, Rmit.POSITION_DATA, required=False),
        Position=Field(POSITION, Rmit.POSITION_DATA, required=False),
        JointAngle=Field(ANGLES, Rmit.POSITION_DATA, required=False),
        Group=GROUP,
    ),
    "FRC_ReadTCPSpeed": _command(),
    "FRC_SetPayloadID": _command(ScheduleNumber=_SCHEDULE, Group=GROUP),
    "FRC_SetPayloadValue": _command(ScheduleNumber=_SCHEDULE, Group=GROUP, **_LOAD, **_INERTIA),
    "FRC_SetPayloadComp": _command(ScheduleNumber=_SCHEDULE, Group=GROUP, **_LOAD, **_INERTIA),
    "FRC_WaitDIN": _instruction(PortNumber=_port(), PortValue=_choice(Rmit.INVALID_VALUE, "ON", "OFF")),
    "FRC_SetUFrame": _instruction(FrameNumber=Field(whole(0, USER_FRAMES), Rmit.UFRAME_NUMBER)),
    "FRC_SetUTool": _instruction(ToolNumber=_TOOL_NUMBER),
    "FRC_WaitTime": _instruction(Time=Field(lambda value: number(value) and value >= 0.0, Rmit.INVALID_VALUE)),
    "FRC_SetPayLoad": _instruction(ScheduleNumber=_SCHEDULE),
    "FRC_Call": _instruction(ProgramName=Field(text(36), Rmit.CALL_PROGRAM)),
    **MOTIONS,
}


def verify(packet: Packet) -> Mapping[str, Any]:
    """Return the fields of a request without its sequence number.

    Raises ``RmiRefused`` with the error of the first wrong field.
    """
    request = REQUESTS.get(packet.name)
    if request is None or request.kind != packet.kind:
        unknown = Rmit.INVALID_INSTRUCTION if packet.kind == "Instruction" else Rmit.INVALID_COMMAND
        raise RmiRefused(unknown)
    numbered = ("SequenceID",) if packet.kind == "Instruction" else ()
    if any(key not in request.fields and key not in numbered for key in packet.fields):
        raise RmiRefused(request.unknown)
    for key, field in request.fields.items():
        if key not in packet.fields:
            if field.required:
                raise RmiRefused(field.error)
        elif not field.check(packet.fields[key]):
            raise RmiRefused(field.error)
    if packet.name in MOTIONS:
        _verify_motion(packet.fields)
    return packet.fields


def _verify_motion(fields: Mapping[str, Any]) -> None:
    if fields["SpeedType"] == "Percent" and fields["Speed"] > 100:
        raise RmiRefused(Rmit.SPEED_VALUE)
    if fields["TermType"] != "FINE" and not fields.get("TermValue"):
        raise RmiRefused(Rmit.TERM_VALUE)


def next_sequence(number: int) -> int:
    """Return the sequence number after another one."""
    return 1 if number >= LAST_SEQUENCE else number + 1
