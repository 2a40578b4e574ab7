"""HTTP of a virtual controller: log-in, media types, dispatch; what the requests do is in ``virtual_rws``."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias
from urllib.parse import parse_qsl

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.routing import Route

from cellkit_abb.protocol.errors import INVALID_PARAMETER, NOT_ACCEPTABLE, RESOURCE_NOT_FOUND, Refusal
from cellkit_abb.protocol.rws import Item, failure_1, failure_2, failure_xhtml, json_1, json_2, xhtml
from cellkit_abb.virtual_access import ClientSession, Gate, RequestRefused, Sessions, TooManySessions

PAGE = 100  # items of a list in one answer of RWS 2.0
_FORM_2 = "application/x-www-form-urlencoded;v=2.0"
_HAL = "application/hal+json;v=2.0"
_XHTML_1, _XHTML_2 = "application/xhtml+xml", "application/xhtml+xml;v=2.0"


class Form:
    """The fields of a request; every one has to be taken, or the request is refused."""

    def __init__(self, text: str) -> None:
        self._fields: dict[str, list[str]] = {}
        for name, value in parse_qsl(text, keep_blank_values=True):
            self._fields.setdefault(name, []).append(value)

    def take(self, name: str, choices: Sequence[str] = (), default: str | None = None) -> str:
        """One field. Raises ``RequestRefused`` when it is missing, given twice or none of ``choices``."""
        values = self._fields.pop(name, [] if default is None else [default])
        if len(values) != 1 or (choices and values[0] not in choices):
            raise RequestRefused(INVALID_PARAMETER, f"{name}={','.join(values)}")
        return values[0]

    def take_all(self, name: str) -> list[str]:
        """All values of a field."""
        return self._fields.pop(name, [])

    def done(self) -> None:
        """Raise ``RequestRefused`` for fields that nobody knows."""
        if self._fields:
            raise RequestRefused(INVALID_PARAMETER, ",".join(self._fields))


@dataclass(slots=True)
class Call:
    """A request of a client that has logged in."""

    session: ClientSession
    path: Mapping[str, str]
    query: Mapping[str, str]
    form: Form
    body: bytes
    host: str


@dataclass(slots=True)
class Answer:
    """What is answered: items; ``listed`` as a list of resources, or raw ``data`` of a file."""

    items: Sequence[Item] = ()
    listed: bool = False
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    links: Sequence[tuple[str, str]] = ()
    data: bytes | None = None
    xhtml: bool = False


NOTHING = Answer(status=204)
Operation: TypeAlias = Callable[[Call], Awaitable[Answer]]


class Web:
    """The front of either generation. ``hal``: RWS 2.0 with its media types, else RWS 1.0 with ``?json=1``."""

    def __init__(self, gate: Gate, sessions: Sessions, hal: bool) -> None:
        self._gate = gate
        self._sessions = sessions
        self._hal = hal

    def route(self, path: str, **operations: Operation) -> Route:
        """A resource; operations by ``GET``, ``POST``, or ``POST_action`` for one that the query names."""

        async def endpoint(request: Request) -> Response:
            return await self._respond(request, operations)

        return Route(path, endpoint, methods=["GET", "POST", "PUT", "DELETE"])

    async def nothing_here(self, request: Request, _error: Exception) -> Response:
        """There is no such resource."""
        return self._refuse(request, RESOURCE_NOT_FOUND)

    async def _respond(self, request: Request, operations: Mapping[str, Operation]) -> Response:
        session = self._sessions.find(cookies(request))
        new = session is None
        if session is None:
            if not self._gate.admits(request.method, request.headers.get("authorization", "")):
                challenge = {"WWW-Authenticate": self._gate.challenge()}
                return Response("log in first", 401, challenge, "text/plain")
            try:
                session = self._sessions.open(request.client.host if request.client else "")
            except TooManySessions:
                return Response("too many sessions", 503, media_type="text/plain")
        try:
            response = self._render(request, await self._perform(request, session, operations))
        except RequestRefused as refused:
            response = self._refuse(request, refused.refusal, refused.detail)
        if new:
            for name, value in session.cookies.items():
                response.headers.append("Set-Cookie", f"{name}={value}; path=/; httponly")
        return response

    async def _perform(self, request: Request, session: ClientSession, operations: Mapping[str, Operation]) -> Answer:
        method, action = request.method, request.query_params.get("action")
        if self._hal:
            self._check_media(request)
        operation = operations.get(f"{method}_{action.replace('-', '_')}" if action else method)
        if operation is None:
            raise RequestRefused(INVALID_PARAMETER, f"{method} with action {action}" if action else method)
        body = await request.body()
        form = Form(body.decode("utf-8", "replace") if method == "POST" else "")
        host = request.headers.get("host", "")
        call = Call(session, request.path_params, request.query_params, form, body, host)
        return await operation(call)

    def _check_media(self, request: Request) -> None:
        accepted = request.headers.get("accept", "*/*").replace(" ", "")
        if not any(kind in accepted for kind in (_HAL, _XHTML_2, "*/*")):
            raise RequestRefused(NOT_ACCEPTABLE, accepted)
        if request.method == "POST" and request.headers.get("content-type", "").replace(" ", "") != _FORM_2:
            raise RequestRefused(NOT_ACCEPTABLE, request.headers.get("content-type", "no content type"))

    def _wants_json(self, request: Request) -> bool:
        if self._hal:
            return _HAL in request.headers.get("accept", "").replace(" ", "")
        return request.query_params.get("json") == "1"

    def _render(self, request: Request, answer: Answer) -> Response:
        headers, base = dict(answer.headers), str(request.base_url)
        if answer.data is not None:
            return Response(answer.data, answer.status, headers, "application/octet-stream")
        if answer.status == 204:
            return Response(None, 204, headers)
        if answer.xhtml or not self._wants_json(request):
            text = xhtml(base, answer.items, answer.links)
            return _typed(text, answer.status, headers, _XHTML_2 if self._hal else _XHTML_1)
        if not self._hal:
            return _typed(json_1(base, answer.items), answer.status, headers, "application/json")
        items, after = answer.items, ""
        if answer.listed:
            items, after = self._page(request, items)
        return _typed(json_2(base, items, answer.listed, after), answer.status, headers, _HAL)

    def _page(self, request: Request, items: Sequence[Item]) -> tuple[Sequence[Item], str]:
        try:
            start = int(request.query_params.get("start", "0"))
            limit = min(PAGE, int(request.query_params.get("limit", str(PAGE))))
        except ValueError:
            raise RequestRefused(INVALID_PARAMETER, str(request.query_params)) from None
        if start < 0 or limit < 1:
            raise RequestRefused(INVALID_PARAMETER, str(request.query_params))
        end = start + limit
        name = request.url.path.rpartition("/")[2]
        return items[start:end], f"{name}?start={end}&limit={limit}" if end < len(items) else ""

    def _refuse(self, request: Request, refusal: Refusal, detail: str = "") -> Response:
        base = str(request.base_url)
        if not self._wants_json(request):
            kind = _XHTML_2 if self._hal else _XHTML_1
            return _typed(failure_xhtml(base, refusal, detail), refusal.status, {}, kind)
        if self._hal:
            return _typed(failure_2(base, refusal, detail), refusal.status, {}, _HAL)
        return _typed(failure_1(base, refusal, detail), refusal.status, {}, "application/json")


def _typed(text: str, status: int, headers: Mapping[str, str], kind: str) -> Response:
    # Given as a header, or starlette would add a character set; clients compare the whole of it.
    return Response(text.encode(), status, {**headers, "Content-Type": kind})


def cookies(connection: HTTPConnection) -> dict[str, str]:
    """The cookies of a request; ABB's have names that the standard library's parser does not take."""
    pairs = (part.strip().partition("=") for part in connection.headers.get("cookie", "").split(";"))
    return {name: value for name, _, value in pairs if name}
