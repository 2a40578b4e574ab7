"""The time law s(t) of a path: when the TCP is where on it.

The path is cut into sections of similar speed bound. In each one a scalar, jerk-limited ruckig profile runs from the
speed at its beginning to that at its end, with no acceleration at either. A pass forwards and one backwards choose
these speeds so that every section is long enough (the passes of time-optimal control along a path: J. Bobrow et al.,
1985). A free straight line is one section and one profile, and only the neighbourhood of a singularity or a tight
corner is slow.

A *row* is a quantity whose rate is limited: a joint, the TCP, its orientation. With row positions x(s), x' = dx/ds:
speed |x'| v <= V, acceleration |x''| v² + |x'| a <= A, jerk |x'| j <= J (the first term of three).
"""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import ruckig

from cellkit.geometry import Array
from cellkit.models.arm import CartesianLimits
from cellkit.motion.trajectory import calculated, solver

CURVATURE_SHARE = 0.5
"""Share of the acceleration limit for following the curve; the rest is for changing speed."""
SIMILAR = 1.6
"""Speed bounds within this factor share a section."""
MARGIN = 0.995
"""Factor on bounds at grid points, for the values between them."""


@dataclass(frozen=True, slots=True)
class PathLimits:
    """Limits of the TCP on a path: m/s, m/s², m/s³ and rad/s, rad/s², rad/s³."""

    speed: float
    acceleration: float
    jerk: float
    rotation_speed: float
    rotation_acceleration: float
    rotation_jerk: float

    @classmethod
    def of(cls, model: CartesianLimits) -> PathLimits:
        """Return the limits of an arm model."""
        return cls(
            model.max_speed,
            model.max_acceleration,
            model.max_jerk,
            model.max_rotation_speed,
            model.max_rotation_acceleration,
            model.max_rotation_jerk,
        )

    def scaled(self, speed: float = 1.0, acceleration: float = 1.0) -> PathLimits:
        """Return the limits with speeds times ``speed``, and accelerations and jerks times ``acceleration``."""
        return PathLimits(
            self.speed * speed,
            self.acceleration * acceleration,
            self.jerk * acceleration,
            self.rotation_speed * speed,
            self.rotation_acceleration * acceleration,
            self.rotation_jerk * acceleration,
        )

    def at_speed(self, speed: float) -> PathLimits:
        """Return the limits with the TCP at ``speed`` (m/s) at most, and rotation slowed in proportion."""
        return self.scaled(speed=min(1.0, speed / self.speed))


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows at m points of a path: ``s`` (m,), ``first`` |x'| and ``second`` |x''| (m, k), limits (k,) each."""

    s: Array
    first: Array
    second: Array
    velocity: Array
    acceleration: Array
    jerk: Array

    def slowness(self) -> Array:
        """Return the least time per path (s/m), (m, k), that each row needs, leaving acceleration for changing speed.

        This is the inverse of the allowed speed, because a row that does not move allows any speed.
        """
        straight = self.first / self.velocity
        curved = np.sqrt(self.second / (CURVATURE_SHARE * self.acceleration))
        return np.maximum(straight, curved) / MARGIN


class TimeLaw:
    """Time law s(t) on [0, ``duration``]: a sequence of ruckig profiles."""

    def __init__(self, profiles: list[ruckig.Trajectory], starts: list[float]) -> None:
        self._profiles = [profile.at_time for profile in profiles]
        self._starts = starts
        self._times = [0.0]
        for profile in profiles:
            self._times.append(self._times[-1] + profile.duration)
        self.duration = self._times[-1]

    def at(self, t: float) -> tuple[float, float, float]:
        """Return s (m), its speed (m/s) and acceleration (m/s²) at ``t`` in [0, duration] s."""
        if len(self._profiles) == 1:
            position, speed, acceleration = self._profiles[0](t)
            return position[0], speed[0], acceleration[0]
        i = min(bisect_right(self._times, t) - 1, len(self._profiles) - 1)
        position, speed, acceleration = self._profiles[i](t - self._times[i])
        return position[0] + self._starts[i], speed[0], acceleration[0]


