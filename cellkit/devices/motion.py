"""Motions as data: what an arm's driver and a controller are given. All poses are of the TCP, in ``base``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from cellkit.geometry import Array, Pose


@dataclass(frozen=True, slots=True, eq=False)
class JointMotion:
    """SRCI MoveAxesAbsolute: ``joints`` (n,) in rad; ``speed`` and ``acceleration`` as shares of the limits.

    With ``pose`` set it is a MoveDirectAbsolute (joint-interpolated to a pose) that cellkit has already solved:
    every brand then takes the same configuration.
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
    """SRCI MoveCircularAbsolute: an arc from where the TCP is, through ``via``, to ``goal``."""

    via: Pose
    goal: Pose
    speed: float
    acceleration: float


@dataclass(frozen=True, slots=True, eq=False)
class Waypoint:
    """A pose on a path; ``blend_radius`` in m is how far from it the path may leave the corner (0: stop there)."""

    pose: Pose
    blend_radius: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class PathMotion:
    """Straight lines through all waypoints, blended at the corners (SRCI CORNER_DISTANCE)."""

    waypoints: tuple[Waypoint, ...]
    speed: float
    acceleration: float


Motion: TypeAlias = JointMotion | LinearMotion | CircularMotion | PathMotion
