"""From a motion command to a trajectory, as a controller does it: joint space, or a path of the TCP."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from cellkit.devices.motion import CircularMotion, JointMotion, LinearMotion, Motion, PathMotion
from cellkit.geometry import Array
from cellkit.joints import JointLimits
from cellkit.models.arm import CartesianLimits
from cellkit.motion.blending import plan_waypoints
from cellkit.motion.cartesian import plan_cartesian
from cellkit.motion.kinematics import ArmKinematics
from cellkit.motion.path import Arc, Line
from cellkit.motion.trajectory import Trajectory, plan_joint


class MotionPlanner:
    """Plans for one arm. ``tool`` is the (4, 4) pose of the TCP in the flange frame."""

    def __init__(self, kinematics: ArmKinematics) -> None:
        self.kinematics = kinematics
        self._scaled = lru_cache(maxsize=64)(kinematics.limits.scaled)

    def plan(self, motion: Motion, start: Array, tool: Array) -> Trajectory:
        """A trajectory from joints ``start`` (n,) in rad, at rest at both ends. Raises ``PlanningError``."""
        if isinstance(motion, JointMotion):
            return plan_joint(start, motion.joints, self._limits(motion.speed, motion.acceleration))
        limits = scaled_cartesian(self.kinematics.model.cartesian, motion.speed, motion.acceleration)
        here = self.kinematics.forward(start) @ tool
        joints = self.kinematics.limits
        if isinstance(motion, LinearMotion):
            path = Line(here, motion.goal.matrix)
            return plan_cartesian(self.kinematics, path, start, tool, limits=joints, cartesian=limits)
        if isinstance(motion, CircularMotion):
            arc = Arc(here, motion.via.matrix, motion.goal.matrix)
            return plan_cartesian(self.kinematics, arc, start, tool, limits=joints, cartesian=limits)
        assert isinstance(motion, PathMotion)
        poses = [here, *(waypoint.pose.matrix for waypoint in motion.waypoints)]
        radii = [waypoint.blend_radius for waypoint in motion.waypoints]
        return plan_waypoints(self.kinematics, poses, radii, start, tool, limits=joints, cartesian=limits)

    def top_tcp_speed(self, trajectory: Trajectory, tool: Array, probes: int = 40) -> float:
        """Highest speed (m/s) of the TCP along a trajectory, from ``probes`` samples."""
        top = 0.0
        for t in np.linspace(0.0, trajectory.duration, probes):
            position, velocity = trajectory.sample(float(t))
            top = max(top, float(np.linalg.norm((self.kinematics.jacobian(position, tool) @ velocity)[:3])))
        return top

    def _limits(self, speed: float, acceleration: float) -> JointLimits:
        if speed == 1.0 and acceleration == 1.0:
            return self.kinematics.limits
        return self._scaled(speed, acceleration)


def scaled_cartesian(limits: CartesianLimits, speed: float, acceleration: float) -> CartesianLimits:
    """The limits of one path: rotation is scaled by the same share as translation, jerk as acceleration."""
    v = speed / limits.max_speed
    a = acceleration / limits.max_acceleration
    if math.isclose(v, 1.0) and math.isclose(a, 1.0):
        return limits
    return limits.model_copy(
        update={
            "max_speed": speed,
            "max_acceleration": acceleration,
            "max_jerk": limits.max_jerk * a,
            "max_rotation_speed": limits.max_rotation_speed * v,
            "max_rotation_acceleration": limits.max_rotation_acceleration * a,
            "max_rotation_jerk": limits.max_rotation_jerk * a,
        }
    )
