"""Access to the page: only for programs of this machine and for pages that this server has served.

viser accepts every connection. A foreign page in the same browser could connect to it, directly or under a host name of
its own that resolves to this machine (DNS rebinding). The guard refuses both by the headers ``Origin`` and ``Host``. A
content security policy forbids the page to load anything from elsewhere. ``visitors`` bounds the connections.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import websockets.asyncio.server as served
from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response

from cellkit.view.visitors import LONGEST, VIEWERS, Visitors

LOOPBACK = "127.0.0.1"
POLICY = (
    "default-src 'self' data: blob:; script-src 'self' 'unsafe-inline' 'unsafe-eval' 'wasm-unsafe-eval' blob: data:; "
    "style-src 'self' 'unsafe-inline'; worker-src 'self' blob: data:; connect-src 'self' {ws} data: blob:; "
    "frame-ancestors {framed}; form-action 'none'; base-uri 'none'"
)
Answer = Callable[[ServerConnection, Request], Response | None]


def refusal(headers: Any, port: int) -> str | None:
    """Return the reason why a request with these headers is refused, or None."""
    hosts = {f"{name}:{port}" for name in (LOOPBACK, "localhost")}
    host, origin = headers.get("Host"), headers.get("Origin")
    if host not in hosts:
        return "the page is served at this machine's loopback address alone: use http://127.0.0.1 with the page's port"
    if origin is not None and origin != f"http://{host}":
        return "a page from elsewhere must not connect to this one"
    return None


class _Guarded(served.serve):
    """The WebSocket server that viser creates, behind the guard; ``alive`` as in ``PageOptions``."""

    alive = 20.0
    framed = "'none'"

    def __init__(
        self, handler: Any, host: str, port: int, *, process_request: Answer | None = None, **options: Any
    ) -> None:
        visitors = Visitors()

        def answer(connection: ServerConnection, request: Request) -> Response | None:
            bound = connection.transport.get_extra_info("sockname")[1]
            reason = refusal(request.headers, bound)
            if reason is not None:
                return connection.respond(HTTPStatus.FORBIDDEN, f"{reason}\n")
            response = None if process_request is None else process_request(connection, request)
            if response is not None:
                policy = POLICY.format(ws=f"ws://{request.headers['Host']}", framed=self.framed)
                response.headers["Content-Security-Policy"] = policy
                response.headers["X-Content-Type-Options"] = "nosniff"
                response.headers["Referrer-Policy"] = "no-referrer"
            elif not visitors.promote(connection):
                return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, f"the page has {VIEWERS} viewers already\n")
            return response

        options |= {"ping_interval": self.alive, "ping_timeout": self.alive, "close_timeout": self.alive}
        options |= {"max_size": LONGEST, "create_connection": visitors.connection}
        super().__init__(handler, host, port, process_request=answer, **options)


def install(alive: float, framed_by: str = "") -> None:
    """Put every WebSocket server that this process creates from now on behind the guard. For the page's process alone.

    ``framed_by``: origins of pages that may embed the page, separated by spaces; empty: none.
    """
    _Guarded.alive, _Guarded.framed = alive, framed_by or "'none'"
    served.serve = _Guarded  # type: ignore[assignment,misc]
