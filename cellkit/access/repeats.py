"""Counts repeated refusals, so that the audit log has one line for many of them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

INTERVAL = 60.0
"""s in which equal refusals become one line."""
KINDS = 50
"""Refusals of one interval with lines of their own, by event, user, address and certificate; the rest share a line."""
FOLDED = frozenset(
    {"log-in refused", "login refused", "session refused", "certificate refused", "call refused", "write refused"}
)
"""The events that are counted. A client can cause them without end and without a right."""

Entry = dict[str, Any]


@dataclass(slots=True)
class _Kind:
    entry: Entry
    began: float
    repeats: int = 0


class Repeats:
    """The refusals of the present interval. ``clock`` in s."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kinds: dict[tuple[str, ...], _Kind] = {}

    def is_repeat(self, entry: Entry) -> bool:
        """Return whether the entry only repeats one of this interval; a repeat is counted."""
        if entry["what"] not in FOLDED:
            return False
        address = str(entry.get("peer", "")).rpartition(":")[0]
        key: tuple[str, ...] = (
            entry["what"],
            str(entry.get("user", "")),
            address,
            str(entry.get("thumbprint", "")),
        )
        if key not in self._kinds and len(self._kinds) >= KINDS:
            key = (entry["what"],)
            entry = {"time": entry["time"], "what": entry["what"], "user": "(several)"}
        kind = self._kinds.get(key)
        if kind is None:
            self._kinds[key] = _Kind(entry, self._clock())
            return False
        kind.repeats += 1
        return True

    def due(self, everything: bool = False) -> list[Entry]:
        """Return a line for each kind whose interval is over and that was repeated, and begin anew."""
        now, lines = self._clock(), []
        for key, kind in list(self._kinds.items()):
            if everything or now - kind.began >= INTERVAL:
                del self._kinds[key]
                if kind.repeats:
                    lines.append(kind.entry | {"since": kind.entry["time"], "repeated": kind.repeats})
        return lines
