"""One GET a connection: the whole answer, or an endless one piece by piece."""

from __future__ import annotations

from dataclasses import dataclass

import h11

from cellkit.errors import TransportError
from cellkit.transport import ByteStream, Network

LARGEST_HEAD = 16_384
LARGEST_BODY = 16_000_000  # bytes of a whole answer


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer."""

    status: int
    body: bytes


class Exchange:
    """A request whose answer is read piece by piece. The caller that opens it closes it."""

    def __init__(self, stream: ByteStream) -> None:
        self._stream = stream
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=LARGEST_HEAD)
        self.status = 0
        self.content_type = ""

    @classmethod
    async def open(cls, network: Network, host: str, port: int, target: str) -> Exchange:
        """Ask, and wait for the head of the answer. Raises ``TransportError``."""
        exchange = cls(await network.connect(host, port))
        try:
            await exchange._ask(f"{host}:{port}", target)
        except BaseException:
            exchange.close()
            raise
        return exchange

    async def _ask(self, authority: str, target: str) -> None:
        headers = [("Host", authority), ("Accept", "text/xml, application/xml"), ("Connection", "close")]
        try:
            out = self._http.send(h11.Request(method="GET", target=target, headers=headers)) or b""
            self._stream.write(out + (self._http.send(h11.EndOfMessage()) or b""))
            await self._stream.drain()
            while not isinstance(event := await self._next(), h11.Response):
                if not isinstance(event, h11.InformationalResponse):
                    raise TransportError("HTTP: the connection was closed before the answer")
        except h11.ProtocolError as error:
            raise TransportError(f"HTTP: {error}") from None
        self.status = event.status_code
        self.content_type = next(
            (value.decode("latin-1") for name, value in event.headers if name == b"content-type"), ""
        )

    async def _next(self) -> object:
        while (event := self._http.next_event()) is h11.NEED_DATA:
            self._http.receive_data(await self._stream.read())
        return event

    async def read(self) -> bytes:
        """Return what comes next of the body; b"" at its proper end. Raises ``TransportError`` when it breaks off."""
        try:
            event = await self._next()
        except h11.ProtocolError as error:
            raise TransportError(f"HTTP: {error}") from None
        return bytes(event.data) if isinstance(event, h11.Data) else b""

    async def rest(self) -> Answer:
        """Return the whole body. Raises ``TransportError``."""
        body = bytearray()
        while data := await self.read():
            body += data
            if len(body) > LARGEST_BODY:
                raise TransportError(f"HTTP: an answer of more than {LARGEST_BODY} bytes")
        return Answer(self.status, bytes(body))

    def close(self) -> None:
        """End it, in whatever state it is."""
        self._stream.close()
