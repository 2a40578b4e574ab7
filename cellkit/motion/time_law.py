"""The time law s(t) of a path: when the TCP is where on it.

The square of the path speed is bounded at every grid point: by the rows' speeds, and by the accelerations that follow
the curve. A pass backwards lowers it until the rows can brake, a pass forwards until they can accelerate; between two
grid points the path acceleration is constant (time-optimal control along a path: J. Bobrow et al., 1985; passes over
v²: T. Kunz, M. Stilman, 2012). An arm with a limited jerk gets the mean of this law over ``smoothing`` seconds: for
one trapezoid of speed that is exactly the jerk-limited motion.

A *row* is a quantity whose rate is limited: a joint, the TCP, its orientation. With row positions x(s), x' = dx/ds:
speed |x'| v <= V, acceleration |x'' v² + x' a| <= A.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass

import numpy as np

from cellkit.geometry import Array
from cellkit.models.arm import CartesianLimits

MARGIN = 0.995
"""Factor on bounds at grid points, for the values between them."""
PROBES = 40
"""The number of moments at which the accelerations of a smoothed law are looked at."""
SHORT = 0.005
"""A smoothing time (s) that changes no acceleration by as much as the margin."""
SEEN = 0.99
"""Share of the greatest acceleration that is seen at these moments, between the grid points of the rows."""
_NONE = 1e-12
"""A row slower than this (per m of path) does not move."""


@dataclass(frozen=True, slots=True)
class PathLimits:
    """Limits of the TCP on a path: m/s, m/s², rad/s, rad/s²; infinite where the joints alone decide.

    ``smoothing`` is the time (s) from rest to full acceleration.
    """

    speed: float
    acceleration: float
    rotation_speed: float
    rotation_acceleration: float
    smoothing: float = 0.0

    @classmethod
    def of(cls, model: CartesianLimits) -> PathLimits:
        """Return the limits of an arm model."""
        return cls(
            model.max_speed,
            model.max_acceleration,
            model.max_rotation_speed,
            model.max_rotation_acceleration,
            model.smoothing,
        )

    def scaled(self, speed: float = 1.0, acceleration: float = 1.0) -> PathLimits:
        """Return the limits with speeds times ``speed`` and accelerations times ``acceleration``."""
        return PathLimits(
            self.speed * speed,
            self.acceleration * acceleration,
            self.rotation_speed * speed,
            self.rotation_acceleration * acceleration,
            self.smoothing,
        )

    def uncapped(self) -> PathLimits:
        """Return the limits without those of acceleration: the joints alone decide."""
        return PathLimits(self.speed, math.inf, self.rotation_speed, math.inf, self.smoothing)

    def at_speed(self, speed: float) -> PathLimits:
        """Return the limits with the TCP at ``speed`` (m/s) at most, and rotation slowed in proportion."""
        return self.scaled(speed=min(1.0, speed / self.speed))


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows at m points of a path: ``s`` (m,), and x' and x'' (m, k).

    ``velocity`` (k,) and ``acceleration``, (k,) or (m, k), are the limits. The last ``lengths`` rows are lengths of
    vectors: their x'' is at a right angle to x' or along it, so they count as along it, in both directions.
    """

    s: Array
    first: Array
    second: Array
    velocity: Array
    acceleration: Array
    lengths: int = 2

    def slowness(self) -> Array:
        """Return the least time per path (s/m), (m, k), that each row needs at constant path speed.

        This is the inverse of the allowed speed, because a row that does not move allows any speed.
        """
        straight = np.abs(self.first) / self.velocity
        curved = np.sqrt(np.abs(self.second) / self.acceleration)
        return np.maximum(straight, curved) / MARGIN

    def spare(self, squares: Array) -> tuple[Spare, Spare]:
        """Return the spare path acceleration at every point, for accelerating and for braking.

        ``squares`` (m,) are the greatest v² there.
        """
        rate = np.maximum(np.abs(self.first), _NONE)
        most = MARGIN * self.acceleration / rate
        bend = self.second * np.sign(self.first) / rate
        lengths = bend[:, -self.lengths :]
        np.abs(lengths, out=lengths)
        against = -bend
        against[:, -self.lengths :] = lengths
        return _spare(most, bend, squares), _spare(most, against, squares)

    def excess(self, law: TimeLaw) -> float:
        """Return the greatest acceleration of any row under a law, as a share of its limit."""
        s, speed, change = np.array([law.at(float(t)) for t in np.linspace(0.0, law.duration, PROBES)]).T
        worst = 0.0
        limits = np.broadcast_to(self.acceleration, self.first.shape)
        for first, second, limit in zip(self.first.T, self.second.T, limits.T, strict=True):
            rate, bend, most = (np.interp(s, self.s, values) for values in (first, second, limit))
            worst = max(worst, float((np.abs(rate * change + bend * speed * speed) / most).max()))
        return worst


