"""What good clients of the counting cell got: every number of every item, in order, with the same time for all."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from bench.notifications import OVERFLOW, Published


@dataclass
class Ledger:
    """Numbers and times that any client got; ``stamps[item][number]`` is the source's time."""

    stamps: dict[int, dict[int, int]] = field(default_factory=lambda: defaultdict(dict))
    contradictions: int = 0
    """Two clients got the same number with different times."""


@dataclass
class Counted:
    """One client's account."""

    ledger: Ledger
    last: dict[int, int] = field(default_factory=dict)
    changes: int = 0
    skipped: int = 0
    """Numbers that never came, or came in another order."""
    overflows: int = 0
    bad: int = 0
    timeless: int = 0
    """Changes whose source's time did not grow."""
    _times: dict[int, int] = field(default_factory=dict)

    def take(self, answer: Published) -> None:
        """One answer of the server."""
        for handle, value, status, source in answer.changes:
            self.changes += 1
            if status:
                self.overflows += bool(status & OVERFLOW)
                self.bad += bool(status >> 30)
            if value is None:
                continue
            number, before = round(value), self.last.get(handle)
            self.last[handle] = number
            if before is None:
                self._times[handle] = source
                continue  # what was there when the item was made: others may have got it as an older value
            self.skipped += number != before + 1
            self.timeless += source <= self._times[handle]
            self._times[handle] = source
            self.ledger.contradictions += self.ledger.stamps[handle].setdefault(number, source) != source

    def told(self) -> dict[str, Any]:
        """As plain data."""
        faults = {"skipped": self.skipped, "overflows": self.overflows, "bad": self.bad, "timeless": self.timeless}
        return {"changes": self.changes, "items": len(self.last), **faults}
