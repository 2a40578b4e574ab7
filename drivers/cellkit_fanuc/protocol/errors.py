"""The vendor's error numbers: RMIT-001 is 2556929, the others follow it (operator's manual B-84184EN/03)."""

from __future__ import annotations

from enum import IntEnum


class Rmit(IntEnum):
    """``ErrorID`` of a reply; 0 is success."""

    INTERNAL = 2556929
    UTOOL_NUMBER = 2556930
    UFRAME_NUMBER = 2556931
    POSITION_REGISTER = 2556932
    OVERRIDE = 2556933
    CANNOT_EXECUTE = 2556934
    SERVO_OFF = 2556935
    CANNOT_EXECUTE_TP = 2556936
    NOT_RUNNING = 2556937
    NOT_PAUSED = 2556938
    CANNOT_RESUME = 2556939
    CANNOT_RESET = 2556940
    INVALID_COMMAND = 2556941
    COMMAND_FAILED = 2556942
    CONTROLLER_STATE = 2556943
    CYCLE_POWER = 2556944
    PAYLOAD_SCHEDULE = 2556945
    MOTION_OPTION = 2556946
    VISION_REGISTER = 2556947
    INVALID_INSTRUCTION = 2556948
    INVALID_VALUE = 2556949
    TEXT_STRING = 2556950
    POSITION_DATA = 2556951
    HOLD = 2556952
    DISCONNECTED = 2556953
    ALREADY_CONNECTED = 2556954
    WAIT_FOR_COMMAND = 2556955
    WAIT_FOR_INSTRUCTION = 2556956
    SEQUENCE_ID = 2556957
    SPEED_TYPE = 2556958
    SPEED_VALUE = 2556959
    TERM_TYPE = 2556960
    TERM_VALUE = 2556961
    LCB_PORT_TYPE = 2556962
    ACC_VALUE = 2556963
    DESTINATION = 2556964
    VIA = 2556965
    PORT_NUMBER = 2556966
    GROUP_NUMBER = 2556967
    GROUP_MASK = 2556968
    JOINT_WITH_COORD = 2556969
    INCREMENTAL_WITH_COORD = 2556970
    SINGLE_STEP = 2556971
    POSITION_TYPE = 2556972
    ASCII_READY = 2556973
    ASCII_FAILED = 2556974
    ASCII_INSTRUCTION = 2556975
    GROUP_COUNT = 2556976
    INSTRUCTION_PACKET = 2556977
    ASCII_PACKET = 2556978
    ASCII_SIZE = 2556979
    APPLICATION_TOOL = 2556980
    CALL_PROGRAM = 2556981


PROGRAM_SELECTED = 7015
PROGRAM_IN_USE = 7004

_TEXTS = {
    Rmit.INTERNAL: "internal error",
    Rmit.UTOOL_NUMBER: "tool frame number",
    Rmit.UFRAME_NUMBER: "user frame number",
    Rmit.POSITION_REGISTER: "position register",
    Rmit.OVERRIDE: "speed override",
    Rmit.CANNOT_EXECUTE: "the TP program cannot be executed",
    Rmit.SERVO_OFF: "the servo power is off",
    Rmit.CANNOT_EXECUTE_TP: "the TP program cannot be executed",
    Rmit.NOT_RUNNING: "remote motion is not running",
    Rmit.NOT_PAUSED: "the program is not paused",
    Rmit.CANNOT_RESUME: "the program cannot be resumed",
    Rmit.CANNOT_RESET: "the controller cannot be reset",
    Rmit.INVALID_COMMAND: "not a command",
    Rmit.COMMAND_FAILED: "the command failed",
    Rmit.CONTROLLER_STATE: "not in this state of the controller",
    Rmit.CYCLE_POWER: "the controller must be switched off and on",
    Rmit.PAYLOAD_SCHEDULE: "payload schedule",
    Rmit.MOTION_OPTION: "motion option",
    Rmit.VISION_REGISTER: "vision register",
    Rmit.INVALID_INSTRUCTION: "not an instruction",
    Rmit.INVALID_VALUE: "value",
    Rmit.TEXT_STRING: "text",
    Rmit.POSITION_DATA: "position data",
    Rmit.HOLD: "on hold until a reset",
    Rmit.DISCONNECTED: "the remote device has disconnected",
    Rmit.ALREADY_CONNECTED: "another client is connected",
    Rmit.WAIT_FOR_COMMAND: "the command before it is not done",
    Rmit.WAIT_FOR_INSTRUCTION: "eight instructions are waiting already",
    Rmit.SEQUENCE_ID: "sequence number",
    Rmit.SPEED_TYPE: "speed type",
    Rmit.SPEED_VALUE: "speed value",
    Rmit.TERM_TYPE: "termination type",
    Rmit.TERM_VALUE: "termination value",
    Rmit.LCB_PORT_TYPE: "port type of the local condition",
    Rmit.ACC_VALUE: "acceleration value",
    Rmit.DESTINATION: "destination position",
    Rmit.VIA: "via position",
    Rmit.PORT_NUMBER: "port number",
    Rmit.GROUP_NUMBER: "motion group",
    Rmit.GROUP_MASK: "group mask",
    Rmit.JOINT_WITH_COORD: "joint motion in coordinated motion",
    Rmit.INCREMENTAL_WITH_COORD: "incremental motion in coordinated motion",
    Rmit.SINGLE_STEP: "the controller is in single step mode",
    Rmit.POSITION_TYPE: "representation of the position",
    Rmit.ASCII_READY: "ready for ASCII packets",
    Rmit.ASCII_FAILED: "ASCII conversion",
    Rmit.ASCII_INSTRUCTION: "ASCII instruction",
    Rmit.GROUP_COUNT: "number of motion groups",
    Rmit.INSTRUCTION_PACKET: "instruction packet",
    Rmit.ASCII_PACKET: "ASCII packet",
    Rmit.ASCII_SIZE: "length of the ASCII text",
    Rmit.APPLICATION_TOOL: "application tool",
    Rmit.CALL_PROGRAM: "name of the called program",
}
_OTHERS = {
    PROGRAM_SELECTED: "RMI_MOVE is the selected program; select another one on the pendant",
    PROGRAM_IN_USE: "the program is in use",
}


class RmiRefused(Exception):
    """A packet gets an ``ErrorID`` other than 0."""

    def __init__(self, code: int) -> None:
        self.code = int(code)
        super().__init__(explain(self.code))


def name_of(code: int) -> str:
    """How the pendant calls an ``ErrorID``: RMIT-028."""
    if Rmit.INTERNAL <= code <= Rmit.CALL_PROGRAM:
        return f"RMIT-{code - Rmit.INTERNAL + 1:03d}"
    return str(code)


def explain(code: int) -> str:
    """Describe an ``ErrorID`` in words, with its name."""
    text = _TEXTS.get(Rmit(code)) if code in Rmit.__members__.values() else _OTHERS.get(code)
    return f"{name_of(code)} ({text})" if text else f"error {code}"