Spare = list[tuple[float, float, float, float]]
"""Two lines over v² at every point: p - q v² and r - w v² (m/s²); their lower one is the spare path acceleration."""


def _spare(most: Array, bend: Array, squares: Array) -> Spare:
    """Return two lines below the least of all rows' ``most`` - ``bend`` v², (m, k) each.

    The least of linear functions is concave, so the chords between its values at 0, half and all of v² lie below it.
    """
    half = 0.5 * squares
    bent = bend * half[:, None]
    values = np.array((most, most - bent, most - 2.0 * bent)).min(axis=2)
    slopes = (values[:2] - values[1:]) / half
    offset = values[1] + slopes[1] * half
    return list(zip(*np.array((values[0], slopes[0], offset, slopes[1])).tolist(), strict=True))


class TimeLaw:
    """Time law s(t) on [0, ``duration``]: constant path acceleration between the values of ``s`` (m,).

    ``squares`` (m,) are the squares of the path speed there, zero at both ends. The law is the mean over ``smoothing``
    seconds.
    """

    def __init__(self, s: list[float], squares: list[float], smoothing: float) -> None:
        self._smoothing = smoothing
        self._times = [0.0]
        self._pieces: list[tuple[float, float, float, float]] = []
        """s, speed, acceleration and the integral of s at the beginning of every piece."""
        begin, speed = s[0], 0.0
        time = area = 0.0
        for end, square in zip(s[1:], squares[1:], strict=True):
            length = end - begin
            if length <= 0.0:
                continue
            last = math.sqrt(square)
            taken = 2.0 * length / (speed + last)
            acceleration = (last - speed) / taken
            self._pieces.append((begin, speed, acceleration, area))
            area += taken * (begin + taken * (speed / 2.0 + taken * acceleration / 6.0))
            time += taken
            self._times.append(time)
            begin, speed = end, last
        self._end = s[-1]
        self._area = area
        self.duration = time + smoothing

    def at(self, t: float) -> tuple[float, float, float]:
        """Return s (m), its speed (m/s) and acceleration (m/s²) at ``t`` in [0, duration] s."""
        place, speed, acceleration, area = self._sharp(t)
        width = self._smoothing
        if width == 0.0:
            return place, speed, acceleration
        before, slower, _, less = self._sharp(t - width)
        return (area - less) / width, (place - before) / width, (speed - slower) / width

    def _sharp(self, t: float) -> tuple[float, float, float, float]:
        """Return s, speed, acceleration and the integral of s at ``t``, without smoothing; at rest outside the law."""
        if t <= 0.0:
            return 0.0, 0.0, self._pieces[0][2] if t == 0.0 else 0.0, 0.0
        last = self._times[-1]
        if t >= last:
            return self._end, 0.0, 0.0, self._area + (t - last) * self._end
        i = bisect_right(self._times, t) - 1
        begin, speed, acceleration, area = self._pieces[i]
        t -= self._times[i]
        return (
            begin + t * (speed + t * acceleration / 2.0),
            speed + t * acceleration,
            acceleration,
            area + t * (begin + t * (speed / 2.0 + t * acceleration / 6.0)),
        )


