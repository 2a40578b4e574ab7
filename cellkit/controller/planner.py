"""Plans the trajectory of a motion command, as a controller does: in joint space, or along a path of the TCP."""

from __future__ import annotations

import atexit
from functools import lru_cache
from typing import TypeAlias
from weakref import WeakKeyDictionary

import numpy as np

from cellkit.devices.motion import CircularMotion, JointMotion, LinearMotion, Motion, PathMotion
from cellkit.geometry import Array
from cellkit.joints import JointLimits
from cellkit.masses import NO_LOAD, Load
from cellkit.motion.blending import blend
from cellkit.motion.cartesian import Ceiling, plan_paths
from cellkit.motion.dynamics import ArmDynamics
from cellkit.motion.kinematics import ArmKinematics
from cellkit.motion.lru_cache import LruCache
from cellkit.motion.path import Arc, Line, Path
from cellkit.motion.time_law import PathLimits
from cellkit.motion.torque_limits import TorqueLimits
from cellkit.motion.trajectory import Trajectory, plan_joint

_Key: TypeAlias = tuple[type[Motion], bytes, float, float, bytes, bytes, bytes]
POSTURES = np.linspace(0.0, 1.0, 5)[:, None]
"""Shares of a joint motion at which the torque that gravity and inertia leave is looked at."""
CACHED = 512
"""The number of cached trajectories of one arm: a cell repeats its motions."""


class MotionPlanner:
    """The planner of one arm. ``tool`` is the (4, 4) pose of the TCP in frame ``flange``.

    A motion that is equal, bit for bit, to an earlier one of the same kinematics gets the same trajectory.
    """

    def __init__(self, kinematics: ArmKinematics) -> None:
        self.kinematics = kinematics
        self._law = kinematics.model.acceleration
        self._capped = kinematics.model.cartesian.capped
        self._torque: TorqueLimits | None = None
        self._scaled = lru_cache(maxsize=64)(kinematics.limits.scaled)
        self._path_limits = PathLimits.of(kinematics.model.cartesian)
        self._planned = _planned.setdefault(kinematics, LruCache(CACHED))

    def plan(self, motion: Motion, start: Array, tool: Array, load: Load = NO_LOAD) -> Trajectory:
        """Plan a trajectory from joints ``start`` (n,) in rad, at rest at both ends. Raises ``PlanningError``.

        ``load`` is everything in the flange, tool and payload.
        """
        key = _bits(motion, start, tool, load if self._law is not None else NO_LOAD)
        if key is None:
            return self._plan(motion, start, tool, load)
        return self._planned.get(key, lambda: self._plan(motion, start, tool, load))

    def _plan(self, motion: Motion, start: Array, tool: Array, load: Load) -> Trajectory:
        if isinstance(motion, JointMotion):
            return plan_joint(start, motion.joints, self.joint_limits(motion, start, load))
        top = self._path_limits
        share = motion.acceleration / top.acceleration
        # Rotation is scaled by the same share as translation.
        tcp = top.scaled(motion.speed / top.speed, share)
        if share >= 1.0 and not self._capped:
            tcp = tcp.uncapped()
        first = self.kinematics.forward(start) @ tool
        ceiling = self._ceiling(load, min(share, 1.0))
        return plan_paths(self.kinematics, _paths(motion, first), start, tool, cartesian=tcp, ceiling=ceiling)

    def joint_limits(self, motion: JointMotion, start: Array, load: Load) -> JointLimits:
        """Return the limits of a joint motion: the shares that it asks for, and what torque leaves on its way.

        Raises ``PlanningError`` where torque leaves nothing.
        """
        limits = self._limits(motion.speed, motion.acceleration)
        ceiling = self._ceiling(load, motion.acceleration)
        if ceiling is None:
            return limits
        way = start + POSTURES * (motion.joints - start)
        return limits.accelerating(np.minimum(limits.acceleration, ceiling(way).min(axis=0)))

    def _ceiling(self, load: Load, share: float) -> Ceiling | None:
        """Return what torque leaves to the joints; a ``share`` of it where programs do not command accelerations."""
        if self._law is None:
            return None
        if self._torque is None:
            self._torque = TorqueLimits(self._law, ArmDynamics(self.kinematics.model, load))
        torque = self._torque = self._torque.loaded(load)
        if share == 1.0 or self._law.commanded:
            return torque.at
        return lambda q: share * torque.at(q)

    def top_tcp_speed(self, trajectory: Trajectory, tool: Array, probes: int = 400) -> float:
        """Return the highest speed (m/s) of the TCP along a trajectory, from ``probes`` samples."""
        top = 0.0
        for t in np.linspace(0.0, trajectory.duration, probes):
            position, velocity = trajectory.sample(float(t))
            top = max(top, float(np.linalg.norm((self.kinematics.jacobian(position, tool) @ velocity)[:3])))
        return top

    def _limits(self, speed: float, acceleration: float) -> JointLimits:
        if speed == 1.0 and acceleration == 1.0:
            return self.kinematics.limits
        return self._scaled(speed, acceleration)


_planned: WeakKeyDictionary[ArmKinematics, LruCache[_Key, Trajectory]] = WeakKeyDictionary()
atexit.register(_planned.clear)  # ruckig's bindings report objects that still exist when the interpreter ends


def _bits(motion: Motion, start: Array, tool: Array, load: Load) -> _Key | None:
    """Return everything on which a trajectory depends, except the arm; None for motions that are not cached."""
    if isinstance(motion, JointMotion):
        goal = motion.joints
    elif isinstance(motion, LinearMotion):
        goal = motion.goal.matrix
    else:
        return None
    weight = b"" if load.mass == 0.0 else np.append(load.inertia, (load.mass, *load.centre_of_gravity)).tobytes()
    return type(motion), goal.tobytes(), motion.speed, motion.acceleration, start.tobytes(), tool.tobytes(), weight


def _paths(motion: LinearMotion | CircularMotion | PathMotion, first: Array) -> list[Path]:
    if isinstance(motion, LinearMotion):
        return [Line(first, motion.goal.matrix)]
    if isinstance(motion, CircularMotion):
        return [Arc(first, motion.via.matrix, motion.goal.matrix)]
    poses = [first, *(waypoint.pose.matrix for waypoint in motion.waypoints)]
    return blend(poses, [0.0, *(waypoint.blend_radius for waypoint in motion.waypoints)])
