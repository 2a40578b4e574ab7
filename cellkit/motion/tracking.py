"""Tracking of a moving belt from readings of its encoder (conveyor tracking).

This is pure arithmetic: the caller gives the time. An object on a belt keeps its place on the belt: a pose, and how far
the belt had travelled at that moment. With the travel at another moment its new pose is known.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

import numpy as np

from cellkit.geometry import Array, Pose

WINDOW = 0.4
"""Time (s) of readings that a line is fitted to: long enough that the time between two readings does not matter."""
FEWEST = 5
"""Fewest readings that make a line."""
STEADY = 0.003
"""Deviation (m) from the line up to which a belt counts as running evenly."""
STANDSTILL = 0.001
"""Speed (m/s) below which a belt stands still."""


@dataclass(frozen=True, slots=True)
class OnBelt:
    """An object on a belt: its ``pose`` when the belt had travelled ``travel`` (m)."""

    pose: Pose
    travel: float


class BeltTracker:
    """A belt that runs along ``direction`` ((3,), in the frame of the poses), followed by its encoder.

    The reading (m) grows as the belt runs, and begins again at 0 after ``turn`` (m); None: never. Travel (m) counts on
    from the first reading. Times are cell time in s.
    """

    def __init__(self, direction: Array, turn: float | None = None) -> None:
        self._direction: Array = direction / float(np.linalg.norm(direction))
        self._turn = turn
        self._readings: deque[tuple[float, float]] = deque()
        self._last: float | None = None
        self._line = (0.0, 0.0, 0.0)  # time, travel then, speed
        self._off = 0.0

    def read(self, moment: float, value: float) -> None:
        """Add a reading; readings come in the order of time."""
        travel = value if self._last is None else self._readings[-1][1] + self._step(value - self._last)
        self._last = value
        self._readings.append((moment, travel))
        while moment - self._readings[0][0] > WINDOW:
            self._readings.popleft()
        self._fit()

    @property
    def steady(self) -> bool:
        """Whether there are enough readings, and the belt has run (or stood) evenly over the newest ones."""
        return len(self._readings) >= FEWEST and self._off <= STEADY

    @property
    def runs(self) -> bool:
        """Whether the belt moves."""
        return abs(self.speed) > STANDSTILL

    @property
    def speed(self) -> float:
        """The speed of the belt (m/s) over the newest readings."""
        return self._line[2]

    def travel(self, moment: float) -> float:
        """Return the travel (m) at a moment, past or future, if the belt keeps its speed."""
        time, travel, speed = self._line
        return travel + speed * (moment - time)

    def when(self, travel: float) -> float:
        """Return the moment (s), past or future, of a travel; infinite while the belt stands still."""
        time, then, speed = self._line
        return time + (travel - then) / speed if self.runs else math.inf

    def pose(self, seen: OnBelt, moment: float) -> Pose:
        """Return the pose of an object at a moment, past or future."""
        return self.moved(seen, self.travel(moment))

    def moved(self, seen: OnBelt, travel: float) -> Pose:
        """Return the pose of an object at a travel of the belt."""
        matrix = seen.pose.matrix.copy()
        matrix[:3, 3] += self._direction * (travel - seen.travel)
        return Pose.trusted(matrix, seen.pose.frame)

    def along(self, pose: Pose) -> float:
        """Return the place of a pose along the belt in m."""
        return float(self._direction @ pose.position)

    def _step(self, step: float) -> float:
        """Return the shortest step from one reading to the next, over the encoder's end where that is shorter."""
        if self._turn is None:
            return step
        return (step + self._turn / 2) % self._turn - self._turn / 2

    def _fit(self) -> None:
        """Fit a straight line by least squares; while the belt changes its speed, use the newest reading."""
        times = np.array([time for time, _ in self._readings])
        travels = np.array([travel for _, travel in self._readings])
        middle, mean = float(times.mean()), float(travels.mean())
        spread = float(((times - middle) ** 2).sum())
        speed = float(((times - middle) * (travels - mean)).sum()) / spread if spread > 0.0 else 0.0
        self._off = float(np.abs(travels - mean - speed * (times - middle)).max())
        self._line = (middle, mean, speed) if self._off <= STEADY else (times[-1], travels[-1], speed)
