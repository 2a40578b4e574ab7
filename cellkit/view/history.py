"""The past of a run: moments, events and paths, bounded. Older moments are thinned out when they become too many."""

from __future__ import annotations

import bisect
from collections import deque
from collections.abc import Sequence
from typing import Any

from cellkit.view.moment import Floats, Moment

KEPT = 9000
"""Moments: five minutes at 30 a second, more of a longer run at a coarser step."""
EVENTS = 20_000


class History:
    """One run. Not thread-safe: whoever shares it locks it."""

    def __init__(self, kept: int = KEPT) -> None:
        if kept < 4:
            raise ValueError(f"a history keeps at least 4 moments, not {kept}")
        self._kept = kept
        self._moments: list[Moment] = []
        self._times: list[float] = []
        self.events: deque[dict[str, Any]] = deque(maxlen=EVENTS)
        self.paths: dict[tuple[str, int], Floats] = {}
        """(n, 3) in m of planned paths of TCPs in frame ``world``, by arm and number."""

    def __len__(self) -> int:
        return len(self._moments)

    @property
    def end(self) -> float:
        """Cell time of the newest moment, in s."""
        return self._times[-1] if self._times else 0.0

    @property
    def newest(self) -> Moment | None:
        """The last moment."""
        return self._moments[-1] if self._moments else None

    def add(self, moment: Moment) -> None:
        """Add a moment that is no earlier than the last; one at the same time takes its place."""
        if self._times and moment.time <= self._times[-1]:
            self._moments[-1] = moment
            return
        self._moments.append(moment)
        self._times.append(moment.time)
        if len(self._moments) > self._kept:
            self._thin()

    def _thin(self) -> None:
        """Halve the older three quarters, to moments that lie evenly in time; first and newest stay."""
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
        """The newest moment that is not after ``time`` (s), or the first; None while there is none."""
        if not self._moments:
            return None
        return self._moments[max(0, bisect.bisect_right(self._times, time + 1e-9) - 1)]

    def since(self, start: float, end: float) -> Sequence[Moment]:
        """The moments from ``start`` to ``end`` (s)."""
        first = bisect.bisect_left(self._times, start)
        return self._moments[first : bisect.bisect_right(self._times, end + 1e-9)]

    def events_until(self, time: float, count: int) -> list[dict[str, Any]]:
        """The newest ``count`` events that are not after ``time`` (s), the newest first."""
        found: list[dict[str, Any]] = []
        for event in reversed(self.events):
            if event["t"] <= time + 1e-9:
                found.append(event)
                if len(found) == count:
                    break
        return found
