"""Conversion of cellkit's motions to commands of the private protocol."""

from __future__ import annotations

import math

from cellkit.devices import CircularMotion, JointMotion, LinearMotion, Motion, PathMotion
from cellkit.joints import JointLimits
from cellkit.motion.path import Arc
from cellkit_ufactory.protocol.commands import CircleMove, JointMove, LineMove
from cellkit_ufactory.protocol.numbers import Function
from cellkit_ufactory.protocol.reports import RealReport
from cellkit_ufactory.protocol.units import MM, lead, pose_matrix, pose_values


def commands(motion: Motion, start: RealReport, limits: JointLimits, share: float) -> list[tuple[Function, bytes]]:
    """Return functions and parameters for a motion from ``start``. Raises ``PlanningError`` for an invalid arc.

    ``share`` is the speed override: speeds are scaled by it and accelerations by its square.
    """
    if isinstance(motion, JointMotion):
        changes = [q - at for q, at in zip(motion.joints.tolist(), start.joints, strict=False)]
        axis = lead(changes, limits.velocity.tolist())
        speed = motion.speed * share * float(limits.velocity[axis])
        acceleration = motion.acceleration * share**2 * float(limits.acceleration[axis])
        return [JointMove(tuple(motion.joints.tolist()), speed, acceleration).encode()]
    speed, acceleration = MM * motion.speed * share, MM * motion.acceleration * share**2
    if isinstance(motion, LinearMotion):
        return [LineMove(pose_values(motion.goal.matrix), speed, acceleration).encode()]
    if isinstance(motion, CircularMotion):
        via, goal = motion.via.matrix, motion.goal.matrix
        percent = 100.0 * Arc(pose_matrix(start.pose), via, goal).sweep / (2.0 * math.pi)
        return [CircleMove(pose_values(via), pose_values(goal), speed, acceleration, percent).encode()]
    return _path(motion, speed, acceleration)


def _path(motion: PathMotion, speed: float, acceleration: float) -> list[tuple[Function, bytes]]:
    """Return blended lines; a line at whose end the path stops, such as the last one, has no blend."""
    lines = []
    for number, waypoint in enumerate(motion.waypoints, 1):
        stops = waypoint.blend_radius == 0.0 or number == len(motion.waypoints)
        radius = None if stops else MM * waypoint.blend_radius
        lines.append(LineMove(pose_values(waypoint.pose.matrix), speed, acceleration, radius).encode())
    return lines
