"""Status codes of both languages, and the states that the gripper reports.

Numbers: headers of ipa320/ipa325_wsg50; the bits of the system state also in SCHUNK's manual of the field buses; the
grasping states also in the vendor's manual of the WSG 32 (figure 23).
"""

from __future__ import annotations

from enum import IntEnum, IntFlag

from cellkit.errors import ProtocolError


class Status(IntEnum):
    """What a command ended with; each message carries the number alone."""

    SUCCESS = 0
    NOT_AVAILABLE = 1
    NO_SENSOR = 2
    NOT_INITIALIZED = 3
    ALREADY_RUNNING = 4
    FEATURE_NOT_SUPPORTED = 5
    INCONSISTENT_DATA = 6
    TIMEOUT = 7
    READ_ERROR = 8
    WRITE_ERROR = 9
    INSUFFICIENT_RESOURCES = 10
    CHECKSUM_ERROR = 11
    NO_PARAM_EXPECTED = 12
    NOT_ENOUGH_PARAMS = 13
    CMD_UNKNOWN = 14
    CMD_FORMAT_ERROR = 15
    ACCESS_DENIED = 16
    ALREADY_OPEN = 17
    CMD_FAILED = 18
    CMD_ABORTED = 19
    INVALID_HANDLE = 20
    NOT_FOUND = 21
    NOT_OPEN = 22
    IO_ERROR = 23
    INVALID_PARAMETER = 24
    INDEX_OUT_OF_BOUNDS = 25
    CMD_PENDING = 26
    OVERRUN = 27
    RANGE_ERROR = 28
    AXIS_BLOCKED = 29
    FILE_EXISTS = 30


TEXTS = {
    Status.SUCCESS: "no error",
    Status.NOT_AVAILABLE: "device, service or data is not available",
    Status.NO_SENSOR: "no sensor is connected",
    Status.NOT_INITIALIZED: "the gripper is not referenced",
    Status.ALREADY_RUNNING: "another command is running",
    Status.FEATURE_NOT_SUPPORTED: "the function is not supported",
    Status.INCONSISTENT_DATA: "parameters do not go together",
    Status.TIMEOUT: "the command took too long",
    Status.READ_ERROR: "reading from a device failed",
    Status.WRITE_ERROR: "writing to a device failed",
    Status.INSUFFICIENT_RESOURCES: "no memory is left",
    Status.CHECKSUM_ERROR: "the checksum is wrong",
    Status.NO_PARAM_EXPECTED: "a parameter where none belongs",
    Status.NOT_ENOUGH_PARAMS: "a parameter is missing",
    Status.CMD_UNKNOWN: "there is no such command",
    Status.CMD_FORMAT_ERROR: "the command is not well formed",
    Status.ACCESS_DENIED: "access is denied",
    Status.ALREADY_OPEN: "the interface is open already",
    Status.CMD_FAILED: "the command failed",
    Status.CMD_ABORTED: "the command was aborted",
    Status.INVALID_HANDLE: "the handle is not valid",
    Status.NOT_FOUND: "there is no such device or file",
    Status.NOT_OPEN: "the device or file is not open",
    Status.IO_ERROR: "input or output failed",
    Status.INVALID_PARAMETER: "a parameter has a wrong value",
    Status.INDEX_OUT_OF_BOUNDS: "an index is out of bounds",
    Status.CMD_PENDING: "the command takes more time",
    Status.OVERRUN: "more data than fits",
    Status.RANGE_ERROR: "a value is out of range",
    Status.AXIS_BLOCKED: "the axis is blocked",
    Status.FILE_EXISTS: "the file exists already",
}
"""In our words."""


def text_of(status: int) -> str:
    """Return what a status code says, also for one that is in no table."""
    return TEXTS[Status(status)] if status in TEXTS else "a status code that is in no table"


class WsgRefused(Exception):
    """A request that a gripper refuses, with the status that it answers."""

    def __init__(self, status: Status, command: str = "") -> None:
        self.status = status
        self.command = command
        super().__init__(f"{command} refused: {text_of(status)}" if command else text_of(status))


class Grasping(IntEnum):
    """The gripper's own view of what it does (GRIPSTATE, command 0x41)."""

    IDLE = 0
    GRASPING = 1
    NO_PART = 2
    PART_LOST = 3
    HOLDING = 4
    RELEASING = 5
    POSITIONING = 6
    ERROR = 7


MOVING = frozenset({Grasping.GRASPING, Grasping.RELEASING, Grasping.POSITIONING})
"""States in which the fingers move."""
GRIPPED = frozenset({Grasping.NO_PART, Grasping.PART_LOST, Grasping.HOLDING})
"""States after a grip; only a release leads out of them in the vendor's diagram."""


class Flags(IntFlag):
    """The system state (SYSFLAGS, command 0x40)."""

    REFERENCED = 1 << 0
    MOVING = 1 << 1
    BLOCKED_MINUS = 1 << 2
    BLOCKED_PLUS = 1 << 3
    SOFT_LIMIT_MINUS = 1 << 4
    SOFT_LIMIT_PLUS = 1 << 5
    AXIS_STOPPED = 1 << 6
    TARGET_POS_REACHED = 1 << 7
    OVERDRIVE_MODE = 1 << 8
    FORCECNTL_MODE = 1 << 9
    FAST_STOP = 1 << 12
    TEMP_WARNING = 1 << 13
    TEMP_FAULT = 1 << 14
    POWER_FAULT = 1 << 15
    CURR_FAULT = 1 << 16
    FINGER_FAULT = 1 << 17
    CMD_FAILURE = 1 << 18
    SCRIPT_RUNNING = 1 << 19
    SCRIPT_FAILURE = 1 << 20


def grasping_of(number: int, data: bytes) -> Grasping:
    """Return the grasping state behind a number. Raises ``ProtocolError`` for one that there is not."""
    try:
        return Grasping(number)
    except ValueError:
        raise ProtocolError("weiss", f"grasping state {number}, expected 0 to {max(Grasping)}", data=data) from None
