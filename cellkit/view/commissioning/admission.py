"""The admission of connections to the page: connections without a request make room, and Stop always has a place.

A connection is a *page* once it receives the cell's news, which needs a log-in. Pages take at most ``PAGES`` of the
``CONNECTIONS`` places. The other places are for requests, among them the request that stops; when they are full, the
oldest connection without a complete request is closed.
"""

from __future__ import annotations

import asyncio

from cellkit.errors import TransportError
from cellkit.transport.http_server import App, Message, Receive, Scope, Send, serve_http
from cellkit.transport.network import ByteStream

CONNECTIONS = 60
"""Largest number of connections at one time."""
PAGES = 40
"""Largest number of open pages."""
REQUEST_TIMEOUT = 10.0
"""s after which a silent connection that is not a page is closed."""
PAGE_TIMEOUT = 60.0
"""s after which a silent page is closed; an open page sends a message every second."""


class _Visitor:
    """One connection. Its reading fails after a time without data."""

    def __init__(self, stream: ByteStream) -> None:
        self._stream = stream
        self.local, self.peer = stream.local, stream.peer
        self.write, self.drain, self.close = stream.write, stream.drain, stream.close
        self.basis, self.far_basis = stream.basis, stream.far_basis
        self.is_page = False
        self.answering = False
        """Whether a complete HTTP request of this connection is being answered."""

    async def read(self) -> bytes:
        longest = PAGE_TIMEOUT if self.is_page else REQUEST_TIMEOUT
        try:
            async with asyncio.timeout(longest):
                return await self._stream.read()
        except TimeoutError:
            raise TransportError(f"no data for {longest:g} s") from None


class Admission:
    """Serves connections with an application, and bounds their number."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._visitors: list[_Visitor] = []

    async def serve(self, stream: ByteStream) -> None:
        """Serve one connection until it ends. Raises ``TransportError``."""
        if not self._make_room():
            return
        visitor = _Visitor(stream)
        self._visitors.append(visitor)

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            await self._answer(visitor, scope, receive, send)

        try:
            await serve_http(visitor, app)
        finally:
            if visitor in self._visitors:
                self._visitors.remove(visitor)

    def _make_room(self) -> bool:
        """Close the oldest connection without a request if all places are taken; return whether there is room."""
        if len(self._visitors) < CONNECTIONS:
            return True
        idle = next((visitor for visitor in self._visitors if not visitor.is_page and not visitor.answering), None)
        if idle is None:
            return False
        self._visitors.remove(idle)
        idle.close()
        return True

    async def _answer(self, visitor: _Visitor, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_to_page(message: Message) -> None:
            if message["type"] == "websocket.send" and not visitor.is_page:  # the first news: the page is logged in
                if sum(other.is_page for other in self._visitors) >= PAGES:
                    raise TransportError(f"{PAGES} pages are open already")
                visitor.is_page = True
            await send(message)

        if scope["type"] == "websocket":
            await self._app(scope, receive, send_to_page)
            return
        visitor.answering = True
        try:
            await self._app(scope, receive, send)
        finally:
            visitor.answering = False
