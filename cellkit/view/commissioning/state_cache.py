"""What the cell has told so far: the newest of everything, for pages that come at any time and read at any speed."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, TypeAlias

Message: TypeAlias = Mapping[str, Any]

JOBS, TROUBLES = 40, 20
"""Newest ones that are kept."""
_ONE = frozenset({"owner", "task", "line", "production", "left_out"})
_BY = {"readings": "device", "operation": "device", "alarm": "name", "job": "id"}
_MOST = {"job": JOBS, "trouble": TROUBLES}


class StateCache:
    """Keeps one message a subject, with the number of its change; a page asks for what is newer than it has."""

    def __init__(self) -> None:
        self.version = 0
        self.description: Message = {}
        self._kept: OrderedDict[tuple[str, str], tuple[int, Message]] = OrderedDict()
        self._waiting: set[asyncio.Event] = set()

    def take(self, message: Message) -> None:
        """One message of the cell."""
        kind = str(message["kind"])
        if kind == "description":
            self.description = message["cell"]
            return
        if kind in _ONE:
            key = (kind, "")
        elif kind in _BY:
            key = (kind, str(message[_BY[kind]]))
        elif kind == "trouble":
            key = (kind, str(self.version))
        else:
            return
        self.version += 1
        self._kept[key] = (self.version, message)
        most = _MOST.get(kind)
        if most is not None:
            same = [one for one in self._kept if one[0] == kind]
            for one in same[: max(0, len(same) - most)]:
                del self._kept[one]
        for event in self._waiting:
            event.set()

    def since(self, version: int) -> list[Message]:
        """What is newer than that, the oldest first."""
        newer = [entry for entry in self._kept.values() if entry[0] > version]
        return [message for _, message in sorted(newer, key=lambda entry: entry[0])]

    def owner(self) -> Message:
        """Who has command, as the cell last told."""
        found = self._kept.get(("owner", ""))
        return {} if found is None else found[1]

    async def changed(self, version: int) -> None:
        """Wait until there is something newer than that."""
        event = asyncio.Event()
        self._waiting.add(event)
        try:
            while self.version <= version:
                event.clear()
                await event.wait()
        finally:
            self._waiting.discard(event)
