"""Commands, services, status codes. Numbers from the vendor's manuals, words our own."""

from __future__ import annotations

from enum import IntEnum


class Command(IntEnum):
    """Command numbers of the robot control port."""

    ALARM = 0x70
    ALARM_HISTORY = 0x71
    STATUS = 0x72
    JOB_INFO = 0x73
    AXIS_NAMES = 0x74
    POSITION = 0x75
    POSITION_ERROR = 0x76
    TORQUE = 0x77
    IO = 0x78
    REGISTER = 0x79
    B = 0x7A
    I = 0x7B  # noqa: E741 - the vendor's name
    D = 0x7C
    R = 0x7D
    S = 0x7E
    P = 0x7F
    BP = 0x80
    EX = 0x81
    RESET = 0x82
    SWITCH = 0x83
    CYCLE = 0x84
    TEXT = 0x85
    START = 0x86
    SELECT_JOB = 0x87
    MANAGEMENT_TIME = 0x88
    SYSTEM_INFO = 0x89
    MOVE_CARTESIAN = 0x8A
    MOVE_PULSE = 0x8B
    S32 = 0x8C
    PLURAL_IO = 0x300
    PLURAL_REGISTER = 0x301
    PLURAL_B = 0x302
    PLURAL_I = 0x303
    PLURAL_D = 0x304
    PLURAL_R = 0x305
    PLURAL_S = 0x306
    PLURAL_P = 0x307
    PLURAL_BP = 0x308
    PLURAL_EX = 0x309
    ALARM_WITH_SUB_CODE = 0x30A
    ALARM_HISTORY_WITH_SUB_CODE = 0x30B
    PLURAL_S32 = 0x30C


class Service(IntEnum):
    """Services of the robot control port."""

    GET_ALL = 0x01
    SET_ALL = 0x02
    GET_ONE = 0x0E
    SET_ONE = 0x10
    READ_PLURAL = 0x33
    WRITE_PLURAL = 0x34


class FileService(IntEnum):
    """Services of the file port."""

    DELETE = 0x09
    LOAD = 0x15
    SAVE = 0x16
    LIST = 0x32


class Switch(IntEnum):
    """Instances of ``Command.SWITCH``."""

    HOLD = 1
    SERVO = 2
    HLOCK = 3


ON, OFF = 1, 2
"""Values of ``Command.SWITCH``."""
RESET_ALARM, CANCEL_ERROR = 1, 2
"""Instances of ``Command.RESET``."""


class Status(IntEnum):
    """The status byte of an answer."""

    OK = 0x00
    UNDEFINED_COMMAND = 0x08
    BAD_ELEMENT = 0x09
    SEE_ADDED = 0x1F
    NO_INSTANCE = 0x28


class Added(IntEnum):
    """Added status codes that this package uses; ``ADDED`` has the words for these and more."""

    OPERAND_COUNT = 0x1011
    OPERAND_RANGE = 0x1012
    MOVING = 0x2010
    HELD_BY_PENDANT = 0x2020
    HELD_EXTERNALLY = 0x2040
    HELD_BY_COMMAND = 0x2050
    ALARM = 0x2060
    SERVO_OFF = 0x2070
    WRONG_MODE = 0x2080
    NOT_REMOTE = 0x2100
    NO_SERVO_POWER = 0x3450
    NO_JOB = 0x4040
    BAD_JOB_NAME = 0x4190
    BAD_INSTRUCTION = 0x5110
    NO_NOP_OR_END = 0x5130
    BAD_FORMAT = 0x5170
    BAD_DATA_COUNT = 0x5180
    UNDEFINED_POSITION = 0xB001
    DATA_SIZE = 0xB003
    DATA_RANGE = 0xB004
    CONTROL_GROUP = 0xB008
    SPEED = 0xB009
    NO_SPEED = 0xB00A
    COORDINATES = 0xB00B
    TYPE = 0xB00C
    TOOL_NUMBER = 0xB00D
    USER_NUMBER = 0xB00E
    NO_OVERWRITING = 0xE28C
    FILE_MISSING = 0xE29C
    NOT_LISTED = 0xE2A7
    NOT_DELETABLE = 0xE2AF
    FILES_NOT_REMOTE = 0xE2B2
    NO_FILE = 0xE2B3
    FILES_BUSY = 0xE444
    BLOCK_NUMBER = 0xE4A1
    TOO_MANY = 0xFFF6


