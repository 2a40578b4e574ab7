"""Motions as data, for the drivers of arms and for controllers. All poses are poses of the TCP in frame ``base``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from cellkit.geometry import Array, Pose


@dataclass(frozen=True, slots=True, eq=False)
class JointMotion:
    """SRCI MoveAxesAbsolute: ``joints`` (n,) in rad; ``speed`` and ``acceleration`` as shares of the limits.

    With ``pose`` it is a MoveDirectAbsolute (joint-interpolated to a pose) whose joints cellkit has already solved, so
    that the arms of all vendors take the same configuration.
    """

    joints: Array
    speed: float
    acceleration: float
    pose: Pose | None = None


@dataclass(frozen=True, slots=True, eq=False)
class LinearMotion:
    """SRCI MoveLinearAbsolute: the TCP moves on a straight line; speed in m/s, acceleration in m/s²."""

    goal: Pose
    speed: float
    acceleration: float


@dataclass(frozen=True, slots=True, eq=False)
class CircularMotion:
    """SRCI MoveCircularAbsolute: an arc from the present TCP through ``via`` to ``goal``; m/s and m/s²."""

    via: Pose
    goal: Pose
    speed: float
    acceleration: float


@dataclass(frozen=True, slots=True, eq=False)
class Waypoint:
    """A pose on a path. The path may leave the corner within ``blend_radius`` (m) of the pose; 0: stop at the pose."""

    pose: Pose
    blend_radius: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class PathMotion:
    """Straight lines through all waypoints, blended at the corners (SRCI CORNER_DISTANCE); m/s and m/s²."""

    waypoints: tuple[Waypoint, ...]
    speed: float
    acceleration: float


Motion: TypeAlias = JointMotion | LinearMotion | CircularMotion | PathMotion
