"""The kinds of alarms, and how the usual readings of a device raise and clear them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from cellkit.supervision.kinds.reading import Quality, Reading


@dataclass(frozen=True, slots=True)
class AlarmKind:
    """A kind of alarm: its severity (1 to 1000, as OPC UA counts), and its message by default."""

    name: str
    severity: int
    message: str


LINK_LOST = AlarmKind("link_lost", 850, "the link is lost")
EMERGENCY_STOP = AlarmKind("emergency_stop", 900, "an emergency stop is reported")
FAULT = AlarmKind("fault", 800, "a fault is reported")
PROTECTIVE_STOP = AlarmKind("protective_stop", 700, "a protective stop is reported")
GRASP_LOST = AlarmKind("grasp_lost", 600, "the held part is lost")
SENSOR_FAILURE = AlarmKind("sensor_failure", 650, "the sensor cannot measure")
MACHINE_ALARM = AlarmKind("machine_alarm", 500, "the machine reports an alarm")

AlarmStates: TypeAlias = Mapping[AlarmKind, tuple[bool, str]]
"""Whether each alarm is active, and its message; an alarm that is left out stays as it is."""


def failed(readings: Mapping[str, Reading]) -> bool:
    """Return whether the device reports that it cannot measure or has a fault."""
    return any(reading.quality is Quality.FAILURE for reading in readings.values())


def value(readings: Mapping[str, Reading], item: str) -> Any:
    """Return the value of an item; None: the item has no value."""
    return readings[item].value if item in readings else None


def sensor_alarms(readings: Mapping[str, Reading]) -> AlarmStates:
    """Return the alarms of a device that only measures."""
    return {SENSOR_FAILURE: (failed(readings), "")}
