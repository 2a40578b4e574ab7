"""Numbers of the private protocol: functions ("registers"), modes, states, errors and warnings.

Functions, modes and states are those of the vendor's manual; the error and warning numbers those of ``x_code.py`` in
its Python SDK (1.18.4), with texts of this project.
"""

from __future__ import annotations

from enum import IntEnum


class Function(IntEnum):
    """Functions of a request."""

    GET_VERSION = 1
    GET_SERIAL = 2
    CHECK_VERIFICATION = 3
    RELOAD_DYNAMICS = 4
    GET_TORQUE_OR_CURRENT = 5
    GET_ROTATION_RADIUS = 6
    GET_APPROXIMATE = 7
    SYSTEM_CONTROL = 10
    MOTION_ENABLE = 11
    SET_STATE = 12
    GET_STATE = 13
    GET_COMMAND_COUNT = 14
    GET_ERROR = 15
    CLEAR_ERROR = 16
    CLEAR_WARNING = 17
    SET_BRAKE = 18
    SET_MODE = 19
    MOVE_LINE = 21
    MOVE_LINE_BLEND = 22
    MOVE_JOINT = 23
    MOVE_JOINT_BLEND = 24
    MOVE_HOME = 25
    SLEEP = 26
    MOVE_CIRCLE = 27
    MOVE_LINE_TOOL = 28
    SERVO_JOINT = 29
    SERVO_CARTESIAN = 30
    SET_TCP_JERK = 31
    SET_TCP_MAX_ACCELERATION = 32
    SET_JOINT_JERK = 33
    SET_JOINT_MAX_ACCELERATION = 34
    SET_TCP_OFFSET = 35
    SET_LOAD = 36
    SET_COLLISION_SENSITIVITY = 37
    SET_TEACH_SENSITIVITY = 38
    CLEAN_CONFIG = 39
    SAVE_CONFIG = 40
    GET_TCP_POSE = 41
    GET_JOINTS = 42
    GET_INVERSE = 43
    GET_FORWARD = 44
    IS_JOINT_LIMIT = 45
    IS_TCP_LIMIT = 46
    SET_REDUCED_TCP_SPEED = 47
    SET_REDUCED_JOINT_SPEED = 48
    GET_REDUCED_MODE = 49
    SET_REDUCED_MODE = 50
    SET_GRAVITY = 51
    SET_BOUNDARY = 52
    GET_REDUCED_STATE = 53
    GET_JOINT_TORQUE = 55
    SET_SAFE_LEVEL = 56
    GET_SAFE_LEVEL = 57
    SET_REDUCED_JOINT_RANGE = 58
    SET_FENCE = 59
    SET_COLLISION_REBOUND = 60
    RECORD_TRAJECTORY = 61
    SAVE_TRAJECTORY = 62
    LOAD_TRAJECTORY = 63
    PLAY_TRAJECTORY = 64
    GET_TRAJECTORY_STATUS = 65
    SET_APPROXIMATE = 66
    GET_DH = 67
    SET_DH = 68
    GET_MOVEMENT = 69
    SET_TORQUE_OR_CURRENT = 70
    SET_WORLD_OFFSET = 73
    COUNTER_RESET = 74
    COUNTER_PLUS = 75
    POSE_DIFFERENCE = 76
    SET_SELF_COLLISION_CHECK = 77
    SET_COLLISION_TOOL = 78
    SET_SIMULATION = 79
    SET_CONTINUOUS = 80
    JOINT_VELOCITY = 81
    CARTESIAN_VELOCITY = 82
    MOVE_RELATIVE = 83
    GET_TCP_POSE_AA = 91
    MOVE_LINE_AA = 92
    SERVO_CARTESIAN_AA = 93
    SERVO_STATUS = 106
    TOOL_MODBUS_TIMEOUT = 123
    RS485 = 124
    TOOL_ERROR = 125
    TOOL_WRITE_16 = 127
    TOOL_READ_16 = 128
    TOOL_WRITE_32 = 129
    TOOL_READ_32 = 130
    GET_DIGITAL_IN = 131
    GET_ANALOG_IN_1 = 132
    GET_ANALOG_IN_2 = 133
    SET_DIGITAL_OUT = 134
    SET_ANALOG_OUT_1 = 135
    SET_ANALOG_OUT_2 = 136
    SET_INPUT_FUNCTION = 137
    SET_OUTPUT_FUNCTION = 138
    GET_IO_STATE = 139
    GET_POWER_VERSION = 140
    GET_HARDWARE_TYPES = 141
    DELAYED_DIGITAL_OUT = 142
    DELAYED_TOOL_OUT = 143
    POSITION_DIGITAL_OUT = 144
    POSITION_TOOL_OUT = 145
    SET_IO_RESET = 146
    POSITION_ANALOG_OUT = 147
    FT_DATA = 200
    FT_ENABLE = 201
    FT_SET_MODE = 202
    FT_GET_MODE = 203
    IDENTIFY_LOAD = 204
    FT_LOAD_OFFSET = 205
    FT_ZERO = 206
    FT_ADMITTANCE = 207
    FT_PID = 208
    FT_FORCE_CONTROL = 209
    FT_ADMITTANCE_MKB = 210
    FT_ADMITTANCE_AXES = 211
    FT_CONFIG = 212
    RS485_TIMEOUT = 240
    RS485_RAW = 241
    FEEDBACK_CHECK = 253
    SET_FEEDBACK = 254


