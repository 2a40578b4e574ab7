"""What drivers and virtual controllers know of a network. Nothing here says whether the other end is real."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Protocol, TypeAlias

Address: TypeAlias = tuple[str, int]


class ByteStream(Protocol):
    """One end of a connection that carries bytes in order; where messages end is the protocol's business."""

    local: Address
    """Host and port of this end."""

    peer: Address
    """Host and port of the other end."""

    async def read(self) -> bytes:
        """What has arrived, at least one byte; b"" once the other side has closed and all of it was read.

        One reader at a time. Raises ``TransportError`` when the link broke or this end is closed.
        """

    def write(self, data: bytes) -> None:
        """Send, without waiting. Raises ``TransportError`` when the link broke or either end is closed."""

    async def drain(self) -> None:
        """Wait until the peer keeps up with what was written."""

    def close(self) -> None:
        """Close this end; what was written still arrives. Does nothing the second time."""


class Datagram(Protocol):
    """A bound datagram socket: messages arrive whole or not at all."""

    local: Address
    """Host and port it is bound to."""

    def send(self, data: bytes, to: Address) -> None:
        """Send one datagram; nobody says whether it arrives. Raises ``TransportError`` when closed."""

    async def receive(self) -> tuple[bytes, Address]:
        """The next datagram and who sent it. One reader at a time.

        Raises ``TransportError`` when the socket is closed or the link is known to be broken.
        """

    def close(self) -> None:
        """Close. Does nothing the second time."""


Handler: TypeAlias = Callable[[ByteStream], Coroutine[Any, Any, None]]


class Listener(Protocol):
    """An open port that waits for connections."""

    port: int
    """The port, also when any was asked for."""

    def close(self) -> None:
        """Stop listening, end the handlers that still run and close their streams."""


class Line(Protocol):
    """The far end of a serial line, where a (pretended) device sits."""

    path: str
    """Name of the port at the near end, also when any was asked for."""

    def close(self) -> None:
        """Leave the line and end the handler."""


class Network(Protocol):
    """Opens streams, datagram sockets and serial ports. Ports: 0 means any free one, where one listens or binds."""

    async def connect(self, host: str, port: int) -> ByteStream:
        """Connect. Raises ``TransportError`` when nobody listens or answers there."""

    async def listen(self, host: str, port: int, handler: Handler) -> Listener:
        """Listen; ``handler(stream)`` runs as a task for each connection and the stream is closed when it ends.

        Raises ``TransportError`` when the port is taken or may not be used.
        """

    async def datagram(self, host: str, port: int = 0) -> Datagram:
        """Bind a datagram socket. Raises ``TransportError`` when the port is taken or may not be used."""

    async def serial(self, path: str, baud: int) -> ByteStream:
        """Open a serial port: 8 data bits, no parity, one stop bit. Raises ``TransportError``."""

    async def line(self, path: str, handler: Handler) -> Line:
        """Sit at the far end of a new serial line whose near end is called ``path`` ("": any name).

        ``handler(stream)`` hears what is sent into the near end; who opens and closes that, it need not notice.
        Raises ``TransportError`` when the name is taken.
        """
