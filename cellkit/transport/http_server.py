"""A small ASGI server over ``ByteStream``: HTTP/1.1 by h11, WebSocket by wsproto. One call serves one connection."""

from __future__ import annotations

import contextlib
import urllib.parse
from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any, Literal, TypeAlias

import h11
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, BytesMessage, CloseConnection, Ping, RejectConnection, Request, TextMessage
from wsproto.utilities import LocalProtocolError, RemoteProtocolError

from cellkit.errors import TransportError
from cellkit.transport.network import ByteStream

Message: TypeAlias = MutableMapping[str, Any]
Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

LARGEST_BODY = 1_000_000  # bytes of one request
_LARGEST_HEAD = 65536
_REASON_CLOSED = 1006  # RFC 6455: the connection ended without a closing frame


async def serve_http(stream: ByteStream, app: App, scheme: Literal["http", "https"] = "http") -> None:
    """Answer the requests of one client until it closes or violates HTTP.

    ``app`` is an ASGI 3 application; it receives whole bodies and no lifespan. Raises ``TransportError``.
    """
    await _Connection(stream, app, scheme).run()


class _Connection:
    def __init__(self, stream: ByteStream, app: App, scheme: str) -> None:
        self._stream = stream
        self._app = app
        self._scheme = scheme
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=_LARGEST_HEAD)

    async def run(self) -> None:
        try:
            while isinstance(request := await self._next(), h11.Request):
                if _wants_websocket(request):
                    await self._upgrade(request)
                    return
                await self._answer(request)
                if self._http.our_state is h11.MUST_CLOSE or self._http.their_state is h11.MUST_CLOSE:
                    return
                self._http.start_next_cycle()
        except h11.RemoteProtocolError as error:
            self._refuse(error.error_status_hint, str(error))
        except h11.LocalProtocolError as error:
            raise TransportError(f"HTTP: {error}") from None

    async def _next(self) -> Any:
        while (event := self._http.next_event()) is h11.NEED_DATA:
            self._http.receive_data(await self._stream.read())
        return event

    async def _answer(self, request: h11.Request) -> None:
        if self._http.they_are_waiting_for_100_continue:
            self._stream.write(self._http.send(h11.InformationalResponse(status_code=100, headers=[])) or b"")
        body = bytearray()
        while isinstance(part := await self._next(), h11.Data):
            body += part.data
            if len(body) > LARGEST_BODY:
                self._refuse(413, "the body is too large")
                raise TransportError(f"HTTP: a body of more than {LARGEST_BODY} bytes")
        if not isinstance(part, h11.EndOfMessage):
            raise TransportError("HTTP: the client closed in the middle of a request")
        exchange = _Exchange(bytes(body))
        await self._app(self._scope(request, "http"), exchange.receive, exchange.send)
        reason = HTTPStatus(exchange.status).phrase.encode()
        head = h11.Response(status_code=exchange.status, reason=reason, headers=exchange.headers)
        out = self._http.send(head) or b""
        if request.method != b"HEAD":
            out += self._http.send(h11.Data(data=bytes(exchange.body))) or b""
        self._stream.write(out + (self._http.send(h11.EndOfMessage()) or b""))
        await self._stream.drain()

    async def _upgrade(self, request: h11.Request) -> None:
        wire = WSConnection(ConnectionType.SERVER)
        try:
            wire.initiate_upgrade_connection(list(request.headers.raw_items()), request.target)
        except (RemoteProtocolError, LocalProtocolError) as error:
            self._refuse(400, str(error))
            return
        scope = self._scope(request, "websocket")
        asked = next(wire.events())
        scope["subprotocols"] = list(asked.subprotocols) if isinstance(asked, Request) else []
        session = _WebSocketSession(self._stream, wire, self._http.trailing_data[0])
        await self._app(scope, session.receive, session.send)
        session.finish()

    def _scope(self, request: h11.Request, kind: str) -> Scope:
        target = request.target.decode("ascii", "replace")
        path, _, query = target.partition("?")
        secure = self._scheme == "https"
        return {
            "type": kind,
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": request.http_version.decode(),
            "method": request.method.decode(),
            "scheme": self._scheme if kind == "http" else ("wss" if secure else "ws"),
            "path": urllib.parse.unquote(path),
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(name, value) for name, value in request.headers],
            "client": self._stream.peer,
            "server": self._stream.local,
            "extensions": {"websocket.http.response": {}},
        }

    def _refuse(self, status: int, why: str) -> None:
        if self._http.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            text = why.encode("ascii", "replace")
            head = [("Content-Length", str(len(text))), ("Connection", "close"), ("Content-Type", "text/plain")]
            out = self._http.send(h11.Response(status_code=status, headers=head)) or b""
            self._stream.write(out + (self._http.send(h11.Data(data=text)) or b""))


