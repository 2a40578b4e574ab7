"""What other modules may ask about time. Cell time is the running loop's; wall time is for reports alone."""

from __future__ import annotations

import asyncio
import time
from weakref import WeakKeyDictionary


def now() -> float:
    """Cell time in s: virtual, real or scaled, as the running loop was made."""
    return asyncio.get_running_loop().time()


async def sleep_until(moment: float) -> None:
    """Sleep until cell time ``moment`` (s); returns at once when it has passed."""
    delay = moment - now()
    if delay > 0:
        await asyncio.sleep(delay)


_ANCHORS: WeakKeyDictionary[asyncio.AbstractEventLoop, float] = WeakKeyDictionary()
_DRIFTED = 0.01  # s between cell time and wall time beyond which they are anchored anew


def utc(moment: float | None = None) -> float:
    """Coordinated universal time, in s since 1970, of a moment of cell time (now, without one).

    For what outsiders are told; nothing may steer by it. In virtual time all moments lie around the real present.
    """
    loop = asyncio.get_running_loop()
    speed = getattr(loop, "speed", 1.0)
    rate = 1.0 if speed == "max" else speed
    present, elapsed = time.time(), loop.time() / rate
    anchor = _ANCHORS.get(loop)
    if anchor is None or abs(present - elapsed - anchor) > _DRIFTED:
        # Two clocks that are read one after the other jitter: moments in order must stay in order.
        anchor = _ANCHORS[loop] = present - elapsed
    return anchor + (loop.time() if moment is None else moment) / rate


class WallTimer:
    """Seconds of wall time since it was made. For reports and benchmarks; nothing may steer by it."""

    def __init__(self) -> None:
        self._start = time.perf_counter()

    def seconds(self) -> float:
        """Elapsed wall time in s."""
        return time.perf_counter() - self._start
