"""Who may speak to the page: programs of this machine, and pages that this page itself has served.

viser answers whoever connects. A page from elsewhere, open in the same browser, could connect to it too, or come by a
name of its own that points at this machine: both are turned away by what a browser says of where a request comes from.
Nothing that the page loads may come from elsewhere, which browsers are told as well.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import websockets.asyncio.server as served
from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response

LOOPBACK = "127.0.0.1"
POLICY = (
    "default-src 'self' data: blob:; script-src 'self' 'unsafe-inline' 'unsafe-eval' 'wasm-unsafe-eval' blob: data:; "
    "style-src 'self' 'unsafe-inline'; worker-src 'self' blob: data:; connect-src 'self' {ws} data: blob:; "
    "frame-ancestors {framed}; form-action 'none'; base-uri 'none'"
)
Answer = Callable[[ServerConnection, Request], Response | None]


def refusal(headers: Any, port: int) -> str | None:
    """Why a request with these headers is turned away; None: it is not."""
    hosts = {f"{name}:{port}" for name in (LOOPBACK, "localhost")}
    host, origin = headers.get("Host"), headers.get("Origin")
    if host not in hosts:
        return "the page is served under the address of this machine's loopback alone"
    if origin is not None and origin != f"http://{host}":
        return "a page from elsewhere may not speak to this one"
    return None


class _Guarded(served.serve):
    """The server that viser makes, behind the guard; see ``PageOptions.alive``."""

    alive = 20.0
    framed = "'none'"

    def __init__(
        self, handler: Any, host: str, port: int, *, process_request: Answer | None = None, **given: Any
    ) -> None:
        def answer(connection: ServerConnection, request: Request) -> Response | None:
            bound = connection.transport.get_extra_info("sockname")[1]
            why = refusal(request.headers, bound)
            if why is not None:
                return connection.respond(HTTPStatus.FORBIDDEN, f"{why}\n")
            response = None if process_request is None else process_request(connection, request)
            if response is not None:
                policy = POLICY.format(ws=f"ws://{request.headers['Host']}", framed=self.framed)
                response.headers["Content-Security-Policy"] = policy
                response.headers["X-Content-Type-Options"] = "nosniff"
                response.headers["Referrer-Policy"] = "no-referrer"
            return response

        given |= {"ping_interval": self.alive, "ping_timeout": self.alive, "close_timeout": self.alive}
        super().__init__(handler, host, port, process_request=answer, **given)


def install(alive: float, framed_by: str = "") -> None:
    """From now on every WebSocket server of this process stands behind the guard. For the page's process alone.

    ``framed_by``: origins that may show the page inside theirs, with spaces between them; none without it.
    """
    _Guarded.alive, _Guarded.framed = alive, framed_by or "'none'"
    served.serve = _Guarded  # type: ignore[assignment,misc]
