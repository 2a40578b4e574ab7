"""Modes, states and status bits, as numbers of the wire.

Sources: the vendor's RTDE guide and its C++ client (UniversalRobots/Universal_Robots_Client_Library,
``ur/datatypes.h``).
"""

from __future__ import annotations

from enum import IntEnum, IntFlag


class RobotMode(IntEnum):
    """Values of ``robot_mode``."""

    NO_CONTROLLER = -1
    DISCONNECTED = 0
    CONFIRM_SAFETY = 1
    BOOTING = 2
    POWER_OFF = 3
    POWER_ON = 4
    IDLE = 5
    BACKDRIVE = 6
    RUNNING = 7
    UPDATING_FIRMWARE = 8


class SafetyMode(IntEnum):
    """Values of ``safety_mode``."""

    NORMAL = 1
    REDUCED = 2
    PROTECTIVE_STOP = 3
    RECOVERY = 4
    SAFEGUARD_STOP = 5
    SYSTEM_EMERGENCY_STOP = 6
    ROBOT_EMERGENCY_STOP = 7
    VIOLATION = 8
    FAULT = 9
    VALIDATE_JOINT_ID = 10
    UNDEFINED = 11
    AUTOMATIC_MODE_SAFEGUARD_STOP = 12
    SYSTEM_THREE_POSITION_ENABLING_STOP = 13
    TP_THREE_POSITION_ENABLING_STOP = 14
    IMMI_EMERGENCY_STOP = 15
    IMMI_SAFEGUARD_STOP = 16
    PROFISAFE_WAITING_FOR_PARAMETERS = 17
    PROFISAFE_AUTOMATIC_MODE_SAFEGUARD_STOP = 18
    PROFISAFE_SAFEGUARD_STOP = 19
    PROFISAFE_EMERGENCY_STOP = 20
    SAFETY_API_SAFEGUARD_STOP = 22


EMERGENCY = frozenset(mode for mode in SafetyMode if "EMERGENCY" in mode.name)
"""Modes with an emergency stop active at any device."""
SAFEGUARD = frozenset(mode for mode in SafetyMode if "SAFEGUARD" in mode.name or "ENABLING" in mode.name)
"""Modes that end when a door, light curtain or enabling device permits it."""
FAULTY = frozenset((SafetyMode.VIOLATION, SafetyMode.FAULT))
"""Modes that require a restart of the safety system."""


class RuntimeState(IntEnum):
    """Values of ``runtime_state``: the state of the program."""

    STOPPING = 0
    STOPPED = 1
    PLAYING = 2
    PAUSING = 3
    PAUSED = 4
    RESUMING = 5


class JointMode(IntEnum):
    """Values of ``joint_mode``."""

    POWER_OFF = 239
    BACKDRIVE = 238
    IDLE = 255
    RUNNING = 253


class RobotStatus(IntFlag):
    """Bits of ``robot_status_bits``."""

    POWER_ON = 1
    PROGRAM_RUNNING = 2
    TEACH_BUTTON = 4
    POWER_BUTTON = 8


class SafetyBits(IntFlag):
    """Bits of ``safety_status_bits``."""

    NORMAL = 1
    REDUCED = 2
    PROTECTIVE_STOPPED = 4
    RECOVERY = 8
    SAFEGUARD_STOPPED = 16
    SYSTEM_EMERGENCY_STOPPED = 32
    ROBOT_EMERGENCY_STOPPED = 64
    EMERGENCY_STOPPED = 128
    VIOLATION = 256
    FAULT = 512
    STOPPED_DUE_TO_SAFETY = 1024
    ENABLING_DEVICE_ACTIVE = 2048


_OWN_BITS = {
    SafetyMode.NORMAL: SafetyBits.NORMAL,
    SafetyMode.REDUCED: SafetyBits.REDUCED,
    SafetyMode.PROTECTIVE_STOP: SafetyBits.PROTECTIVE_STOPPED | SafetyBits.STOPPED_DUE_TO_SAFETY,
    SafetyMode.RECOVERY: SafetyBits.RECOVERY,
    SafetyMode.SAFEGUARD_STOP: SafetyBits.SAFEGUARD_STOPPED | SafetyBits.STOPPED_DUE_TO_SAFETY,
    SafetyMode.SYSTEM_EMERGENCY_STOP: SafetyBits.SYSTEM_EMERGENCY_STOPPED
    | SafetyBits.EMERGENCY_STOPPED
    | SafetyBits.STOPPED_DUE_TO_SAFETY,
    SafetyMode.ROBOT_EMERGENCY_STOP: SafetyBits.ROBOT_EMERGENCY_STOPPED
    | SafetyBits.EMERGENCY_STOPPED
    | SafetyBits.STOPPED_DUE_TO_SAFETY,
    SafetyMode.VIOLATION: SafetyBits.VIOLATION | SafetyBits.STOPPED_DUE_TO_SAFETY,
    SafetyMode.FAULT: SafetyBits.FAULT | SafetyBits.STOPPED_DUE_TO_SAFETY,
}


def safety_bits(mode: SafetyMode) -> int:
    """Return the ``safety_status_bits`` that belong to a ``safety_mode``."""
    return int(_OWN_BITS.get(mode, 0))


ERRORS = {
    153: "The arm is off its commanded path",
    157: "A collision was detected by a joint",
    192: "The two channels of a safety input disagree",
}
"""Error codes used here, with texts of this project; that 192 is the safety input's is from memory, not verified."""


def code_name(code: int, argument: int) -> str:
    """Return an error code as the vendor writes it."""
    return f"C{code}A{argument}"
