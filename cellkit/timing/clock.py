"""Functions that read a clock, for all other modules. Cell time is the loop's; wall time is for reports alone."""

from __future__ import annotations

import asyncio
import math
import time
from weakref import WeakKeyDictionary

_SAME_BEAT = 1e-6
"""Share of a period by which a moment may lie before its beat: sums of periods round."""


def now() -> float:
    """Return the cell time in s: virtual, real or scaled, as the running loop was made."""
    return asyncio.get_running_loop().time()


async def sleep_until(moment: float) -> None:
    """Sleep until cell time ``moment`` (s); return at once when it has passed."""
    delay = moment - now()
    if delay > 0:
        await asyncio.sleep(delay)


def beats_since(start: float, period: float) -> int:
    """Return the number n of the newest moment (s) of the grid ``start + n · period`` that has come."""
    return math.floor((now() - start) / period + _SAME_BEAT)


def next_beat(start: float, period: float) -> float:
    """Return the next moment (s) of the grid ``start + n · period`` after the present one."""
    return start + (beats_since(start, period) + 1) * period


_ANCHORS: WeakKeyDictionary[asyncio.AbstractEventLoop, float] = WeakKeyDictionary()
_DRIFTED = 0.01  # s of drift between cell time and wall time from which on they are anchored anew


def utc(moment: float | None = None) -> float:
    """Return the coordinated universal time, in s since 1970, of a moment of cell time; without one, of now.

    It is for reports to outsiders; no decision may depend on it. In virtual time all moments lie around the real
    present.
    """
    loop = asyncio.get_running_loop()
    speed = getattr(loop, "speed", 1.0)
    rate = 1.0 if speed == "max" else speed
    present, elapsed = time.time(), loop.time() / rate
    anchor = _ANCHORS.get(loop)
    if anchor is None or abs(present - elapsed - anchor) > _DRIFTED:
        # Two clocks that are read one after the other jitter; moments must keep their order.
        anchor = _ANCHORS[loop] = present - elapsed
    return anchor + (loop.time() if moment is None else moment) / rate


class WallTimer:
    """The wall time in s since the timer was made, for reports and benchmarks; no decision may depend on it."""

    def __init__(self) -> None:
        self._start = time.perf_counter()

    def seconds(self) -> float:
        """Return the elapsed wall time in s."""
        return time.perf_counter() - self._start
