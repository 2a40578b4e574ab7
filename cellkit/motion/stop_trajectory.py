"""Stops as trajectories: every joint on its own, or all together on the path of another trajectory.

Both begin at the request of the stop and go on as commanded for the reaction time. Joints in rad, time in s.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from cellkit.geometry import Array
from cellkit.motion.trajectory import Trajectory

_STEPS = 64  # of a stop on the path
_REST = 1e-12  # s until rest, and the share of a ramp that is left at its end
_SHORT, _LONG = 0.001, 0.003  # s; longer, a step would hide how quickly accelerations change
_AHEAD = 1e-4  # s, for the derivative of a speed
_SHORTEST = 0.02  # s of a ramp


def braking_times(speeds: Array, deceleration: Array, damping: Array) -> Array:
    """Return the times (n,) in s in which joints come to rest: ln(1 + c v / a) / c, or v / a without damping."""
    share = speeds / deceleration
    return np.where(damping > 0.0, np.log1p(damping * share) / _nonzero(damping), share)


def braking_ways(speeds: Array, deceleration: Array, damping: Array, times: Array) -> Array:
    """Return the ways (n,) in rad of joints that brake for ``times`` (n,) in s."""
    even = (speeds - 0.5 * deceleration * times) * times
    rate = _nonzero(damping)
    damped = -np.expm1(-damping * times) * (speeds + deceleration / rate) / rate - deceleration * times / rate
    return np.where(damping > 0.0, damped, even)


def _nonzero(damping: Array) -> Array:
    return np.where(damping > 0.0, damping, 1.0)


class Commanded(Protocol):
    """What the joints were commanded when a stop was requested, and still follow until the arm reacts."""

    def sample(self, t: float) -> tuple[Array, Array]:
        """Return position (n,) in rad and velocity (n,) in rad/s at time ``t`` in s."""

    def acceleration(self, t: float) -> Array:
        """Return the acceleration (n,) in rad/s² at time ``t`` in s."""


class Coast:
    """Joints that go on at the speed that they had at ``since`` (s): the command of an arm that has no path."""

    def __init__(self, position: ArrayLike, velocity: ArrayLike, since: float = 0.0) -> None:
        self._position: Array = np.array(position, dtype=np.float64)
        self._velocity: Array = np.array(velocity, dtype=np.float64)
        self._since = since

    def sample(self, t: float) -> tuple[Array, Array]:
        """Return position (n,) in rad and velocity (n,) in rad/s at time ``t`` in s."""
        return self._position + self._velocity * (t - self._since), self._velocity

    def acceleration(self, t: float) -> Array:
        """Return zero acceleration (n,)."""
        return np.zeros(self._velocity.shape)


class FreeStop:
    """The stop of every joint on its own: the command for the reaction time, then dv/dt = -(a + c v).

    ``since``: the time (s) of the request on the clock of ``command``. The arm leaves its path.
    """

    def __init__(self, command: Commanded, since: float, reaction: float, deceleration: Array, damping: Array) -> None:
        self._command, self._since = command, since
        first, speed = command.sample(since)
        self.start: Array = first.copy()
        self._from, velocity = command.sample(since + reaction)
        self._reaction = reaction if np.any(speed) or np.any(velocity) else 0.0
        self._signs, self._speeds = np.sign(velocity), np.abs(velocity)
        self._deceleration, self._damping = deceleration, damping
        self._times = braking_times(self._speeds, deceleration, damping)
        self.duration = self._reaction + float(self._times.max())
        self.end: Array = self._braked(self._times)[0]

    def sample(self, t: float) -> tuple[Array, Array]:
        """Return position (n,) in rad and velocity (n,) in rad/s at ``t`` s after the request."""
        if not 0.0 <= t < self.duration:
            return (self.start if t < 0.0 else self.end).copy(), np.zeros(self.end.shape)
        if t < self._reaction:
            return self._command.sample(self._since + t)
        braking = t - self._reaction
        position, velocity = self._braked(np.minimum(braking, self._times))
        return position, np.where(braking < self._times, velocity, 0.0)

    def position(self, t: float) -> list[float]:
        """Return the position (n,) in rad at ``t`` s, as plain floats."""
        positions: list[float] = self.sample(t)[0].tolist()
        return positions

    def acceleration(self, t: float) -> Array:
        """Return the acceleration (n,) in rad/s² at ``t`` s."""
        if 0.0 <= t < self._reaction:
            return self._command.acceleration(self._since + t)
        moving = (t >= 0.0) & (t - self._reaction < self._times)
        return np.where(moving, -self._signs * self._deceleration - self._damping * self.sample(t)[1], 0.0)

    def _braked(self, times: Array) -> tuple[Array, Array]:
        """Return position and velocity after ``times`` (n,) of braking, none longer than the joint needs."""
        ways = braking_ways(self._speeds, self._deceleration, self._damping, times)
        damped = self._damping > 0.0
        lost = np.where(damped, -np.expm1(-self._damping * times) / _nonzero(self._damping), times)
        speeds = self._speeds * np.exp(-self._damping * times) - self._deceleration * lost
        return self._from + self._signs * ways, self._signs * speeds


class PathStop:
    """The stop of a trajectory on its path: the command for the reaction time, then a smooth ramp to rest.

    ``since``: the path time (s) of the request; ``rate``: that of path time against time; ``deceleration`` (n,): the
    mean of each joint. The slowest joint decides: w, the longest of the joints' |v| / a, falls to 0 in the time w, on
    the cubic ramp that begins with the present acceleration and ends with none; drives cannot follow a step. A joint
    that still gets faster needs longer. Where the trajectory itself brakes harder, the stop follows it, so that no stop
    goes beyond its end.
    """

    def __init__(self, trajectory: Trajectory, since: float, rate: float, reaction: float, deceleration: Array) -> None:
        self._trajectory, self._since, self._rate = trajectory, since, rate
        self._deceleration = deceleration
        self.start: Array = trajectory.sample(since)[0]
        begin = min(since + rate * reaction, trajectory.duration)
        self._reaction = (begin - since) / rate if rate > 0.0 else 0.0
        self._times, self._path_times, self._rates = self._braking(begin)
        self.duration = self._reaction + self._times[-1]
        last = self._path_times[-1]
        self.end: Array = trajectory.end if last >= trajectory.duration else trajectory.sample(last)[0]

    def _longest(self, u: float) -> float:
        """Return the longest |v| / a (s) of the joints at path time ``u``, played at the rate 1."""
        return float(np.max(np.abs(self._trajectory.sample(u)[1]) / self._deceleration))

    def _braking(self, u: float) -> tuple[list[float], list[float], list[float]]:
        """Return times (s) since the reaction, with path times (s) and rates, from the first to the last moment."""
        whole, duration, at = self._rate, self._trajectory.duration, self._longest(u)
        if at * whole <= _REST or u >= duration:
            return [0.0], [u], [0.0]
        ahead = self._longest(min(duration, u + _AHEAD))
        ramp, rate = _Ramp(at * whole, (ahead - at) / _AHEAD * whole**2), whole
        knots = [0.0], [u], [rate]
        t = x = 0.0
        while x < 1.0 and u < duration:
            dt = min(max(ramp.lasts / _STEPS, _SHORT), _LONG, (1.0 - x) * ramp.lasts)
            ahead = self._longest(min(duration, u + rate * dt))
            wanted = ramp.value(x + dt / ramp.lasts)
            follows = wanted >= rate * ahead  # the trajectory is slower by itself
            after = rate if follows else wanted / ahead
            mean = (rate + after) / 2
            if u + mean * dt > duration:
                dt = (duration - u) / mean
            before, at = at, self._longest(u + mean * dt)
            u, t, x, rate = u + mean * dt, t + dt, x + dt / ramp.lasts, after
            if follows:  # a new ramp begins where the trajectory is
                ramp, x = _Ramp(at * rate, (at - before) * rate / dt), 0.0
            x = 1.0 if x > 1.0 - _REST else x
            for column, figure in zip(knots, (t, u, rate), strict=True):
                column.append(figure)
        return knots

    def sample(self, t: float) -> tuple[Array, Array]:
        """Return position (n,) in rad and velocity (n,) in rad/s at ``t`` s after the request."""
        if not 0.0 <= t < self.duration:
            return (self.start if t < 0.0 else self.end).copy(), np.zeros(self.end.shape)
        u, rate, _ = self._played(t)
        position, velocity = self._trajectory.sample(u)
        return position, velocity * rate

    def position(self, t: float) -> list[float]:
        """Return the position (n,) in rad at ``t`` s, as plain floats."""
        if 0.0 <= t < self.duration:
            return self._trajectory.position(self._played(t)[0])
        ends: list[float] = (self.start if t < 0.0 else self.end).tolist()
        return ends

    def acceleration(self, t: float) -> Array:
        """Return the acceleration (n,) in rad/s² at ``t`` s."""
        if not 0.0 <= t < self.duration:
            return np.zeros(self.end.shape)
        u, rate, slope = self._played(t)
        return self._trajectory.acceleration(u) * rate**2 + self._trajectory.sample(u)[1] * slope

    def _played(self, t: float) -> tuple[float, float, float]:
        """Return path time (s), its rate and the slope of the rate (1/s) at ``t`` s; the rate is even between knots."""
        braking = t - self._reaction
        if braking < 0.0:
            return self._since + self._rate * t, self._rate, 0.0
        i = min(bisect_right(self._times, braking), len(self._times) - 1) - 1
        since = braking - self._times[i]
        slope = (self._rates[i + 1] - self._rates[i]) / (self._times[i + 1] - self._times[i])
        rate = self._rates[i] + slope * since
        return self._path_times[i] + (self._rates[i] + rate) / 2 * since, rate, slope


class _Ramp:
    """The time w until rest on a ramp: from ``first`` with the slope ``growth`` to 0 without slope.

    The steepest slope is about 1.5; where w grows, the ramp lasts longer by a quarter of ``growth``, to keep it so.
    """

    def __init__(self, first: float, growth: float) -> None:
        self.lasts = max(_SHORTEST, first * (1.0 + max(0.0, growth) / 4.0))
        self._first, self._slope = first, max(growth * self.lasts, -3.0 * first)  # steeper, w would be below 0

    def value(self, x: float) -> float:
        """Return w (s) at the share ``x`` of the ramp's time."""
        left = 1.0 - min(x, 1.0)
        return left * left * (self._first * (1.0 + 2.0 * x) + self._slope * x)
