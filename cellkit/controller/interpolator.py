"""Plays one trajectory on the cell's clock, at a rate that can change: the speed override.

Path time ``u`` runs at ``rate`` against cell time. A change of rate follows the smooth ramp 3x² - 2x³, so the
joints stay on their path and their acceleration stays bounded. All formulas are closed, so no periodic timer is needed.
"""

from __future__ import annotations

import copy
import math

import numpy as np

from cellkit.geometry import Array
from cellkit.joints import JointLimits
from cellkit.motion.trajectory import Trajectory

_PROBES = 32
_SHORTEST_RAMP = 0.02  # s
_TOLERATED = 1.05  # share of the acceleration limits; planners themselves use up to 1.01
_LONGER = 1.25
_ATTEMPTS = 20


class Interpolator:
    """One trajectory being played; times are cell time in s."""

    def __init__(self, trajectory: Trajectory, start: float, rate: float) -> None:
        self.trajectory = trajectory
        self._since = start
        self._path_time = 0.0
        self._from = rate
        self._to = rate
        self._ramp = 0.0
        self._before: Interpolator | None = None  # the state until the newest change, for samples of the past
        self._sampled: tuple[float, tuple[Array, Array]] | None = None  # the newest sample, with its moment
        self._at_end: tuple[Array, Array] | None = None  # the sample of every moment after the trajectory's end

    @property
    def ramped_at(self) -> float:
        """The cell time (s) at which the newest change of rate is, or was, complete."""
        return self._since + self._ramp

    def rate(self, t: float) -> float:
        """Return the rate of path time against cell time at ``t`` (s)."""
        elapsed = t - self._since
        if elapsed < 0.0 and self._before is not None:
            return self._before.rate(t)
        if self._ramp == 0.0 or elapsed >= self._ramp:
            return self._to
        x = max(0.0, elapsed) / self._ramp
        return self._from + (self._to - self._from) * x * x * (3.0 - 2.0 * x)

    def path_time(self, t: float) -> float:
        """Return the path time (s) at ``t`` (s)."""
        if t < self._since and self._before is not None:
            return self._before.path_time(t)
        elapsed = max(0.0, t - self._since)
        if self._ramp == 0.0:
            return self._path_time + self._to * elapsed
        x = min(elapsed / self._ramp, 1.0)
        gained = self._ramp * (self._from * x + (self._to - self._from) * (x**3 - 0.5 * x**4))
        return self._path_time + gained + self._to * max(0.0, elapsed - self._ramp)

    def sample(self, t: float) -> tuple[Array, Array]:
        """Return joint positions (n,) in rad and velocities (n,) in rad/s at ``t`` (s); do not write to them.

        The newest sample is stored: a controller asks for its commanded and its measured joints in one moment. After
        the end of the trajectory, the sample is always the same object.
        """
        if self._sampled is None or self._sampled[0] != t:
            self._sampled = t, self._computed(t)
        return self._sampled[1]

    def _computed(self, t: float) -> tuple[Array, Array]:
        if self._ramp == 0.0 and self._to == 1.0 and t >= self._since:  # fast path for nearly all set-points
            path_time = self._path_time + t - self._since
            return self.trajectory.sample(path_time) if path_time < self.trajectory.duration else self._end_sample()
        path_time = self.path_time(t)
        if path_time >= self.trajectory.duration:
            return self._end_sample()
        position, velocity = self.trajectory.sample(path_time)
        rate = self.rate(t)
        return position, velocity if rate == 1.0 else velocity * rate

    def _end_sample(self) -> tuple[Array, Array]:
        if self._at_end is None:
            self._at_end = self.trajectory.sample(self.trajectory.duration)
        return self._at_end

    def position(self, t: float) -> list[float]:
        """Return joint positions (n,) in rad at ``t`` (s), without their velocities."""
        if self._ramp == 0.0 and self._to == 1.0 and t >= self._since:
            return self.trajectory.position(self._path_time + t - self._since)
        return self.trajectory.position(self.path_time(t))

    def acceleration(self, t: float) -> Array:
        """Return the joint accelerations (n,) in rad/s² at ``t`` (s), without those of a change of rate."""
        return self.trajectory.acceleration(self.path_time(t)) * self.rate(t) ** 2

    def end(self) -> float:
        """Return the cell time (s) at which the trajectory ends; inf when the rate becomes zero before."""
        left = self.trajectory.duration - self._path_time
        if self._ramp == 0.0:
            return self._since + left / self._to if self._to > 0.0 else (self._since if left <= 0 else math.inf)
        ramp_end = self._since + self._ramp
        after = self.trajectory.duration - self.path_time(ramp_end)
        if after > 0.0:
            return ramp_end + after / self._to if self._to > 0.0 else math.inf
        low, high = self._since, ramp_end
        for _ in range(60):
            middle = 0.5 * (low + high)
            low, high = (low, middle) if self.path_time(middle) >= self.trajectory.duration else (middle, high)
        return high

    def change_rate(self, t: float, rate: float, limits: JointLimits) -> float:
        """Ramp to ``rate`` (0: hold on the path) within the joint accelerations; return the time (s) of its end."""
        before = self.rate(t)
        self._before = copy.copy(self)
        self._before._before = None
        self._sampled = None
        self._path_time = min(self.path_time(t), self.trajectory.duration)
        self._since, self._from, self._to = t, before, rate
        self._ramp = self._ramp_time(before, rate, limits) if rate != before else 0.0
        return t + self._ramp

    def _ramp_time(self, before: float, rate: float, limits: JointLimits) -> float:
        """Return the shortest tested ramp (s) on which the joints accelerate within their limits.

        The acceleration is q'' r² from the trajectory plus q' r' from the ramp. Where the trajectory brakes at its
        limits, no ramp down is possible: the ramp becomes so long that the trajectory ends first.
        """
        if self._path_time >= self.trajectory.duration:
            return _SHORTEST_RAMP  # the joints are at rest at any rate
        change = rate - before
        shares = np.linspace(0.0, 1.0, _PROBES)
        rates = before + change * shares**2 * (3.0 - 2.0 * shares)
        slopes = 6.0 * shares * (1.0 - shares) * change
        gained = before * shares + change * (shares**3 - 0.5 * shares**4)
        ramp = _SHORTEST_RAMP
        for _ in range(_ATTEMPTS):
            times = [float(u) for u in self._path_time + ramp * gained]
            speeds = np.array([self.trajectory.sample(u)[1] for u in times])
            bends = np.array([self.trajectory.acceleration(u) for u in times])
            accelerations = bends * (rates**2)[:, None] + speeds * (slopes / ramp)[:, None]
            if (np.abs(accelerations) <= _TOLERATED * limits.acceleration).all():
                break
            # The next ramp is at least as long as the ramp's own acceleration needs.
            alone = float(np.max(np.abs(slopes)[:, None] * np.abs(speeds) / limits.acceleration))
            ramp = max(ramp * _LONGER, alone)
        return ramp
