"""Set-points that somebody else streams: a straight line from each to the next, one period long."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from typing_extensions import override

from cellkit.controller.plants.arm import Setpoints
from cellkit.geometry import Array


class SetpointFollower(Setpoints):
    """Joint set-points (n,) in rad as they come in, every ``period`` (s); a ``Setpoints`` for a plant.

    Each is reached one period after it came, so the joints always know their speed; when no more come, they stand
    at the last one.
    """

    def __init__(self, start: Sequence[float], period: float) -> None:
        self.period = period
        self._from = [float(q) for q in start]
        self._to = self._from
        self._since = 0.0

    @property
    def target(self) -> list[float]:
        """(n,) the newest set-point in rad."""
        return self._to

    def push(self, t: float, joints: Sequence[float]) -> None:
        """A set-point that came at cell time ``t`` (s)."""
        self._from = self.position(t)
        self._to = [float(q) for q in joints]
        self._since = t

    @override
    def position(self, t: float) -> list[float]:
        share = (t - self._since) / self.period
        if share >= 1.0:
            return self._to
        if share <= 0.0:
            return self._from
        return [a + (b - a) * share for a, b in zip(self._from, self._to, strict=True)]

    @override
    def sample(self, t: float) -> tuple[Array, Array]:
        position = np.array(self.position(t))
        if t - self._since >= self.period:
            return position, np.zeros(len(position))
        return position, (np.array(self._to) - np.array(self._from)) / self.period
