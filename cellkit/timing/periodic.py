"""Calls on a fixed grid of time, as a controller's cycle needs."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable

from cellkit.timing.clock import now

MOST_IDLE = 64
"""Idle calls in a row; then the loop looks at signals and real files."""


class Periodic:
    """Calls of ``callback`` at start + phase + k · period of cell time (s), k = 1, 2, …, without drift.

    Calls that were missed in real time are skipped; they are not made later. ``idle`` is called in place of
    ``callback`` when nothing has run since the call before, where the loop of virtual time can know it.
    """

    def __init__(
        self, period: float, callback: Callable[[], None], phase: float = 0.0, idle: Callable[[], None] | None = None
    ) -> None:
        self._period = period
        self._callback = callback
        self._idle = idle
        self._start = now() + phase
        self._beat = 0
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False
        self._schedule()

    def _schedule(self) -> None:
        missed = math.floor((now() - self._start) / self._period + 1e-6)
        self._beat = max(self._beat + 1, missed)
        moment = self._start + self._beat * self._period
        self._timer = asyncio.get_running_loop().call_at(moment, self._tick)

    def _tick(self) -> None:
        try:
            self._callback()
            if self._idle is not None:
                self._make_idle_calls(self._idle)
        finally:
            if not self._closed:
                self._schedule()

    def _make_idle_calls(self, idle: Callable[[], None]) -> None:
        skip_to: Callable[[float], bool] = getattr(asyncio.get_running_loop(), "skip_to", lambda moment: False)
        for _ in range(MOST_IDLE):
            if self._closed or not skip_to(self._start + (self._beat + 1) * self._period):
                return
            self._beat += 1
            idle()

    def close(self) -> None:
        """End the calls."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
