"""Operational modes, stop categories and the safety status that a device reports.

A stop that software commands is a functional stop. cellkit observes protective and emergency stops; it does not
implement them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum


class OperationalMode(IntEnum):
    """The operational mode of an arm, numbered as in OPC 40010-1 (OperationalModeEnumeration)."""

    OTHER = 0
    MANUAL_REDUCED_SPEED = 1
    MANUAL_HIGH_SPEED = 2
    AUTOMATIC = 3
    AUTOMATIC_EXTERNAL = 4

    @property
    def accepts_programs(self) -> bool:
        """Whether the arm accepts motions that do not come from its teach pendant."""
        return self in (OperationalMode.AUTOMATIC, OperationalMode.AUTOMATIC_EXTERNAL)


class StopCategory(IntEnum):
    """The way in which an arm comes to rest (IEC 60204-1).

    ``ZERO``: drive power off at once; the brakes stop the arm, which leaves its path. ``ONE``: controlled stop on the
    path, then drive power off. ``TWO``: controlled stop on the path, drive power stays on.
    """

    ZERO = 0
    ONE = 1
    TWO = 2


class SafetyStatus(Enum):
    """The status that the safety system of a device reports."""

    NORMAL = "normal"
    PROTECTIVE_STOP = "protective stop"
    EMERGENCY_STOP = "emergency stop"


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault that a device reports: vendor code, text, and whether ``recover()`` can clear it."""

    code: str
    text: str
    recoverable: bool = True
