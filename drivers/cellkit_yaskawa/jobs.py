"""Motions of a program as INFORM jobs, for what no single command of the server can say: arcs, paths, acceleration."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from cellkit.devices.motion import CircularMotion, JointMotion, LinearMotion, Motion, PathMotion
from cellkit.geometry import Array
from cellkit.models.arm import CartesianLimits
from cellkit_yaskawa.protocol.inform import CORNER_RADIUS, LEAST_ACCELERATION, Job, MoveLine

STRAIGHT_ON = 1e-3
"""rad; corners that turn less than this are rounded with the largest radius there is."""


def needs_job(motion: Motion, limits: CartesianLimits) -> bool:
    """Whether a motion cannot be asked for by one move command: those have no acceleration, no arcs, no corners."""
    if isinstance(motion, JointMotion):
        return motion.acceleration < 1.0
    return not isinstance(motion, LinearMotion) or motion.acceleration < limits.max_acceleration


def poses_of(motion: LinearMotion | CircularMotion | PathMotion) -> list[Array]:
    """Return the TCP poses (4, 4) that a motion leads through, in order."""
    if isinstance(motion, LinearMotion):
        return [motion.goal.matrix]
    if isinstance(motion, CircularMotion):
        return [motion.via.matrix, motion.goal.matrix]
    return [waypoint.pose.matrix for waypoint in motion.waypoints]


def job_of(
    name: str,
    motion: Motion,
    start: tuple[int, ...],
    points: Sequence[tuple[int, ...]],
    here: Array,
    limits: CartesianLimits,
    speed: float,
    tool: int,
) -> Job:
    """Return the job for a motion. ``start`` and ``points`` in pulses, ``here`` (4, 4) the TCP at ``start``.

    ``speed``: share of the joint speeds for a joint motion, m/s for all others.
    """
    if isinstance(motion, JointMotion):
        ratio = _ratio(motion.acceleration)
        lines = [MoveLine("MOVJ", 0, max(0.01, 100.0 * speed), 0, acceleration=ratio, deceleration=ratio)]
        return Job(name, tuple(points), tuple(lines), tool)
    ratio = _ratio(motion.acceleration / limits.max_acceleration)
    speed = max(0.1, 1000.0 * speed)
    if isinstance(motion, CircularMotion):
        points = [start, *points]
        lines = [MoveLine("MOVC", i, speed, 0, acceleration=ratio, deceleration=ratio) for i in range(3)]
    else:
        blends = [w.blend_radius for w in motion.waypoints] if isinstance(motion, PathMotion) else [0.0]
        radii = corner_radii([here, *poses_of(motion)], blends)
        lines = [
            MoveLine("MOVL", i, speed, None if radius else 0, radius, ratio, ratio) for i, radius in enumerate(radii)
        ]
    return Job(name, tuple(points), tuple(lines), tool)


def _ratio(share: float) -> int:
    return min(100, max(LEAST_ACCELERATION, round(100.0 * share)))


def corner_radii(poses: Sequence[Array], blends: Sequence[float]) -> list[float | None]:
    """CR= in mm for each pose after the first; None where the arm is to stop. ``blends`` in m.

    CR= is the radius of an arc that touches both lines: it leaves the corner's lines radius · tan(turn / 2) from it.
    """
    radii: list[float | None] = []
    for i in range(1, len(poses)):
        last = i == len(poses) - 1
        turn, room = (0.0, 0.0) if last else corner(poses[i - 1], poses[i], poses[i + 1])
        distance = min(blends[i - 1], room)
        radius = 1000.0 * distance / math.tan(max(turn, STRAIGHT_ON) / 2.0)
        radii.append(min(radius, CORNER_RADIUS[1]) if not last and radius >= CORNER_RADIUS[0] else None)
    return radii


def corner(before: Array, at: Array, after: Array) -> tuple[float, float]:
    """Return the turn (rad) at a corner, and half the shorter of its two lines (m)."""
    one, two = at[:3, 3] - before[:3, 3], after[:3, 3] - at[:3, 3]
    lengths = float(np.linalg.norm(one)), float(np.linalg.norm(two))
    shorter = min(lengths)
    if shorter < 1e-9:
        return 0.0, 0.0
    cosine = float(one @ two) / (lengths[0] * lengths[1])
    return min(math.acos(max(-1.0, min(1.0, cosine))), math.pi - 1e-6), shorter / 2.0
