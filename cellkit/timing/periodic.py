"""Calls on a fixed grid of time, as a controller's cycle needs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

from cellkit.timing.clock import beats_since, now

MOST_IDLE = 64
"""Idle moments in a row; then the loop looks at signals and real files."""


class Periodic:
    """Calls of ``callback`` at start + phase + k · period of cell time (s), k = 1, 2, …, without drift.

    Calls that were missed in real time are skipped; they are not made later. ``idle`` is called after ``callback``
    with the moments (s) that follow before anything else can happen, where the loop of virtual time can know it. It
    iterates over them in place of calls of ``callback``: each step moves the cell time on to the next one.
    """

    def __init__(
        self,
        period: float,
        callback: Callable[[], None],
        phase: float = 0.0,
        idle: Callable[[Iterator[float]], None] | None = None,
    ) -> None:
        self._period = period
        self._callback = callback
        self._idle = idle
        self._loop = asyncio.get_running_loop()
        self._start = now() + phase
        self._beat = 0
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False
        self._schedule()

    def _schedule(self) -> None:
        self._beat = max(self._beat + 1, beats_since(self._start, self._period))
        moment = self._start + self._beat * self._period
        self._timer = self._loop.call_at(moment, self._tick)

    def _tick(self) -> None:
        try:
            self._callback()
            if self._idle is not None:
                self._idle(self._idle_moments())
        finally:
            if not self._closed:
                self._schedule()

    def _idle_moments(self) -> Iterator[float]:
        skip_to: Callable[[float], bool] = getattr(self._loop, "skip_to", lambda moment: False)
        for _ in range(MOST_IDLE):
            moment = self._start + (self._beat + 1) * self._period
            if self._closed or not skip_to(moment):
                return
            self._beat += 1
            yield moment

    def close(self) -> None:
        """End the calls."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
