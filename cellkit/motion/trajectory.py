"""Trajectories: joint positions and velocities over time, and the planners in joint space.

Time-optimal, jerk-limited motion comes from ruckig (L. Berscheid, T. Kröger, "Jerk-limited Real-time Trajectory
Generation with Arbitrary Target States", RSS 2021). Its intermediate way points are never used: they are computed by a
cloud service. Positions in rad, time in s.
"""

from __future__ import annotations

import atexit
from functools import cache
from typing import Protocol

import numpy as np
import ruckig
from numpy.typing import ArrayLike

from cellkit.errors import PlanningError
from cellkit.geometry import Array
from cellkit.joints import JointLimits

AT_GOAL = 1e-12
"""Joints nearer to their goal than this (rad) do not move."""


class Trajectory(Protocol):
    """A motion of n joints over time. Immutable; may be sampled in any order.

    ``duration`` in s; ``start`` and ``end`` are (n,) positions in rad. Outside [0, duration] the motion holds
    its first or last position, at rest.
    """

    @property
    def duration(self) -> float:
        """The length in s."""

    @property
    def start(self) -> Array:
        """The first position (n,) in rad."""

    @property
    def end(self) -> Array:
        """The last position (n,) in rad."""

    def sample(self, t: float) -> tuple[Array, Array]:
        """Return position (n,) in rad and velocity (n,) in rad/s at time ``t`` in s."""

    def position(self, t: float) -> list[float]:
        """Return the position (n,) in rad alone, as plain floats: a physics engine needs it at every step."""

    def acceleration(self, t: float) -> Array:
        """Return the acceleration (n,) in rad/s² at time ``t`` in s."""


class Hold:
    """A trajectory without motion: the joints stay where they are."""

    def __init__(self, position: ArrayLike, duration: float = 0.0) -> None:
        self.start: Array = np.array(position, dtype=np.float64)
        self.end: Array = self.start
        self.duration = duration
        self._rest: list[float] = self.start.tolist()

    def sample(self, t: float) -> tuple[Array, Array]:
        """Return the position (n,) in rad and zero velocity (n,)."""
        return self.start.copy(), np.zeros(self.start.shape)

    def position(self, t: float) -> list[float]:
        """Return the position (n,) in rad, as plain floats."""
        return self._rest

    def acceleration(self, t: float) -> Array:
        """Return zero acceleration (n,)."""
        return np.zeros(self.start.shape)


class JointTrajectory:
    """A jerk-limited trajectory computed by ruckig; made by :func:`plan_joint` and :func:`plan_stop`."""

    def __init__(self, profile: ruckig.Trajectory, start: Array, goal: Array | None) -> None:
        self.duration: float = profile.duration
        self.start = start
        self._at = profile.at_time
        # The profile ends within 1e-12 of its goal; ``end`` is the exact commanded goal.
        self.end: Array = np.array(self._at(self.duration)[0]) if goal is None else goal

    def sample(self, t: float) -> tuple[Array, Array]:
        """Return position (n,) in rad and velocity (n,) in rad/s at ``t`` s."""
        if 0.0 <= t < self.duration:
            position, velocity, _ = self._at(t)
            return np.array(position), np.array(velocity)
        return (self.end if t >= self.duration else self.start).copy(), np.zeros(self.end.shape)

    def position(self, t: float) -> list[float]:
        """Return the position (n,) in rad at ``t`` s, as plain floats."""
        if 0.0 <= t < self.duration:
            positions: list[float] = self._at(t)[0]
            return positions
        ends: list[float] = (self.end if t >= self.duration else self.start).tolist()
        return ends

    def acceleration(self, t: float) -> Array:
        """Return the acceleration (n,) in rad/s² at ``t`` s."""
        if 0.0 <= t < self.duration:
            return np.array(self._at(t)[2])
        return np.zeros(self.end.shape)


def plan_joint(
    start: ArrayLike,
    goal: ArrayLike,
    limits: JointLimits,
    start_velocity: ArrayLike | None = None,
    start_acceleration: ArrayLike | None = None,
) -> JointTrajectory | Hold:
    """Plan a time-optimal motion from ``start`` to rest at ``goal``, (n,) rad; all joints arrive together.

    From rest the joints move in proportion (a straight line in joint space). ``start_velocity`` (n,) in rad/s and
    ``start_acceleration`` in rad/s² let a motion begin while the arm moves.

    Raises ``PlanningError`` where the goal is outside the joint limits or the start velocity is beyond its limit.
    """
    first = np.array(start, dtype=np.float64)
    last = np.array(goal, dtype=np.float64)
    problem = limits.violation(last)
    if problem:
        raise PlanningError(f"the goal is not allowed: {problem}")
    still = np.abs(last - first) < AT_GOAL
    first_shifted = np.where(still, last, first)
    engine, request = solver(len(limits))
    request.control_interface = ruckig.ControlInterface.Position
    request.synchronization = ruckig.Synchronization.Phase
    _set_limits(request, limits)
    request.current_position = first_shifted.tolist()
    request.target_position = last.tolist()
    if start_velocity is None:
        if still.all():
            return Hold(last)
        request.current_velocity = [0.0] * len(limits)
    else:
        request.current_velocity = np.asarray(start_velocity, dtype=np.float64).tolist()
    if start_acceleration is not None:
        request.current_acceleration = np.asarray(start_acceleration, dtype=np.float64).tolist()
    try:
        return JointTrajectory(calculated(engine, request), first, last)
    finally:
        request.current_acceleration = [0.0] * len(limits)  # the next request begins without acceleration


def plan_stop(position: ArrayLike, velocity: ArrayLike, limits: JointLimits) -> JointTrajectory | Hold:
    """Plan the braking of every joint from ``velocity`` (n,) rad/s as fast as its acceleration and jerk limits allow.

    Each joint stops in its own time, so the arm leaves its path: this is the quick stop, not the stop on the path.
    """
    first = np.array(position, dtype=np.float64)
    speed = np.asarray(velocity, dtype=np.float64)
    if (np.abs(speed) < AT_GOAL).all():
        return Hold(first)
    engine, request = solver(len(limits))
    request.control_interface = ruckig.ControlInterface.Velocity
    request.synchronization = ruckig.Synchronization.No
    _set_limits(request, limits)
    request.current_position = first.tolist()
    request.current_velocity = speed.tolist()
    return JointTrajectory(calculated(engine, request), first, None)


@cache
def solver(dof: int) -> tuple[ruckig.Ruckig, ruckig.InputParameter]:
    """Return the solver for a number of joints: making one costs more than using it. Results never refer to it."""
    return ruckig.Ruckig(dof), ruckig.InputParameter(dof)


atexit.register(solver.cache_clear)  # ruckig's bindings complain of objects that outlive the interpreter


def _set_limits(request: ruckig.InputParameter, limits: JointLimits) -> None:
    request.target_velocity = [0.0] * len(limits)
    request.max_velocity = limits.velocity.tolist()
    request.max_acceleration = limits.acceleration.tolist()
    request.max_jerk = limits.jerk.tolist()


def calculated(engine: ruckig.Ruckig, request: ruckig.InputParameter) -> ruckig.Trajectory:
    """Return the requested trajectory. Raises ``PlanningError`` where ruckig finds none."""
    profile = ruckig.Trajectory(request.degrees_of_freedom)
    try:
        result = engine.calculate(request, profile)
    except ruckig.RuckigError as error:
        raise PlanningError(f"no trajectory: {error}") from error
    if result not in (ruckig.Result.Working, ruckig.Result.Finished):
        raise PlanningError(f"no trajectory: ruckig reports {result.name} for {request!r}")
    return profile
