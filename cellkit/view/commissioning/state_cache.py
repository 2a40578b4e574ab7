"""The newest state of the cell, for pages that connect at any time and read at any speed."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, TypeAlias

Message: TypeAlias = Mapping[str, Any]

JOBS, TROUBLES = 40, 20
"""Number of newest messages that are stored."""
_SINGLE = frozenset({"owner", "task", "line", "production", "left_out"})
_KEY_FIELDS = {"readings": "device", "operation": "device", "alarm": "name", "job": "id"}
_LIMITS = {"job": JOBS, "trouble": TROUBLES}


class StateCache:
    """A cache of the newest message of each subject, with a version; pages ask for messages newer than theirs."""

    def __init__(self) -> None:
        self.version = 0
        self.description: Message = {}
        self._stored: OrderedDict[tuple[str, str], tuple[int, Message]] = OrderedDict()
        self._waiting: set[asyncio.Event] = set()

    def take(self, message: Message) -> None:
        """Store one message of the cell."""
        kind = str(message["kind"])
        if kind == "description":
            self.description = message["cell"]
            return
        if kind in _SINGLE:
            key = (kind, "")
        elif kind in _KEY_FIELDS:
            key = (kind, str(message[_KEY_FIELDS[kind]]))
        elif kind == "trouble":
            key = (kind, str(self.version))
        else:
            return
        self.version += 1
        self._stored[key] = (self.version, message)
        limit = _LIMITS.get(kind)
        if limit is not None:
            same = [key for key in self._stored if key[0] == kind]
            for key in same[: max(0, len(same) - limit)]:
                del self._stored[key]
        for event in self._waiting:
            event.set()

    def since(self, version: int) -> list[Message]:
        """Return the messages newer than ``version``, the oldest first."""
        newer = [entry for entry in self._stored.values() if entry[0] > version]
        return [message for _, message in sorted(newer, key=lambda entry: entry[0])]

    def owner(self) -> Message:
        """Return the newest message about the owner of command; empty before the first."""
        entry = self._stored.get(("owner", ""))
        return {} if entry is None else entry[1]

    async def changed(self, version: int) -> None:
        """Wait for a message newer than ``version``."""
        event = asyncio.Event()
        self._waiting.add(event)
        try:
            while self.version <= version:
                event.clear()
                await event.wait()
        finally:
            self._waiting.discard(event)
