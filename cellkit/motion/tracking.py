"""Where a moving belt is and will be, from readings of its encoder; pure arithmetic, the caller tells the time.

What was seen on a belt keeps its place on it: a pose, and how far the belt had travelled then. With the travel at
another moment that is where it will be (conveyor tracking).
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

import numpy as np

from cellkit.geometry import Array, Pose

WINDOW = 0.4
"""s of readings that a line is drawn through: long enough that the time between two readings does not matter."""
FEWEST = 5
"""Readings that make a line."""
STEADY = 0.003
"""m beside the line up to which a belt counts as running evenly."""
STANDS = 0.001
"""m/s below which a belt stands."""


@dataclass(frozen=True, slots=True)
class OnBelt:
    """Something that lies on a belt: its ``pose`` when the belt had travelled ``travel`` (m)."""

    pose: Pose
    travel: float


class BeltTracker:
    """A belt that runs along ``direction`` ((3,), in the frame of the poses), followed by its encoder.

    The reading (m) grows as the belt runs, and begins again at 0 after ``turn`` (m); None: it never does. Travel (m)
    counts on from the first reading. Times are cell time in s.
    """

    def __init__(self, direction: Array, turn: float | None = None) -> None:
        self._direction: Array = direction / float(np.linalg.norm(direction))
        self._turn = turn
        self._readings: deque[tuple[float, float]] = deque()
        self._last: float | None = None
        self._line = (0.0, 0.0, 0.0)  # time, travel then, speed
        self._off = 0.0

    def read(self, moment: float, value: float) -> None:
        """One more reading; they come in the order of time."""
        travel = value if self._last is None else self._readings[-1][1] + self._step(value - self._last)
        self._last = value
        self._readings.append((moment, travel))
        while moment - self._readings[0][0] > WINDOW:
            self._readings.popleft()
        self._fit()

    @property
    def steady(self) -> bool:
        """Whether there are readings enough, and it has run (or stood) evenly for as long as the newest tell."""
        return len(self._readings) >= FEWEST and self._off <= STEADY

    @property
    def runs(self) -> bool:
        """Whether it moves at all."""
        return abs(self.speed) > STANDS

    @property
    def speed(self) -> float:
        """m/s, over the newest readings."""
        return self._line[2]

    def travel(self, moment: float) -> float:
        """M that it has, or will have, travelled at a moment, if it runs on as it does."""
        time, travel, speed = self._line
        return travel + speed * (moment - time)

    def when(self, travel: float) -> float:
        """The moment (s) at which it has, or had, travelled so far; infinite while it stands."""
        time, then, speed = self._line
        return time + (travel - then) / speed if self.runs else math.inf

    def pose(self, seen: OnBelt, moment: float) -> Pose:
        """Where something is, or will be, at a moment."""
        return self.moved(seen, self.travel(moment))

    def moved(self, seen: OnBelt, travel: float) -> Pose:
        """Where something is once the belt has travelled so far."""
        matrix = seen.pose.matrix.copy()
        matrix[:3, 3] += self._direction * (travel - seen.travel)
        return Pose.trusted(matrix, seen.pose.frame)

    def along(self, pose: Pose) -> float:
        """M along the belt at which a pose lies."""
        return float(self._direction @ pose.position)

    def _step(self, step: float) -> float:
        """The shortest way from one reading to the next, over the encoder's end where that is shorter."""
        if self._turn is None:
            return step
        return (step + self._turn / 2) % self._turn - self._turn / 2

    def _fit(self) -> None:
        """The straight line with the least squares; while the belt changes its speed, where it is now."""
        times = np.array([time for time, _ in self._readings])
        travels = np.array([travel for _, travel in self._readings])
        middle, mean = float(times.mean()), float(travels.mean())
        spread = float(((times - middle) ** 2).sum())
        speed = float(((times - middle) * (travels - mean)).sum()) / spread if spread > 0.0 else 0.0
        self._off = float(np.abs(travels - mean - speed * (times - middle)).max())
        self._line = (middle, mean, speed) if self._off <= STEADY else (times[-1], travels[-1], speed)
