"""The past of a run: moments, events and paths, bounded. Older moments are thinned out when they become too many."""

from __future__ import annotations

import bisect
from collections import deque
from collections.abc import Sequence
from typing import Any

from cellkit.view.moment import Floats, Moment

MAX_MOMENTS = 9000
"""Five minutes at 30 moments a second; a longer run is stored at a coarser step."""
MAX_EVENTS = 20_000


class History:
    """The past of one run. Not thread-safe: threads that share it need a lock."""

    def __init__(self, limit: int = MAX_MOMENTS) -> None:
        if limit < 4:
            raise ValueError(f"a history needs room for at least 4 moments, not {limit}")
        self._limit = limit
        self._moments: list[Moment] = []
        self._times: list[float] = []
        self.events: deque[dict[str, Any]] = deque(maxlen=MAX_EVENTS)
        self.paths: dict[tuple[str, int], Floats] = {}
        """Planned paths of TCPs, (n, 3) in m in frame ``world``, by arm and number."""

    def __len__(self) -> int:
        return len(self._moments)

    @property
    def end(self) -> float:
        """Cell time of the newest moment, in s."""
        return self._times[-1] if self._times else 0.0

    @property
    def newest(self) -> Moment | None:
        """The newest moment; None for an empty history."""
        return self._moments[-1] if self._moments else None

    def add(self, moment: Moment) -> None:
        """Add a moment that is not before the newest one; a moment of the same time replaces the newest."""
        if self._times and moment.time <= self._times[-1]:
            self._moments[-1] = moment
            return
        self._moments.append(moment)
        self._times.append(moment.time)
        if len(self._moments) > self._limit:
            self._thin()

    def _thin(self) -> None:
        """Halve the older three quarters to moments at equal steps of time; the first and the newest remain."""
        recent = len(self._moments) * 3 // 4
        spacing = (self._times[recent] - self._times[0]) / (recent // 2)
        older = self._moments[:1]
        for moment in self._moments[1:recent]:
            if moment.time - older[-1].time >= spacing - 1e-9:
                older.append(moment)
        self._moments = older + self._moments[recent:]
        self._times = [moment.time for moment in self._moments]
        alive = {(arm, number) for moment in self._moments for arm, number in moment.planned.items()}
        self.paths = {key: path for key, path in self.paths.items() if key in alive}

    def at(self, time: float) -> Moment | None:
        """Return the newest moment that is not after ``time`` (s), else the first; None for an empty history."""
        if not self._moments:
            return None
        return self._moments[max(0, bisect.bisect_right(self._times, time + 1e-9) - 1)]

    def since(self, start: float, end: float) -> Sequence[Moment]:
        """Return the moments from ``start`` to ``end`` (s)."""
        first = bisect.bisect_left(self._times, start)
        return self._moments[first : bisect.bisect_right(self._times, end + 1e-9)]

    def events_until(self, time: float, count: int) -> list[dict[str, Any]]:
        """Return the newest ``count`` events that are not after ``time`` (s), the newest first."""
        found: list[dict[str, Any]] = []
        for event in reversed(self.events):
            if event["t"] <= time + 1e-9:
                found.append(event)
                if len(found) == count:
                    break
        return found
