"""Counts the records that were lost on the way, by their sequence number."""

from __future__ import annotations

from enum import Enum

_WRAP = 1 << 32
_HALF = 1 << 31
LATE = 1000
"""A record so far behind the newest one at most, and measured before it, came late; else the stream began anew."""


class Arrival(Enum):
    """The meaning of a sequence number for its record."""

    NEWEST = "newest"
    LATE = "late"
    DUPLICATE = "duplicate"
    RESTARTED = "restarted"


class SequenceCounter:
    """Follows one stream; numbers have 32 bits and roll over."""

    def __init__(self) -> None:
        self.lost = 0
        """Records that never came (one that comes late after all is taken off again)."""
        self.newest: int | None = None
        self.gap = 0
        """How many numbers the newest record was ahead of the one before; 0: it is the first of its stream."""
        self._sample = 0

    def take(self, number: int, sample: int) -> Arrival:
        """Classify a record; ``sample`` is the box's own count, which no new stream resets."""
        if self.newest is None:
            self.newest, self.gap, self._sample = number, 0, sample
            return Arrival.NEWEST
        ahead = (number - self.newest) % _WRAP
        if ahead == 0:
            return Arrival.DUPLICATE
        if ahead < _HALF:
            self.lost += ahead - 1
            self.newest, self.gap, self._sample = number, ahead, sample
            return Arrival.NEWEST
        if _WRAP - ahead <= LATE and (sample - self._sample) % _WRAP >= _HALF:
            self.lost = max(0, self.lost - 1)
            return Arrival.LATE
        self.newest, self.gap, self._sample = number, 0, sample
        return Arrival.RESTARTED