def time_law(rows: Rows, bound: Array) -> TimeLaw:
    """Return the fastest law of this kind over the whole of ``rows.s``, from rest to rest.

    ``bound`` (m,) is the allowed path speed (m/s) at every point, that of the row with the largest
    :meth:`Rows.slowness`.
    """
    limits = bound.tolist()
    cuts = _cuts([min(pair) for pair in pairwise(limits)])
    lengths, speeds, accelerations, jerks, starts = [], [], [], [], []
    for first, last in pairwise(cuts):
        part = slice(first, last + 1)
        speed = min(limits[part])
        spare = rows.acceleration - rows.second[part] * speed**2
        starts.append(float(rows.s[first]))
        lengths.append(float(rows.s[last] - rows.s[first]))
        speeds.append(speed)
        accelerations.append(MARGIN / float((rows.first[part] / spare).max()))
        jerks.append(1.0 / float((rows.first[part] / rows.jerk).max()))
    ends = _boundary_speeds(lengths, speeds, accelerations, jerks)
    profiles = [
        _profile(length, before, after, speed=speed, acceleration=acceleration, jerk=jerk)
        for length, before, after, speed, acceleration, jerk in zip(
            lengths, ends, ends[1:], speeds, accelerations, jerks, strict=False
        )
    ]
    return TimeLaw(profiles, starts)


def _cuts(bounds: list[float]) -> list[int]:
    """Return the indices of the grid points at which sections begin and end, for the bound of every interval."""
    low, high = min(bounds), max(bounds)
    if high <= SIMILAR * low:
        return [0, len(bounds)]
    cuts = [0]
    low = high = bounds[0]
    for i, bound in enumerate(bounds):
        low, high = min(low, bound), max(high, bound)
        if high > SIMILAR * low:
            cuts.append(i)
            low = high = bound
    cuts.append(len(bounds))
    return cuts


def _boundary_speeds(
    lengths: list[float], speeds: list[float], accelerations: list[float], jerks: list[float]
) -> list[float]:
    """Return the speeds between the sections, at rest at both ends, each reachable from its neighbours."""
    count = len(lengths)
    ends = [0.0] * (count + 1)
    for i in range(1, count):
        fastest = min(speeds[i - 1], speeds[i])
        ends[i] = min(fastest, _reachable(ends[i - 1], fastest, lengths[i - 1], accelerations[i - 1], jerks[i - 1]))
    for i in range(count - 1, 0, -1):
        ends[i] = min(ends[i], _reachable(ends[i + 1], ends[i], lengths[i], accelerations[i], jerks[i]))
    return ends


def _distance(slow: float, fast: float, acceleration: float, jerk: float) -> float:
    """Return the distance (m) from one speed to the other with no acceleration at either end: mean speed times time."""
    change = fast - slow
    if change * jerk >= acceleration * acceleration:
        time = change / acceleration + acceleration / jerk
    else:
        time = 2.0 * math.sqrt(change / jerk)
    return 0.5 * (slow + fast) * time


def _reachable(slow: float, fast: float, length: float, acceleration: float, jerk: float) -> float:
    """Return the highest speed up to ``fast`` that is reached from ``slow`` over ``length``, with a small margin."""
    room = 0.999 * length
    if fast <= slow or _distance(slow, fast, acceleration, jerk) <= room:
        return fast
    low, high = slow, fast
    for _ in range(30):
        middle = 0.5 * (low + high)
        if _distance(slow, middle, acceleration, jerk) <= room:
            low = middle
        else:
            high = middle
    return low


def _profile(
    length: float, before: float, after: float, *, speed: float, acceleration: float, jerk: float
) -> ruckig.Trajectory:
    engine, request = solver(1)
    request.control_interface = ruckig.ControlInterface.Position
    request.current_position = [0.0]
    request.current_velocity = [before]
    request.target_position = [length]
    request.target_velocity = [after]
    request.max_velocity = [speed]
    request.max_acceleration = [acceleration]
    request.max_jerk = [jerk]
    return calculated(engine, request)
