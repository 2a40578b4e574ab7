"""The UTC time of a measurement, from stamps that may count from the source's own start."""

from __future__ import annotations

from cellkit.timing import now, utc

DRIFT = 1e-4
"""s per s by which a source's clock may drift from the cell's."""


class SourceClock:
    """Converts a source's stamps.

    The fastest arrival so far fixes the offset, so that a delayed stamp keeps its age.
    """

    def __init__(self) -> None:
        self._offset: float | None = None  # s from the source's time to cell time
        self._last = 0.0
        self._seen = 0.0

    def moment(self, stamp: float) -> float:
        """Return the cell time (s) of a stamp; call it when the stamp has just arrived."""
        arrival = now()
        if self._offset is None or stamp < self._last:  # the first stamp, or a source that was restarted
            self._offset = arrival - stamp
        else:
            self._offset = min(self._offset + DRIFT * (arrival - self._seen), arrival - stamp)
        self._last, self._seen = stamp, arrival
        return stamp + self._offset

    def utc(self, stamp: float) -> float:
        """Return the UTC time (s) of a stamp; call it when the stamp has just arrived."""
        return utc(self.moment(stamp))
