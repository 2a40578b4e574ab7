"""When the samples were taken, in cell time: by the order of the records, not by the accidents of the way."""

from __future__ import annotations

RELAX = 0.01
"""Share of a delay that counts for the next record: what the network adds is forgotten, a slower clock is followed."""
FAR = 0.1  # s behind the arrival after which the order gives no information


class Stamps:
    """Anchors the sequence at its quickest arrivals: a record is as old as its number, and no newer than its arrival.

    ``period`` in s between two records of the stream.
    """

    def __init__(self, period: float) -> None:
        self._period = period
        self.newest = 0.0
        """Cell time (s) at which the newest sample was taken."""

    def take(self, arrival: float, gap: int) -> None:
        """Take the arrival of the newest record, ``gap`` numbers after the one before (0: the first of its stream)."""
        expected = self.newest + gap * self._period
        late = arrival - expected
        if gap == 0 or late < 0.0 or late > FAR:
            self.newest = arrival
        else:
            self.newest = expected + RELAX * late
