"""The HTTP application of the page: log-in, static files, stop, and the WebSocket ``/line`` for everything else."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from cellkit.access.login import LoginRefused
from cellkit.jsontext import read_json
from cellkit.transport.http_server import App, Receive, Scope, Send
from cellkit.view.commissioning.conversation import Conversation
from cellkit.view.commissioning.frontend import Frontend
from cellkit.view.commissioning.sessions import LoginSession
from cellkit.view.guard import refusal

KEY_HEADER = "X-Cellkit-Key"
"""The header with the page's key, needed for every request that acts: a foreign page does not know the key."""
MAX_BODY = 4096  # bytes
PAGES_PER_USER = 10
"""The open pages of one user, so that no user takes the places of others."""
_KEY_TIMEOUT = 5.0  # s in which a page must send its key
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self' ws://{host}; "
    "frame-src {view}; frame-ancestors 'none'; form-action 'none'; base-uri 'none'"
)
_FILES: Mapping[str, tuple[str, str]] = {
    "/": ("page.html", "text/html; charset=utf-8"),
    "/page.js": ("page.js", "text/javascript; charset=utf-8"),
    "/hold.js": ("hold.js", "text/javascript; charset=utf-8"),
    "/line.js": ("line.js", "text/javascript; charset=utf-8"),
    "/devices.js": ("devices.js", "text/javascript; charset=utf-8"),
    "/page.css": ("page.css", "text/css; charset=utf-8"),
}


def make_app(frontend: Frontend, view: str) -> App:
    """Return the application behind its guard. ``view``: address of the embedded live view; empty: none."""
    site = _Site(frontend, view)
    routes: list[Any] = [Route(path, site.file, methods=["GET"]) for path in _FILES]
    routes += [Route(f"/{name}", getattr(site, name), methods=["POST"]) for name in ("login", "logout", "stop")]
    routes.append(WebSocketRoute("/line", site.line))
    return _guarded(Starlette(routes=routes), view)


class _Site:
    def __init__(self, frontend: Frontend, view: str) -> None:
        self._frontend = frontend
        self._view = view
        self._pages: Counter[str] = Counter()

    async def file(self, request: Request) -> Response:
        """Send one of the page's own files."""
        name, kind = _FILES[request.url.path]
        return Response(_content(name), media_type=kind)

    async def login(self, request: Request) -> Response:
        """Log in by name and password (JSON), set the cookie, and answer the page's key."""
        sessions = self._frontend.sessions
        if sessions is None:
            return PlainTextResponse("this page has no log-in: it was started with --insecure-loopback", 403)
        body = await _json(request)
        if body is None or not all(isinstance(body.get(key), str) for key in ("name", "password")):
            return PlainTextResponse("the request must hold a name and a password", 400)
        try:
            session = await sessions.log_in(body["name"], body["password"], _peer(request.scope))
        except LoginRefused:
            return PlainTextResponse("log-in refused", 403)
        answer = JSONResponse({"key": session.key})
        answer.set_cookie(_cookie_name(request.scope), session.cookie, httponly=True, samesite="strict", path="/")
        return answer

    async def logout(self, request: Request) -> Response:
        """End the session."""
        session = self._session(request)
        if session is None or self._frontend.sessions is None:
            return PlainTextResponse("not logged in", 403)
        self._frontend.sessions.close(session, "logged out")
        answer = PlainTextResponse("logged out")
        answer.delete_cookie(_cookie_name(request.scope), httponly=True, samesite="strict", path="/")
        return answer

    async def stop(self, request: Request) -> Response:
        """Stop everything that moves (functional stop), for a page with a session and a broken WebSocket."""
        session = self._session(request)
        if session is None:
            return PlainTextResponse("not logged in", 403)
        answer = await self._frontend.ask(session, "stop", {"device": ""})
        return JSONResponse(answer, 502 if "refused" in answer else 200)

    def _session(self, request: Request) -> LoginSession | None:
        sessions = self._frontend.sessions
        if sessions is None:
            return None
        return sessions.find(request.cookies.get(_cookie_name(request.scope)), request.headers.get(KEY_HEADER))

    async def line(self, socket: WebSocket) -> None:
        """Run the conversation with a page, which must send its key first."""
        await socket.accept()
        sessions, session = self._frontend.sessions, None
        if sessions is not None:
            try:
                async with asyncio.timeout(_KEY_TIMEOUT):
                    greeting = read_json(await socket.receive_text())
            except (TimeoutError, ValueError, KeyError, RecursionError, WebSocketDisconnect):
                greeting = None
            key = greeting.get("key") if isinstance(greeting, dict) else None
            cookie = socket.cookies.get(_cookie_name(socket.scope))
            session = sessions.find(cookie, key if isinstance(key, str) else None)
            if session is None:
                await socket.close(4003, "not logged in")
                return
        user = "" if session is None else session.caller.user
        if user and self._pages[user] >= PAGES_PER_USER:
            await socket.close(4008, "too many open pages of this user")
            return
        self._pages[user] += 1
        try:
            await Conversation(self._frontend, socket, session, self._view).run()
        finally:
            self._pages[user] -= 1
            if not self._pages[user]:
                del self._pages[user]


def _guarded(app: App, view: str) -> App:
    """Refuse requests that are not from this page on this machine, and set the headers that isolate the page."""

    async def guard(scope: Scope, receive: Receive, send: Send) -> None:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        titled = {name.title(): value for name, value in headers.items()}
        reason = refusal(titled, scope["server"][1])
        acts = scope["type"] == "websocket" or scope["method"] not in ("GET", "HEAD")
        if reason is None and acts and "Origin" not in titled:
            reason = "a request that acts must have the header Origin"
        if reason is not None:
            await _refuse(scope, receive, send, reason)
            return

        async def send_isolated(message: Any) -> None:
            if message["type"] == "http.response.start":
                policy = _POLICY.format(host=titled["Host"], view=view or "'none'")
                message["headers"] = [*message["headers"], *_headers(policy)]
            await send(message)

        await app(scope, receive, send_isolated)

    return guard


async def _refuse(scope: Scope, receive: Receive, send: Send, reason: str) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 4003})
    else:
        await PlainTextResponse(reason, 403)(scope, receive, send)


def _headers(policy: str) -> list[tuple[bytes, bytes]]:
    return [
        (b"content-security-policy", policy.encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"no-referrer"),
        (b"cache-control", b"no-store"),
        (b"cross-origin-opener-policy", b"same-origin"),
        (b"cross-origin-resource-policy", b"same-origin"),
    ]


async def _json(request: Request) -> dict[str, Any] | None:
    body = await request.body()
    if len(body) > MAX_BODY or request.headers.get("Content-Type", "").partition(";")[0] != "application/json":
        return None
    try:
        content = read_json(body)
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def _cookie_name(scope: Scope) -> str:
    """Return the cookie's name, with the port: browsers send cookies of an address to all its ports."""
    return f"cellkit_{scope['server'][1]}"


def _peer(scope: Scope) -> str:
    host, port = scope["client"]
    return f"{host}:{port}"


@cache
def _content(name: str) -> bytes:
    return files("cellkit.view.commissioning").joinpath("static", name).read_bytes()
