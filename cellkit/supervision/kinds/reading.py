"""A value that a device reports, with unit and quality."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeAlias

from cellkit.errors import CommandRejected, ConnectionFailed, ConnectionLost, DeviceError
from cellkit.geometry import Pose


class Quality(Enum):
    """The reliability of a value, and the reason where it is not reliable."""

    GOOD = "good"
    WAITING = "waiting"
    """No value has arrived yet."""
    NO_COMMUNICATION = "no communication"
    NOT_SUPPORTED = "not supported"
    """The device does not report this value."""
    FAILURE = "failure"
    """The device reports that it cannot measure or has a fault."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One value. ``stamp`` is cell time (s) at the source; ``value`` is None unless the quality is good."""

    value: Any
    quality: Quality
    stamp: float


@dataclass(frozen=True, slots=True)
class Item:
    """The description of a value: ``kind`` is number, flag, text, numbers (of any length) or texts."""

    name: str
    kind: str
    unit: str = ""


Values: TypeAlias = dict[str, Any]
Stamped: TypeAlias = tuple[float, Values]
"""Cell time (s) at the source, and values by the names of their items."""


def quality_of(error: DeviceError) -> Quality:
    """Return the quality of values that could not be read because of an error."""
    if isinstance(error, ConnectionLost | ConnectionFailed | CommandRejected):  # last: it is closed
        return Quality.NO_COMMUNICATION
    return Quality.FAILURE


def pose_numbers(pose: Pose) -> list[float]:
    """Return x, y, z (m), then the unit quaternion x, y, z, w."""
    return [*pose.position.tolist(), *pose.quaternion]