def _wants_websocket(request: h11.Request) -> bool:
    return any(name == b"upgrade" and value.lower() == b"websocket" for name, value in request.headers)


class _Exchange:
    """One request as the application receives it, and the application's answer."""

    def __init__(self, body: bytes) -> None:
        self._request: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]
        self.status = 500
        self.headers: list[tuple[bytes, bytes]] = [(b"content-length", b"0")]
        self.body = bytearray()

    async def receive(self) -> Message:
        return self._request.pop() if self._request else {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = [(bytes(name), bytes(value)) for name, value in message.get("headers", [])]
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")


class _WebSocketSession:
    """One WebSocket as the application receives it."""

    def __init__(self, stream: ByteStream, wire: WSConnection, early: bytes) -> None:
        self._stream = stream
        self._wire = wire
        self._early = early
        self._connected = False
        self._accepted = False
        self._ended = False

    async def receive(self) -> Message:
        if not self._connected:
            self._connected = True
            return {"type": "websocket.connect"}
        parts: list[str] = []
        while True:
            for event in self._wire.events():
                if isinstance(event, TextMessage):
                    parts.append(event.data)
                    if sum(map(len, parts)) > LARGEST_BODY:
                        raise TransportError("WebSocket: the message is too long")
                    if event.message_finished:
                        return {"type": "websocket.receive", "text": "".join(parts)}
                elif isinstance(event, BytesMessage):
                    return {"type": "websocket.receive", "bytes": bytes(event.data)}
                elif isinstance(event, Ping):
                    self._stream.write(self._wire.send(event.response()))
                elif isinstance(event, CloseConnection):
                    if not self._ended:
                        with contextlib.suppress(
                            TransportError
                        ):  # the client may have gone without waiting for the answer
                            self._stream.write(self._wire.send(event.response()))
                    self._ended = True
                    return {"type": "websocket.disconnect", "code": event.code}
            data, self._early = (self._early or await self._stream.read()), b""
            if not data:
                self._ended = True
                return {"type": "websocket.disconnect", "code": _REASON_CLOSED}
            try:
                self._wire.receive_data(data)
            except RemoteProtocolError as error:
                self._ended = True
                raise TransportError(f"WebSocket: {error}") from None

    async def send(self, message: Message) -> None:
        kind = message["type"]
        if kind == "websocket.accept":
            extra = [(bytes(name), bytes(value)) for name, value in message.get("headers", [])]
            accept = AcceptConnection(subprotocol=message.get("subprotocol"), extra_headers=extra)
            self._stream.write(self._wire.send(accept))
            self._accepted = True
        elif kind == "websocket.send" and not self._ended:
            self._stream.write(self._wire.send(TextMessage(data=message["text"])))
            await self._stream.drain()
        elif kind == "websocket.close" and not self._ended:
            self._ended = True
            if self._accepted:
                close = CloseConnection(code=message.get("code", 1000), reason=message.get("reason") or None)
                self._stream.write(self._wire.send(close))
            else:
                self._stream.write(self._wire.send(RejectConnection(status_code=403)))
        elif kind == "websocket.http.response.start":
            self._ended = True
            self._stream.write(self._wire.send(RejectConnection(status_code=message["status"])))

    def finish(self) -> None:
        """Close the WebSocket once the application has ended, so that its client does not wait for ever."""
        if not self._ended:
            self._stream.write(self._wire.send(CloseConnection(code=1000)))
