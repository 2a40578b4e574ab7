"""The page over HTTP: log-in, the page's own files, a stop, and the line on which everything else goes."""

from __future__ import annotations

import asyncio
import json
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
from cellkit.transport.http_server import App, Receive, Scope, Send
from cellkit.view.commissioning.conversation import Conversation
from cellkit.view.commissioning.frontend import Frontend
from cellkit.view.commissioning.sessions import LoginSession
from cellkit.view.guard import refusal

KEY_HEADER = "X-Cellkit-Key"
"""What the page says with every request that does something: a page from elsewhere does not know it."""
BODY = 4096  # bytes
_GREETING = 5.0  # s that a page has to say who it is
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


def make_app(face: Frontend, view: str) -> App:
    """The application, behind its guard. ``view``: address of the live view that is shown inside, empty: none."""
    site = _Site(face, view)
    routes: list[Any] = [Route(path, site.file, methods=["GET"]) for path in _FILES]
    routes += [Route(f"/{name}", getattr(site, name), methods=["POST"]) for name in ("login", "logout", "stop")]
    routes.append(WebSocketRoute("/line", site.line))
    return _guarded(Starlette(routes=routes), view)


class _Site:
    def __init__(self, face: Frontend, view: str) -> None:
        self._face = face
        self._view = view

    async def file(self, request: Request) -> Response:
        """One of the page's own files; there are no others."""
        name, kind = _FILES[request.url.path]
        return Response(_content(name), media_type=kind)

    async def login(self, request: Request) -> Response:
        """Name and password as JSON; the cookie is set, and the page's key is answered."""
        sessions = self._face.sessions
        if sessions is None:
            return PlainTextResponse("nobody logs in here", 403)
        said = await _json(request)
        if said is None or not all(isinstance(said.get(one), str) for one in ("name", "password")):
            return PlainTextResponse("a name and a password are expected", 400)
        try:
            session = await sessions.log_in(said["name"], said["password"], _peer(request.scope))
        except LoginRefused:
            return PlainTextResponse("not let in", 403)
        answer = JSONResponse({"key": session.key})
        answer.set_cookie(_cookie_name(request.scope), session.cookie, httponly=True, samesite="strict", path="/")
        return answer

    async def logout(self, request: Request) -> Response:
        """End the session."""
        session = self._session(request)
        if session is None or self._face.sessions is None:
            return PlainTextResponse("not logged in", 403)
        self._face.sessions.close(session, "logged out")
        answer = PlainTextResponse("logged out")
        answer.delete_cookie(_cookie_name(request.scope), httponly=True, samesite="strict", path="/")
        return answer

    async def stop(self, request: Request) -> Response:
        """A functional stop of everything that moves, for whoever is logged in; for pages whose line is broken."""
        session = self._session(request)
        if session is None:
            return PlainTextResponse("not logged in", 403)
        answer = await self._face.ask(session, "stop", {"device": ""})
        return JSONResponse(answer, 502 if "refused" in answer else 200)

    def _session(self, request: Request) -> LoginSession | None:
        sessions = self._face.sessions
        if sessions is None:
            return None
        return sessions.find(request.cookies.get(_cookie_name(request.scope)), request.headers.get(KEY_HEADER))

    async def line(self, socket: WebSocket) -> None:
        """What is new to the page, and what the page asks; the page says its key first."""
        await socket.accept()
        sessions, session = self._face.sessions, None
        if sessions is not None:
            try:
                async with asyncio.timeout(_GREETING):
                    said = json.loads(await socket.receive_text())
            except (TimeoutError, ValueError, KeyError, RecursionError, WebSocketDisconnect):
                said = None
            key = said.get("key") if isinstance(said, dict) else None
            cookie = socket.cookies.get(_cookie_name(socket.scope))
            session = sessions.find(cookie, key if isinstance(key, str) else None)
            if session is None:
                await socket.close(4003, "not logged in")
                return
        await Conversation(self._face, socket, session, self._view).run()


def _guarded(app: App, view: str) -> App:
    """Only this machine's own page speaks to it, and what it shows stays its own."""

    async def guard(scope: Scope, receive: Receive, send: Send) -> None:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        told = {name.title(): value for name, value in headers.items()}
        why = refusal(told, scope["server"][1])
        acts = scope["type"] == "websocket" or scope["method"] not in ("GET", "HEAD")
        if why is None and acts and "Origin" not in told:
            why = "a request that does something has to say where it comes from"
        if why is not None:
            await _refuse(scope, receive, send, why)
            return

        async def safe(message: Any) -> None:
            if message["type"] == "http.response.start":
                policy = _POLICY.format(host=told["Host"], view=view or "'none'")
                message["headers"] = [*message["headers"], *_headers(policy)]
            await send(message)

        await app(scope, receive, safe)

    return guard


async def _refuse(scope: Scope, receive: Receive, send: Send, why: str) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 4003})
    else:
        await PlainTextResponse(why, 403)(scope, receive, send)


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
    if len(body) > BODY or request.headers.get("Content-Type", "").partition(";")[0] != "application/json":
        return None
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None


def _cookie_name(scope: Scope) -> str:
    """Two pages of one machine have two cookies, though browsers do not tell ports apart."""
    return f"cellkit_{scope['server'][1]}"


def _peer(scope: Scope) -> str:
    host, port = scope["client"]
    return f"{host}:{port}"


@cache
def _content(name: str) -> bytes:
    return files("cellkit.view.commissioning").joinpath("static", name).read_bytes()