class Mode(IntEnum):
    """Modes of the arm, which determine the commands that it accepts."""

    POSITION = 0
    SERVO = 1
    TEACHING = 2
    CARTESIAN_TEACHING = 3
    JOINT_VELOCITY = 4
    CARTESIAN_VELOCITY = 5
    JOINT_ONLINE = 6
    CARTESIAN_ONLINE = 7


BY_HAND = frozenset((Mode.TEACHING, Mode.CARTESIAN_TEACHING))
"""Modes in which the arm is led by hand."""


class State(IntEnum):
    """State as set by function 12 (0, 3, 4, 6) and as reported (1 to 6)."""

    READY = 0
    MOVING = 1
    SLEEPING = 2
    SUSPENDED = 3
    STOPPED = 4
    RESET = 5
    DECELERATED = 6

    @property
    def takes_motions(self) -> bool:
        """Whether commands for motions are accepted."""
        return self < State.STOPPED


class Caution(IntEnum):
    """Warnings, which are pending until function 17."""

    QUEUE_FULL = 11
    PARAMETER = 12
    UNKNOWN_COMMAND = 13
    NO_SOLUTION = 14
    MODBUS_QUEUE_FULL = 15


ERRORS = {
    1: "emergency stop button of the control box",
    2: "emergency stop input of the control box",
    3: "emergency stop of the three-position switch",
    10: "servo motor",
    11: "servo motor 1",
    12: "servo motor 2",
    13: "servo motor 3",
    14: "servo motor 4",
    15: "servo motor 5",
    16: "servo motor 6",
    17: "servo motor 7",
    18: "communication with the force/torque sensor",
    19: "communication with the end effector",
    21: "kinematics: the pose cannot be reached",
    22: "self-collision ahead",
    23: "joint angle beyond its limit",
    24: "speed beyond its limit",
    25: "planning",
    26: "real-time kernel of the control box",
    27: "command reply",
    28: "communication with the end module",
    30: "reported speed beyond its limit",
    31: "collision: abnormal current",
    32: "no circle through these points",
    33: "input/output module of the control box",
    34: "trajectory recording took too long",
    35: "safety boundary",
    36: "too many delayed commands",
    37: "abnormal motion in manual mode",
    38: "abnormal joint angle",
    39: "communication with the power board",
    40: "no error-free joint trajectory",
    41: "friction file",
    42: "calibration file",
    50: "force/torque sensor: reading",
    51: "force/torque sensor: mode",
    52: "force/torque sensor: zero",
    53: "force/torque sensor: overload",
    60: "linear speed beyond its limit while servoing joints",
    110: "communication with the base board",
    111: "device at the serial port of the control box",
}
WARNINGS: dict[int, str] = {
    Caution.QUEUE_FULL: "the command queue is full",
    Caution.PARAMETER: "wrong parameter",
    Caution.UNKNOWN_COMMAND: "unknown command",
    Caution.NO_SOLUTION: "no solution for these parameters",
    Caution.MODBUS_QUEUE_FULL: "the queue of the standard Modbus protocol is full",
}
EMERGENCY_STOPS = frozenset((1, 2, 3))
PROTECTIVE_STOPS = frozenset((22, 31, 35))
"""Errors of a protective stop: self-collision, collision, safety boundary."""
LASTING = frozenset((26, 28, 30, 33, 38, 39, 41, 42, 110, 111))
"""Errors for which the SDK's texts ask for a restart or for support. Those of servo motors depend on a second code."""


def error_text(code: int) -> str:
    """Return the text of an error."""
    return ERRORS.get(code, "an error that is not in the vendor's table")


def warning_text(code: int) -> str:
    """Return the text of a warning."""
    return WARNINGS.get(code, "a warning that is not in the vendor's table")
