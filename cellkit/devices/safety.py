"""Operational modes, stop categories and the safety state that a device reports.

A software stop is a functional stop. Protective and emergency stops are observed here, never claimed.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum


class OperationalMode(IntEnum):
    """Operational mode of an arm, numbered as in OPC 40010-1 (OperationalModeEnumeration)."""

    OTHER = 0
    MANUAL_REDUCED_SPEED = 1
    MANUAL_HIGH_SPEED = 2
    AUTOMATIC = 3
    AUTOMATIC_EXTERNAL = 4

    @property
    def accepts_programs(self) -> bool:
        """Whether motions from outside the teach pendant are accepted."""
        return self in (OperationalMode.AUTOMATIC, OperationalMode.AUTOMATIC_EXTERNAL)


class StopCategory(IntEnum):
    """How an arm comes to rest (IEC 60204-1).

    ``ZERO`` drive power off at once, brakes, the path is left; ``ONE`` controlled stop on the path, then
    power off; ``TWO`` controlled stop on the path, power stays on.
    """

    ZERO = 0
    ONE = 1
    TWO = 2


class SafetyStatus(Enum):
    """What the safety system of the device says."""

    NORMAL = "normal"
    PROTECTIVE_STOP = "protective stop"
    EMERGENCY_STOP = "emergency stop"


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault that a device reports: vendor code, text, and whether ``recover()`` can clear it."""

    code: str
    text: str
    recoverable: bool = True
