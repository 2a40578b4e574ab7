"""A browser without a window: its requests to the commissioning page, and the answers."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Callable
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

from cellkit.access.audit import AuditLog
from cellkit.access.journal import Journal
from cellkit.access.login import PasswordLogin
from cellkit.access.settings import LoginLimits, audit_file, lockout_file
from cellkit.access.users import UserDirectory, users_file
from cellkit.supervision.cell_line import CellLine, CellRefused
from cellkit.view.commissioning.app import make_app
from cellkit.view.commissioning.frontend import Frontend
from cellkit.view.commissioning.sessions import LoginSession, Sessions
from cellkit.view.commissioning.state_cache import StateCache

PASSWORD = "a long enough password"  # of users that live for one test
USERS = {"vera": "observer", "otto": "operator", "emma": "operator", "boss": "admin"}
PORT = 8807
HOST = f"127.0.0.1:{PORT}"
VIEW = "http://127.0.0.1:8808"


def make_state(folder: Path) -> Path:
    """Fill a state folder with users of every role."""
    users = UserDirectory(users_file(folder))
    for name, role in USERS.items():
        users.add(name, role, password=PASSWORD)
    return folder


class VirtualLine(CellLine):
    """A line to a virtual cell, which stores all requests and refuses those in ``refuses``."""

    def __init__(self) -> None:
        self.is_open = True
        self.asked: list[tuple[str, str, dict[str, Any]]] = []
        self.refuses: dict[str, str] = {}

    async def request(self, name: str, user: str, session: str, arguments: Any) -> dict[str, Any]:
        self.asked.append((name, user, dict(arguments)))
        if name in self.refuses:
            raise CellRefused("not owner", self.refuses[name], None)
        return {"job": "job-1"} if name in ("jog", "command", "run_program") else {}


class Site:
    """A page that is served without a network."""

    def __init__(
        self,
        state: Path,
        line: CellLine,
        cache: StateCache | None = None,
        *,
        insecure: bool = False,
        idle: float = 900.0,
        clock: Callable[[], float] | None = None,
    ) -> None:
        self.state = state
        self.cache = cache or StateCache()
        self.users = UserDirectory(users_file(state))
        self.journal = Journal(AuditLog(audit_file(state)))
        self.login = PasswordLogin(self.users, LoginLimits(), lockout_file(state))
        clock = clock or asyncio.get_running_loop().time
        self.sessions = Sessions(self.users, self.login, self.journal, idle, clock)
        self.closed: list[str] = []
        self.sessions.on_closed = lambda session: self.closed.append(session.id)
        self.frontend = Frontend(line, self.cache, None if insecure else self.sessions, self.journal)
        self.app = make_app(self.frontend, VIEW)

    def audited(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in audit_file(self.state).read_text().splitlines()]

    def browser(self) -> Browser:
        return Browser(self)


class Answer:
    """An HTTP answer."""

    def __init__(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
        self.status = status
        self.headers = {name.decode().lower(): value.decode() for name, value in headers}
        self.body = body


class Browser:
    """One browser with its cookies, and one tab with its key."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.cookies: dict[str, str] = {}
        self.key: str | None = None
        self.headers: dict[str, str | None] = {"Host": HOST, "Origin": f"http://{HOST}"}

    def _scope(self, kind: str, method: str, path: str, more: dict[str, str | None]) -> dict[str, Any]:
        headers = self.headers | more
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {
            "type": kind,
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http" if kind == "http" else "ws",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": [
                (name.lower().encode(), value.encode()) for name, value in headers.items() if value is not None
            ],
            "client": ("127.0.0.1", 50000),
            "server": ("127.0.0.1", PORT),
            "subprotocols": [],
        }

    async def ask(self, method: str, path: str, body: bytes = b"", **more: str | None) -> Answer:
        """Send one HTTP request; ``more``: headers with _ for -; None removes a header."""
        sent: list[Any] = []
        coming: list[Any] = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> Any:
            return coming.pop() if coming else {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(message)

        headers = {name.replace("_", "-"): value for name, value in more.items()}
        await self.site.app(self._scope("http", method, path, headers), receive, send)
        start = next(one for one in sent if one["type"] == "http.response.start")
        content = b"".join(one.get("body", b"") for one in sent if one["type"] == "http.response.body")
        answer = Answer(start["status"], list(start["headers"]), content)
        for name, morsel in SimpleCookie(answer.headers.get("set-cookie", "")).items():
            self.cookies[name] = morsel.value
        return answer

    async def post(self, path: str, body: Any, **more: str | None) -> Answer:
        headers: dict[str, str | None] = {"Content_Type": "application/json", "X_Cellkit_Key": self.key}
        return await self.ask("POST", path, json.dumps(body).encode(), **(headers | more))

    async def log_in(self, name: str, password: str = PASSWORD) -> int:
        answer = await self.post("/login", {"name": name, "password": password})
        if answer.status == 200:
            self.key = json.loads(answer.body)["key"]
        return answer.status

    def session(self) -> LoginSession:
        session = self.site.sessions.find(next(iter(self.cookies.values())), self.key)
        assert session is not None
        return session

    def page(self, **more: str | None) -> Page:
        return Page(self, {name.replace("_", "-"): value for name, value in more.items()})


class Page:
    """An open page with its WebSocket."""

    def __init__(self, browser: Browser, more: dict[str, str | None]) -> None:
        self._scope = browser._scope("websocket", "GET", "/line", more)
        self._browser = browser
        self._up: asyncio.Queue[Any] = asyncio.Queue()
        self._down: asyncio.Queue[Any] = asyncio.Queue()
        self._numbers = itertools.count(1)
        self.received: list[dict[str, Any]] = []
        self.code: int | None = None
        self.reading = True

    async def __aenter__(self) -> Page:
        self._up.put_nowait({"type": "websocket.connect"})
        self._task = asyncio.ensure_future(self._browser.site.app(self._scope, self._up.get, self._send))
        if self._browser.key is not None:
            self.say({"key": self._browser.key})
        return self

    async def __aexit__(self, *_exception: object) -> None:
        self._up.put_nowait({"type": "websocket.disconnect", "code": 1001})
        await asyncio.wait({self._task}, timeout=30)
        assert self._task.done()
        self._task.result()

    async def _send(self, message: Any) -> None:
        while not self.reading:  # noqa: ASYNC110 - a reader that takes nothing
            await asyncio.sleep(0.05)
        if message["type"] == "websocket.close":
            self.code = message["code"]
        self._down.put_nowait(message)

    def say(self, message: Any) -> None:
        text = message if isinstance(message, str) else json.dumps(message)
        self._up.put_nowait({"type": "websocket.receive", "text": text})

    async def until(self, wanted: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
        """Return the next message that is ``wanted``; news are separate messages."""
        async with asyncio.timeout(600):
            while True:
                message = await self._down.get()
                if message["type"] != "websocket.send":
                    continue
                content: dict[str, Any] = json.loads(message["text"])
                for item in content["news"] if content["kind"] == "news" else [content]:
                    self.received.append(item)
                    if wanted(item):
                        return item

    async def kind(self, kind: str) -> dict[str, Any]:
        return await self.until(lambda one: one["kind"] == kind)

    async def ask(self, name: str, **values: Any) -> dict[str, Any]:
        """Send a request and return the answer of the cell or of the page's server."""
        number = next(self._numbers)
        self.say({"ask": name, "with": values, "number": number})
        return await self.until(lambda one: one["kind"] == "answer" and one["number"] == number)

    async def closed(self) -> int:
        """Wait until the server closes the WebSocket, and return the code."""
        await asyncio.wait({self._task}, timeout=30)
        assert self.code is not None
        return self.code
