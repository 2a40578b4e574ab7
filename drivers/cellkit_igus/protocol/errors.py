"""What goes wrong, in CRI's figures: error bits of an axis, states of the kinematics.

Bits and numbers: CommonplaceRobotics/CRI-Python-Lib 8ab5469, ``robot_state.py``. The short names of the bits are ours;
that the summary word is ``NoError`` when all is well is in that client, the other words of it are not known.
"""

from __future__ import annotations

from enum import IntFlag


class AxisError(IntFlag):
    """Error bits of one axis."""

    NONE = 0
    TEMPERATURE = 1
    ESTOP = 2
    """Emergency stop, or the supply is too low."""
    DISABLED = 4
    """The motor is not enabled: not a fault; every axis reports this until it is enabled."""
    COM = 8
    LAG = 16
    ENCODER = 32
    CURRENT = 64
    DRIVER = 128


FAULTS: dict[AxisError, str] = {
    AxisError.TEMPERATURE: "over-temperature",
    AxisError.COM: "communication with the motor module lost",
    AxisError.LAG: "position lag",
    AxisError.ENCODER: "encoder error",
    AxisError.CURRENT: "over-current",
    AxisError.DRIVER: "motor driver error",
}
"""Those that are faults of an axis, with our words for them."""

NO_ERROR = "NoError"
MOTION_NOT_ALLOWED = 99

KINEMATICS: dict[int, str] = {
    -1: "general error of the kinematics",
    0: "no error",
    12: "linkage at its limit",
    13: "joint at its lower limit",
    14: "joint at its upper limit",
    17: "joint difference at its lower limit",
    18: "joint difference at its upper limit",
    21: "singularity at the centre",
    22: "singularity at full reach",
    23: "singularity of the wrist",
    24: "out of the working space",
    28: "trilateration failed",
    30: "limit 0 of the virtual box",
    31: "limit 1 of the virtual box",
    32: "limit 2 of the virtual box",
    33: "limit 3 of the virtual box",
    34: "limit 4 of the virtual box",
    35: "limit 5 of the virtual box",
    50: "joint value is not a number",
    51: "speed limit exceeded",
    61: "variable not found",
    98: "a brake is closed",
    99: "motion not allowed",
}


def summary(errors: tuple[AxisError, ...]) -> str:
    """Return the word before the bits of the axes."""
    joined = AxisError.NONE
    for error in errors:
        joined |= error
    if joined is AxisError.NONE:
        return NO_ERROR
    first = next(error for error in (AxisError.ESTOP, *FAULTS, AxisError.DISABLED) if error & joined)
    return first.name or NO_ERROR


def fault_of(errors: tuple[AxisError, ...], kinematics: int) -> tuple[str, str] | None:
    """Return code and text of the fault in a status; stops and switched-off motors are not faults."""
    for axis, error in enumerate(errors, 1):
        for bit, text in FAULTS.items():
            if error & bit:
                return bit.name or "", f"axis A{axis}: {text}"
    if kinematics not in (0, MOTION_NOT_ALLOWED):
        return f"KIN{kinematics}", KINEMATICS.get(kinematics, "unknown state of the kinematics")
    return None
