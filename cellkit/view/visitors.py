"""The bounds of the connections to the page: of those that do not become viewers, the oldest makes room."""

from __future__ import annotations

import asyncio
from typing import Any

from typing_extensions import override
from websockets.asyncio.server import ServerConnection

CONNECTIONS = 60
"""Largest number of connections that are not viewers."""
VIEWERS = 40
"""Largest number of viewers."""
LONGEST = 1024 * 1024
"""Number of bytes of a viewer's message at most; a viewer sends values of controls and its camera."""


class Visitors:
    """The connections of one server."""

    def __init__(self) -> None:
        self._waiting: list[Visitor] = []
        self._viewers: set[Visitor] = set()

    def connection(self, *given: Any, **options: Any) -> ServerConnection:
        """Make the connection of a new visitor."""
        return Visitor(self, *given, **options)

    def add(self, visitor: Visitor) -> None:
        """Admit a connection; if there are too many, close the oldest without a request, or else the oldest."""
        if len(self._waiting) >= CONNECTIONS:
            oldest = next((other for other in self._waiting if other.request is None), self._waiting[0])
            self._waiting.remove(oldest)
            oldest.transport.abort()
        self._waiting.append(visitor)

    def promote(self, visitor: ServerConnection) -> bool:
        """Let a connection become a viewer; return whether there is room."""
        if len(self._viewers) >= VIEWERS:
            return False
        assert isinstance(visitor, Visitor)
        if visitor in self._waiting:
            self._waiting.remove(visitor)
        self._viewers.add(visitor)
        return True

    def remove(self, visitor: Visitor) -> None:
        """Forget a connection that has ended."""
        if visitor in self._waiting:
            self._waiting.remove(visitor)
        self._viewers.discard(visitor)


class Visitor(ServerConnection):
    """A connection that is bounded together with the others of its server."""

    def __init__(self, visitors: Visitors, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self._visitors = visitors

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._visitors.add(self)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._visitors.remove(self)
        super().connection_lost(exc)
