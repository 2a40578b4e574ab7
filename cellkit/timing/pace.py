"""How fast cell time passes while a simulated run goes: paused, step by step, at a multiple of wall time, or freely.

Only wall time is waited for. What happens at which cell time stays the same to the last bit, however it is paced.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from cellkit.timing.clock import WallTimer

_SLICE = 0.05  # s of wall time at most between two looks at whether the loop has something else to do
_BEHIND = 0.5  # s of wall time that a run may lag and still make up for
_ROUNDING = 1e-9  # s


@dataclass(frozen=True, slots=True)
class PaceState:
    """``speed`` is a multiple of wall time; ``max``: as fast as it goes."""

    paused: bool
    speed: float | Literal["max"]


class Pace:
    """What holds cell time back. All but ``hold`` may be called from any thread."""

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
        """As it is now."""
        return PaceState(self._paused, self._speed)

    def pause(self) -> None:
        """Cell time stands from the next moment at which anything is due."""
        with self._lock:
            self._paused, self._limit = True, self._now
            self._tell()

    def play(self) -> None:
        """Cell time goes on."""
        with self._lock:
            self._paused = False
            self._tell()

    def step(self, duration: float) -> None:
        """Cell time goes on for ``duration`` (s), at whatever speed is set, and stands then."""
        with self._lock:
            self._paused, self._limit = True, self._now + duration - _ROUNDING
            self._tell()

    def set_speed(self, speed: float | Literal["max"]) -> None:
        """Another multiple of wall time. Raises ``ValueError``."""
        with self._lock:
            self._speed = _checked(speed)
            self._tell()

    def free(self) -> None:
        """Hold nothing back any more: whoever ends a run wants to see its end."""
        self._free = True
        self._changed.set()

    def _tell(self) -> None:
        self._anchor = None
        self._changed.set()

    def hold(self, now: float, until: float, interrupted: Callable[[], bool]) -> None:
        """For the loop: wait before cell time goes from ``now`` to ``until`` (s), or until ``interrupted()``."""
        self._now = now
        while not self._free and not interrupted():
            with self._lock:
                self._changed.clear()
                wait = self._wait(now, until)
            if wait <= 0.0:
                return
            if not self._free:  # set between the look at it and the clearing
                self._changed.wait(min(wait, _SLICE))

    def _wait(self, now: float, until: float) -> float:
        """S of wall time to wait, as things are."""
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