def time_law(rows: Rows, bound: Array, smoothing: float) -> TimeLaw:
    """Return the fastest law of this kind over the whole of ``rows.s``, from rest to rest.

    ``bound`` (m,) is the allowed path speed (m/s) at every point, that of the row with the largest
    :meth:`Rows.slowness`.
    """
    top = _held(rows.s, bound, smoothing) ** 2
    accelerating, braking = rows.spare(top)
    s = rows.s.tolist()
    most = top.tolist()
    backwards = _reached(s[::-1], [0.0, *most[-2::-1]], braking[::-1])[::-1]
    backwards[0] = 0.0
    squares = _reached(s, backwards, accelerating)
    places, squares = _switched(s, squares, most, accelerating, braking)
    law = TimeLaw(places, squares, smoothing)
    if smoothing > SHORT:
        # The mean mixes the accelerations of places with different bounds: a smaller v² takes the excess away.
        excess = rows.excess(law) / SEEN
        if excess > 1.0:
            return TimeLaw(places, [square / excess for square in squares], smoothing)
    return law


def _reached(s: list[float], squares: list[float], spare: Spare) -> list[float]:
    """Return ``squares`` lowered until each is reached from the one before it with the spare acceleration."""
    place, before = s[0], squares[0]
    p, q, r, w = spare[0]
    reached = [before]
    for end, most, after in zip(s[1:], squares[1:], spare[1:], strict=True):
        fastest = most
        if before < most:
            way = 2.0 * abs(end - place)
            # At the beginning of the piece v² is known. At its end it is sought: v² = before + way (p - q v²).
            fastest = min(most, before + way * max(0.0, min(p - q * before, r - w * before)))
            for rest, loss in (after[:2], after[2:]):
                if fastest * (1.0 + way * loss) > before + way * rest:
                    fastest = (before + way * rest) / (1.0 + way * loss)
        p, q, r, w = after
        place, before = end, fastest
        reached.append(fastest)
    return reached


def _switched(
    s: list[float], squares: list[float], most: list[float], accelerating: Spare, braking: Spare
) -> tuple[list[float], list[float]]:
    """Return ``s`` and ``squares`` with the points between grid points at which accelerating and braking end.

    On a piece that neither accelerates nor brakes as much as it may, the arm reaches a higher speed: that of a short
    trapezoid, at most the lower bound ``most`` of its two ends.
    """
    places, values = [s[0]], [squares[0]]
    for i, (begin, end, low, high) in enumerate(zip(s, s[1:], squares, squares[1:], strict=False)):
        length = end - begin
        bound = min(most[i], most[i + 1])
        top = max(low, high)
        if length > 0.0 and min(low, high) < bound >= top:
            for _ in range(2):  # with the spare acceleration at the lower speed first, then at the one so found
                up, down = (
                    min(_least(spare[j], square) for j in (i, i + 1) for square in (low, high, top))
                    for spare in (accelerating, braking)
                )
                change = 0.5 * (high - low) / length
                if min(up, down) <= 0.0 or not -0.98 * down < change < 0.98 * up:
                    break
                switch = length * (change + down) / (up + down)
                top = min(bound, low + 2.0 * up * switch)
            else:
                places += [begin + 0.5 * (top - low) / up, end - 0.5 * (top - high) / down]
                values += [top, top]
        places.append(end)
        values.append(high)
    return places, values


def _least(spare: tuple[float, float, float, float], square: float) -> float:
    p, q, r, w = spare
    return min(p - q * square, r - w * square)


def _held(s: Array, bound: Array, smoothing: float) -> Array:
    """Return the bound (m/s) with slow stretches made longer by half the smoothing time at their ends.

    The mean over time would otherwise enter them too fast.
    """
    if smoothing == 0.0 or bound.max() <= bound.min() * 1.01:
        return bound
    reach = 0.5 * smoothing * bound
    step = np.maximum(np.diff(s, prepend=s[0]), np.diff(s, append=s[-1]))
    near = np.abs(s[:, None] - s[None, :]) <= reach[None, :] + step[:, None]
    held: Array = np.where(near, bound[None, :], np.inf).min(axis=1)
    return held
