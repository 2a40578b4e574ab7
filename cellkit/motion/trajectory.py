"""Trajectories: joint positions and velocities over time, and the planners in joint space.

Time-optimal, jerk-limited motion comes from ruckig (L. Berscheid, T. Kröger, "Jerk-limited Real-time Trajectory
Generation with Arbitrary Target States", RSS 2021). Its intermediate way points are never used: they are
computed by a cloud service. Positions in rad, time in s.
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
"""rad; joints nearer to their goal than this do not move."""


class Trajectory(Protocol):
    """A motion of n joints over time. Immutable; may be sampled in any order.

    ``duration`` in s; ``start`` and ``end`` are (n,) positions in rad. Outside [0, duration] the motion holds
    its first or last position, at rest.
    """

    @property
    def duration(self) -> float:
        """Length in s."""

    @property
    def start(self) -> Array:
        """(n,) first position in rad."""

    @property
    def end(self) -> Array:
        """(n,) last position in rad."""

    def sample(self, t: float) -> tuple[Array, Array]:
        """Position (n,) in rad and velocity (n,) in rad/s at time ``t`` in s."""

    def position(self, t: float) -> list[float]:
        """Position (n,) in rad alone, as plain floats: what a physics engine asks for at every step."""

    def acceleration(self, t: float) -> Array:
        """Acceleration (n,) in rad/s² at time ``t`` in s."""


class Hold:
    """No motion at all: the joints stay where they are."""

    def __init__(self, position: ArrayLike, duration: float = 0.0) -> None:
        self.start: Array = np.array(position, dtype=np.float64)
        self.end: Array = self.start
        self.duration = duration
        self._rest: list[float] = self.start.tolist()

    def sample(self, t: float) -> tuple[Array, Array]:
        """See :class:`Trajectory`."""
        return self.start.copy(), np.zeros(self.start.shape)

    def position(self, t: float) -> list[float]:
        """See :class:`Trajectory`."""
        return self._rest

    def acceleration(self, t: float) -> Array:
        """See :class:`Trajectory`."""
        return np.zeros(self.start.shape)


class JointTrajectory:
    """A jerk-limited trajectory computed by ruckig; made by :func:`plan_joint` and :func:`plan_stop`."""

    def __init__(self, profile: ruckig.Trajectory, start: Array, goal: Array | None) -> None:
        self.duration: float = profile.duration
        self.start = start
        self._at = profile.at_time
        # The profile ends within 1e-12 of its goal; the goal itself is what was asked for.
        self.end: Array = np.array(self._at(self.duration)[0]) if goal is None else goal

    def sample(self, t: float) -> tuple[Array, Array]:
        """See :class:`Trajectory`."""
        if 0.0 <= t < self.duration:
            position, velocity, _ = self._at(t)
            return np.array(position), np.array(velocity)
        return (self.end if t >= self.duration else self.start).copy(), np.zeros(self.end.shape)

    def position(self, t: float) -> list[float]:
        """See :class:`Trajectory`."""
        if 0.0 <= t < self.duration:
            positions: list[float] = self._at(t)[0]
            return positions
        ends: list[float] = (self.end if t >= self.duration else self.start).tolist()
        return ends

    def acceleration(self, t: float) -> Array:
        """See :class:`Trajectory`."""
        if 0.0 <= t < self.duration:
            return np.array(self._at(t)[2])
        return np.zeros(self.end.shape)


class Brake:
    """Constant deceleration of every joint on its own, as by brakes without path control (stop category 0).

    ``position`` and ``velocity`` (n,) where the brakes fall; ``limits.acceleration`` is what they achieve.
    """

    def __init__(self, position: ArrayLike, velocity: ArrayLike, limits: JointLimits) -> None:
        self.start: Array = np.array(position, dtype=np.float64)
        self._velocity: Array = np.array(velocity, dtype=np.float64)
        self._rate: Array = np.sign(self._velocity) * limits.acceleration
        self._times: Array = np.abs(self._velocity) / limits.acceleration
        self.duration = float(self._times.max())
        self.end: Array = self.start + 0.5 * self._velocity * self._times

    def sample(self, t: float) -> tuple[Array, Array]:
        """See :class:`Trajectory`; at the very start the joints still have their speed."""
        if t < 0.0:
            return self.start.copy(), np.zeros(self.start.shape)
        time = np.minimum(t, self._times)
        velocity = np.where(t < self._times, self._velocity - self._rate * time, 0.0)
        return self.start + (self._velocity - 0.5 * self._rate * time) * time, velocity

    def position(self, t: float) -> list[float]:
        """See :class:`Trajectory`."""
        positions: list[float] = self.sample(t)[0].tolist()
        return positions

    def acceleration(self, t: float) -> Array:
        """See :class:`Trajectory`."""
        return np.where((t >= 0.0) & (t < self._times), -self._rate, 0.0)


def plan_joint(
    start: ArrayLike,
    goal: ArrayLike,
    limits: JointLimits,
    start_velocity: ArrayLike | None = None,
    start_acceleration: ArrayLike | None = None,
) -> JointTrajectory | Hold:
    """Time-optimal motion from ``start`` to rest at ``goal``, (n,) rad, with all joints arriving together.

    From rest the joints move in proportion (a straight line in joint space). ``start_velocity`` (n,) in rad/s
    and ``start_acceleration`` in rad/s² let a motion begin while the arm moves.

    Raises ``PlanningError`` where the goal is outside the joint limits or the start velocity beyond its own.
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
        request.current_acceleration = [0.0] * len(limits)  # the next one begins without


def plan_stop(position: ArrayLike, velocity: ArrayLike, limits: JointLimits) -> JointTrajectory | Hold:
    """Brakes every joint from ``velocity`` (n,) rad/s as fast as its acceleration and jerk limits allow.

    Each joint stops in its own time, so a path is left: this is the quick stop, not the one on the path.
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
    """One solver per number of joints: it costs more to make than to use. Results never refer to it."""
    return ruckig.Ruckig(dof), ruckig.InputParameter(dof)


atexit.register(solver.cache_clear)  # ruckig's bindings complain of what still lives when the interpreter is gone


def _set_limits(request: ruckig.InputParameter, limits: JointLimits) -> None:
    request.target_velocity = [0.0] * len(limits)
    request.max_velocity = limits.velocity.tolist()
    request.max_acceleration = limits.acceleration.tolist()
    request.max_jerk = limits.jerk.tolist()


def calculated(engine: ruckig.Ruckig, request: ruckig.InputParameter) -> ruckig.Trajectory:
    """The trajectory that was requested. Raises ``PlanningError`` where ruckig finds none."""
    profile = ruckig.Trajectory(request.degrees_of_freedom)
    try:
        result = engine.calculate(request, profile)
    except ruckig.RuckigError as error:
        raise PlanningError(f"no trajectory: {error}") from error
    if result not in (ruckig.Result.Working, ruckig.Result.Finished):
        raise PlanningError(f"no trajectory: ruckig reports {result.name} for {request!r}")
    return profile
