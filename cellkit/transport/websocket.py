"""A WebSocket client over a ``ByteStream``."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Sequence

from wsproto import ConnectionType, WSConnection
from wsproto.connection import ConnectionState
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Event,
    Ping,
    Pong,
    RejectConnection,
    Request,
    TextMessage,
)
from wsproto.utilities import LocalProtocolError, RemoteProtocolError

from cellkit.errors import TransportError
from cellkit.transport.network import ByteStream

LARGEST_MESSAGE = 1_000_000  # characters


class WebSocket:
    """An open WebSocket; make one with ``open_websocket``."""

    def __init__(self, stream: ByteStream) -> None:
        self._stream = stream
        self._wire = WSConnection(ConnectionType.CLIENT)
        self._messages: deque[str] = deque()
        self._parts: list[str] = []
        self._size = 0
        self._closed = False
        self.pongs = 0

    async def handshake(self, host: str, path: str, headers: Sequence[tuple[str, str]], subprotocol: str) -> None:
        """Request the upgrade. Raises ``TransportError`` when it is refused."""
        fields = [(name.encode(), value.encode()) for name, value in headers]
        self._send(Request(host=host, target=path, extra_headers=fields, subprotocols=[subprotocol]))
        while True:
            for event in await self._events():
                if isinstance(event, AcceptConnection):
                    if event.subprotocol != subprotocol:
                        raise TransportError(f"WebSocket: the peer chose {event.subprotocol!r}, not {subprotocol!r}")
                    self._take_waiting()
                    return
                if isinstance(event, RejectConnection):
                    raise TransportError(f"WebSocket: refused with HTTP {event.status_code}")

    async def receive(self) -> str | None:
        """Return the next text message; None once the peer has closed. Raises ``TransportError``."""
        while not self._messages:
            if self._closed:
                return None
            for event in await self._events():
                self._take(event)
        return self._messages.popleft()

    def send(self, text: str) -> None:
        """Send a text message."""
        self._send(TextMessage(data=text))

    def ping(self) -> None:
        """Send a ping; ``pongs`` counts the peer's answers."""
        self._send(Ping())

    def close(self) -> None:
        """Send a close frame and close; what was sent still arrives."""
        if not self._closed:
            self._closed = True
            with contextlib.suppress(TransportError):  # the peer may have closed already
                self._send(CloseConnection(code=1000))
        self._stream.close()

    async def _events(self) -> list[Event]:
        data = await self._stream.read()
        try:
            self._wire.receive_data(data or None)
            return list(self._wire.events())
        except (RemoteProtocolError, LocalProtocolError) as error:
            raise TransportError(f"WebSocket: the peer sent no WebSocket frame: {error}") from None

    def _take_waiting(self) -> None:
        for event in list(self._wire.events()):
            self._take(event)

    def _take(self, event: Event) -> None:
        if isinstance(event, TextMessage):
            self._parts.append(event.data)
            self._size += len(event.data)
            if self._size > LARGEST_MESSAGE:
                raise TransportError(f"WebSocket: a message of more than {LARGEST_MESSAGE} characters")
            if event.message_finished:
                self._messages.append("".join(self._parts))
                self._parts, self._size = [], 0
        elif isinstance(event, BytesMessage):
            raise TransportError("WebSocket: a binary message where text was expected")
        elif isinstance(event, Ping):
            self._send(event.response())
        elif isinstance(event, Pong):
            self.pongs += 1
        elif isinstance(event, CloseConnection):
            if self._wire.state is ConnectionState.OPEN:  # wsproto made this event of an invalid frame
                raise TransportError(f"WebSocket: the peer sent no WebSocket frame: {event.reason}")
            self._closed = True

    def _send(self, event: Event) -> None:
        try:
            self._stream.write(self._wire.send(event))
        except LocalProtocolError as error:
            raise TransportError(f"WebSocket: {error}") from None


async def open_websocket(
    stream: ByteStream,
    host: str,
    path: str,
    *,
    subprotocol: str,
    headers: Sequence[tuple[str, str]] = (),
    timeout: float = 5.0,
) -> WebSocket:
    """Upgrade ``stream`` to a WebSocket. Raises ``TransportError`` (the stream is then closed)."""
    socket = WebSocket(stream)
    try:
        async with asyncio.timeout(timeout):
            await socket.handshake(host, path, headers, subprotocol)
    except TimeoutError:
        stream.close()
        raise TransportError(f"WebSocket: no answer for {timeout:g} s") from None
    except BaseException:
        stream.close()
        raise
    return socket
