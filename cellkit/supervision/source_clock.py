"""When something was measured, in UTC, from stamps that may be the source's own time since it was switched on."""

from __future__ import annotations

from cellkit.timing import now, utc

DRIFT = 1e-4
"""s per s by which a source's clock may run away from the cell's."""


class SourceClock:
    """Anchored at the quickest arrival so far: what was late on its way does not look younger than it is."""

    def __init__(self) -> None:
        self._offset: float | None = None  # s from the source's time to cell time
        self._last = 0.0
        self._seen = 0.0

    def moment(self, stamp: float) -> float:
        """Cell time (s) of a stamp; call it when the stamp has just come."""
        arrival = now()
        if self._offset is None or stamp < self._last:  # the first one, or a source that was restarted
            self._offset = arrival - stamp
        else:
            self._offset = min(self._offset + DRIFT * (arrival - self._seen), arrival - stamp)
        self._last, self._seen = stamp, arrival
        return stamp + self._offset

    def utc(self, stamp: float) -> float:
        """The same in s UTC."""
        return utc(self.moment(stamp))
