"""Follows streamed set-points: a straight line from each set-point to the next, one period long."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from typing_extensions import override

from cellkit.controller.plants.arm import Setpoints
from cellkit.geometry import Array


class SetpointFollower(Setpoints):
    """A ``Setpoints`` of streamed joint set-points (n,) in rad, which arrive every ``period`` (s).

    Each set-point is reached one period after its arrival, so that the speed of the joints is always known. When no
    more set-points arrive, the joints hold the last one.
    """

    def __init__(self, start: Sequence[float], period: float) -> None:
        self.period = period
        self._from = [float(q) for q in start]
        self._to = self._from
        self._since = 0.0

    @property
    def target(self) -> list[float]:
        """The newest set-point, (n,) in rad."""
        return self._to

    def push(self, t: float, joints: Sequence[float]) -> None:
        """Set the newest set-point (n,) in rad, which arrives at cell time ``t`` (s)."""
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
