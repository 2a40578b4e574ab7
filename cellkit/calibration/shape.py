"""The shape of a move in time: a trapezoid of speed, whose corners a jerk limit rounds.

A ramp under a jerk limit is a straight ramp averaged over the time that the jerk lasts, so the whole move is a
trapezoid averaged over the jerk time. Speed is a sum of ramps c (t - s)+, position of their integrals.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cellkit.calibration.least_squares import fit
from cellkit.calibration.log import Log
from cellkit.calibration.moves import Move
from cellkit.geometry import Array

MOST_SAMPLES = 2000
"""Samples of a move that are fitted; of a longer one every second, third … is."""
STRAIGHT = 0.003
"""A point-to-point move is nearer to a straight line in joint space than this share of its way (root mean square)."""
SHAPED = 0.05
"""A point-to-point move leaves the fitted shape by less than this share of its top speed (root mean square)."""
SHAPED_IN_PART = 0.02
"""The same for a move that the log cuts: the missing side makes a wrong shape fit better."""
SHORTEST = 3.0
"""A shorter jerk time than this many steps of the log is not seen: a speed that was derived is averaged over two."""
GAIN = 0.5
"""A jerk time is seen where it leaves less than this share of the squared error of a plain trapezoid."""


@dataclass(frozen=True)
class Shape:
    """One measured move in the angle of its leading joint: rad, s, rad/s, rad/s².

    ``begin`` and ``end`` are times of the log; a side that the log cuts is None, and so is a ``speed`` that was never
    constant, and a ``jerk_time`` shorter than a few steps of the log. ``error`` is the root mean square of the fit's
    error in speed as a share of ``peak``.
    """

    move: Move
    begin: float | None
    end: float | None
    acceleration: float | None
    deceleration: float | None
    speed: float | None
    peak: float
    jerk_time: float | None
    error: float

    @property
    def duration(self) -> float | None:
        """The motion time in s; None for a move that the log cuts."""
        return None if self.begin is None or self.end is None else self.end - self.begin

    @property
    def mean_acceleration(self) -> float:
        """The acceleration that gives the same motion time with equal ramps: the harmonic mean of both."""
        rates = [rate for rate in (self.acceleration, self.deceleration) if rate is not None]
        return len(rates) / sum(1.0 / rate for rate in rates)


def measure(log: Log, move: Move) -> Shape | str:
    """Return the shape of a move, or the reason why it is no point-to-point move."""
    if not (move.begins or move.ends):
        return "the log holds neither its beginning nor its end"
    first, last = max(0, move.first - 1), min(len(log.times), move.last + 2)
    stride = 1 + (last - first) // MOST_SAMPLES
    rows = slice(first, last, stride)
    direction = move.distance / float(move.distance @ move.distance) * float(np.abs(move.distance).max())
    away = log.planned_position[rows] - move.start
    along = away @ direction
    aside = away - np.outer(along, move.distance) / float(np.abs(move.distance).max())
    if float(np.sqrt((aside**2).sum(axis=1).mean())) > STRAIGHT * float(np.abs(move.distance).max()):
        return "the joints do not move in proportion (a linear, blended or streamed motion)"
    origin = float(log.times[first])
    samples = _Samples(log.times[rows] - origin, along, log.planned_velocity[rows] @ direction, move.begins, move.ends)
    plain, plain_error = samples.fitted(jerk=False)
    round_, round_error = samples.fitted(jerk=True)
    seen = round_error < GAIN * plain_error and round_[-1] > SHORTEST * log.step
    values, squares = (round_, round_error) if seen else (plain, plain_error)
    law = samples.law(values)
    error = float(np.sqrt(squares / (2 * len(samples.times))))
    if error > (SHAPED if move.whole else SHAPED_IN_PART):
        return "its speed is no trapezoid" + ("" if move.whole else ", or the log begins or ends in its ramp")
    jerk_time = float(values[-1]) if seen else None
    longer = jerk_time or 0.0
    # Without any constant speed, the jerk time itself lies between the ramp up and the ramp down.
    constant = law.constant_time - longer > max(2.0 * log.step, 0.02 * (law.fall_end - law.rise))
    return Shape(
        move,
        origin + law.rise if move.begins else None,
        origin + law.fall_end + longer if move.ends else None,
        law.acceleration if move.begins else None,
        law.deceleration if move.ends else None,
        law.speed if constant else None,
        law.top,
        jerk_time,
        error,
    )


@dataclass(frozen=True)
class _Law:
    """A trapezoid: begin of the ramp up, end of the ramp down (s), slopes (rad/s²) and speed (rad/s)."""

    rise: float
    fall_end: float
    acceleration: float
    deceleration: float
    speed: float
    begins: bool
    ends: bool

    @property
    def top(self) -> float:
        """The highest speed: lower than ``speed`` where the ramps meet before."""
        if not (self.begins and self.ends):
            return self.speed
        ramps = 1.0 / (1.0 / self.acceleration + 1.0 / self.deceleration)
        return min(self.speed, (self.fall_end - self.rise) * ramps)

    @property
    def constant_time(self) -> float:
        """The time at constant speed in s."""
        up = self.top / self.acceleration if self.begins else 0.0
        down = self.top / self.deceleration if self.ends else 0.0
        return self.fall_end - self.rise - up - down

    def at(self, times: Array, jerk_time: float) -> tuple[Array, Array]:
        """Return position and speed (m,) at times, with the corners rounded over ``jerk_time`` s."""
        ramps: list[tuple[float, float]] = []
        position, speed = np.zeros(len(times)), np.zeros(len(times))
        top = self.top
        if self.begins:
            ramps += [(self.acceleration, self.rise), (-self.acceleration, self.rise + top / self.acceleration)]
        else:
            position, speed = top * times, speed + top
        if self.ends:
            ramps += [(-self.deceleration, self.fall_end - top / self.deceleration), (self.deceleration, self.fall_end)]
        for slope, start in ramps:
            since = np.maximum(times - start, 0.0)
            if jerk_time < 1e-6:
                speed = speed + slope * since
                position = position + slope * since**2 / 2.0
            else:
                later = np.maximum(times - start - jerk_time, 0.0)
                speed = speed + slope * (since**2 - later**2) / (2.0 * jerk_time)
                position = position + slope * (since**3 - later**3) / (6.0 * jerk_time)
        return position, speed


@dataclass(frozen=True)
class _Samples:
    """Times from the move's beginning, path in rad of the leading joint, and its speed, (m,) each."""

    times: Array
    path: Array
    speed: Array
    begins: bool
    ends: bool

    def fitted(self, jerk: bool) -> tuple[Array, float]:
        """Return the parameters of the best law, as ``law`` reads them, and the sum of its squared errors."""
        top = float(np.abs(self.speed).max())
        length = float(self.times[-1])
        ramp = max(0.05 * length, min(0.45 * length, length - float(np.ptp(self.path)) / top))
        guess = [0.0, length, top / ramp, top / ramp, top] + ([0.2 * ramp] if jerk else [])
        scale = [length, length, top / ramp, top / ramp, top] + ([ramp] if jerk else [])
        lower = [-length, 0.3 * length, 1e-2 * top / length, 1e-2 * top / length, 0.05 * top] + ([1e-5] if jerk else [])
        free = [self.begins, self.ends, self.begins, self.ends, True] + ([True] if jerk else [])
        chosen = np.flatnonzero(free)
        values = np.array(guess)

        def residuals(some: Array) -> Array:
            values[chosen] = some
            position, speed = self.law(values).at(self.times, float(values[5]) if jerk else 0.0)
            gap = self.path - position
            gap = gap - gap.mean()
            return np.concatenate([10.0 * gap / (top * length), (self.speed - speed) / top])

        best, squares = fit(residuals, values[chosen], np.array(scale)[chosen], np.array(lower)[chosen])
        values[chosen] = best
        return values.copy(), squares

    def law(self, values: Array) -> _Law:
        """Return the trapezoid of some parameters: both times, both slopes, speed."""
        rise, fall_end, up, down, speed = (float(value) for value in values[:5])
        return _Law(rise, max(fall_end, rise + 1e-6), up, down, speed, self.begins, self.ends)
