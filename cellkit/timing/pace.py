"""The pace of cell time in a simulated run: paused, step by step, at a multiple of wall time, or unlimited.

A pace only waits in wall time. Each event keeps its cell time to the last bit, whatever the pace.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from cellkit.timing.clock import WallTimer

_SLICE = 0.05  # s of wall time at most until the loop is asked again whether it has other work
_BEHIND = 0.5  # s of wall time that a run may lag and still catch up
_ROUNDING = 1e-9  # s


@dataclass(frozen=True, slots=True)
class PaceState:
    """The state of a pace; ``speed`` is a multiple of wall time, or ``max`` for unlimited."""

    paused: bool
    speed: float | Literal["max"]


class Pace:
    """The brake of cell time. Every method except ``hold`` may be called from any thread."""

    def __init__(self, speed: float | Literal["max"] = "max", paused: bool = False) -> None:
        self._speed = _checked(speed)
        self._paused = paused
        self._free = False
        self._now = 0.0
        self._limit = 0.0
        self._lock = threading.Lock()
        self._changed = threading.Event()
        self._timer = WallTimer()
        self._anchor: tuple[float, float] | None = None  # wall and cell time that belong together

    @property
    def state(self) -> PaceState:
        """The present state."""
        return PaceState(self._paused, self._speed)

    def pause(self) -> None:
        """Stop cell time at the next moment at which a timer is due."""
        with self._lock:
            self._paused, self._limit = True, self._now
            self._notify()

    def play(self) -> None:
        """Let cell time go on."""
        with self._lock:
            self._paused = False
            self._notify()

    def step(self, duration: float) -> None:
        """Let cell time go on for ``duration`` (s) at the speed that is set, then stop it."""
        with self._lock:
            self._paused, self._limit = True, self._now + duration - _ROUNDING
            self._notify()

    def set_speed(self, speed: float | Literal["max"]) -> None:
        """Set another multiple of wall time. Raises ``ValueError``."""
        with self._lock:
            self._speed = _checked(speed)
            self._notify()

    def free(self) -> None:
        """Stop holding back for good, so that an interrupted run ends at once."""
        self._free = True
        self._changed.set()

    def _notify(self) -> None:
        self._anchor = None
        self._changed.set()

    def hold(self, now: float, until: float, interrupted: Callable[[], bool]) -> None:
        """Wait before cell time goes from ``now`` to ``until`` (s), or until ``interrupted()``. The loop calls it."""
        self._now = now
        while not self._free and not interrupted():
            with self._lock:
                self._changed.clear()
                wait = self._wait(now, until)
            if wait <= 0.0:
                return
            if not self._free:  # it may have been set before the event was cleared
                self._changed.wait(min(wait, _SLICE))

    def _wait(self, now: float, until: float) -> float:
        """Return the wall time in s that is still to wait."""
        if self._paused and now >= self._limit:
            self._anchor = None
            return math.inf
        if self._speed == "max":
            return 0.0
        wall = self._timer.seconds()
        if self._anchor is None:
            self._anchor = wall, now
        since, start = self._anchor
        due = since + ((now if math.isinf(until) else until) - start) / self._speed
        if wall - due > _BEHIND:
            self._anchor = None
        return due - wall


def _checked(speed: float | Literal["max"]) -> float | Literal["max"]:
    if speed != "max" and not (math.isfinite(speed) and speed > 0):
        raise ValueError(f"speed must be above zero or 'max', not {speed}")
    return speed