STATUS: dict[int, str] = {
    Status.UNDEFINED_COMMAND: "command not defined",
    Status.BAD_ELEMENT: "element number not valid",
    Status.NO_INSTANCE: "no such instance",
}

ADDED = {
    0x1010: "command error",
    0x1011: "wrong number of operands",
    0x1012: "operand out of range",
    0x1013: "operand of the wrong length",
    0x1020: "no room left for files",
    0x2010: "manipulator moving",
    0x2020: "hold by the pendant",
    0x2030: "hold by the playback panel",
    0x2040: "external hold",
    0x2050: "hold by command",
    0x2060: "error or alarm present",
    0x2070: "servo off",
    0x2080: "wrong mode",
    0x2090: "file in use elsewhere",
    0x2100: "command remote not set",
    0x2110: "data cannot be accessed",
    0x2120: "data cannot be loaded",
    0x2130: "being edited",
    0x2150: "coordinate conversion running",
    0x3010: "turn on the servo",
    0x3040: "do the home positioning",
    0x3050: "confirm the second home position",
    0x3070: "current value not made",
    0x3220: "panel locked, mode and cycle prohibited",
    0x3230: "panel locked, start prohibited",
    0x3350: "user coordinates not taught",
    0x3360: "user coordinates destroyed",
    0x3370: "wrong control group",
    0x3380: "wrong base axis data",
    0x3450: "servo power cannot be turned on",
    0x3460: "coordinate system cannot be set",
    0x4010: "no memory left for jobs",
    0x4012: "no memory left for positions",
    0x4020: "editing of the job prohibited",
    0x4030: "a job of that name exists",
    0x4040: "no such job",
    0x4060: "no job is set for execution",
    0x4120: "position data destroyed",
    0x4130: "position data missing",
    0x4140: "wrong type of position variable",
    0x4170: "instruction data destroyed",
    0x4190: "character not allowed in a job name",
    0x4200: "character not allowed in a label",
    0x4230: "instruction not valid in this system",
    0x5110: "syntax error in an instruction",
    0x5120: "position data error",
    0x5130: "no NOP or no END",
    0x5170: "wrong format",
    0x5180: "wrong number of data",
    0x5200: "data out of range",
    0x5310: "syntax error outside the instructions",
    0x5340: "error in a pseudo instruction",
    0x6010: "robot or station in operation",
    0x6020: "no room left on the device",
    0x6030: "device cannot be accessed",
    0xA000: "undefined command",
    0xA001: "instance error",
    0xA002: "attribute error",
    0xA100: "answer too large for the hardware",
    0xA101: "answer too large for the software",
    0xB001: "position variable not defined",
    0xB002: "data must not be used",
    0xB003: "wrong size of data",
    0xB004: "data out of range",
    0xB005: "data not defined",
    0xB006: "application not registered",
    0xB007: "type not registered",
    0xB008: "wrong control group, or robot and station together",
    0xB009: "wrong speed class",
    0xB00A: "no speed given",
    0xB00B: "wrong coordinate system",
    0xB00C: "wrong type",
    0xB00D: "wrong tool number",
    0xB00E: "wrong user coordinate number",
    0xCFFF: "other error",
    0xD8F1: "busy with another command",
    0xD8FA: "transmission busy",
    0xE28B: "nothing received for too long",
    0xE28C: "file cannot be overwritten",
    0xE29C: "file missing or empty",
    0xE2A0: "wrong path",
    0xE2A7: "file not in the list",
    0xE2AF: "file cannot be deleted",
    0xE2B1: "folder cannot be deleted",
    0xE2B2: "file transfer without remote",
    0xE2B3: "file not found",
    0xE2B4: "path too long",
    0xE444: "busy with another transfer",
    0xE49D: "no data",
    0xE49E: "frame too large",
    0xE49F: "empty frame",
    0xE4A1: "wrong block number",
    0xE4A2: "wrong ACK",
    0xE4A3: "wrong processing division",
    0xE4A5: "wrong header size",
    0xE4A6: "wrong identifier",
    0xE4A7: "announced and received size differ",
    0xFFF6: "too many requests",
    0xFFFE: "remote mode was left",
}


def refusal(status: int, added: int) -> str:
    """Describe an answer's status in words, with its codes."""
    if status == Status.SEE_ADDED:
        return f"{ADDED.get(added, 'refused')} (0x{added:04X})"
    return f"{STATUS.get(status, 'refused')} (status 0x{status:02X})"
