"""The network that drivers and virtual controllers are given: byte streams, datagrams and serial lines over asyncio.

A ``Network`` makes asyncio connections, in memory or over sockets; everything else here is the same for both. A subclass
that puts its own protocol between transport and stream (``FaultyNetwork``, ``RecordingNetwork``) works on either.
"""

from __future__ import annotations

import asyncio
import errno
import os
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, Protocol, TypeAlias, TypeVar

from typing_extensions import override

from cellkit.errors import TransportError
from cellkit.timing.memory_transports import LARGEST_DATAGRAM, Address

__all__ = ["Address", "ByteStream", "Datagram", "Handler", "Line", "Listener", "Network", "Stream"]

_WINDOW = 1_000_000  # unread bytes from which on the other end is held back
_DATAGRAMS = 1000  # unread datagrams until new ones are lost
_PRIVILEGED = 1024
_PAIR = 2  # host and port; an address of IPv6 has two numbers more
ProtocolT = TypeVar("ProtocolT", bound=asyncio.BaseProtocol)


class ByteStream(Protocol):
    """One end of a connection that carries bytes in order; the protocol above decides where messages end."""

    local: Address
    """Host and port of this end."""

    peer: Address
    """Host and port of the other end."""

    async def read(self) -> bytes:
        """Read what has arrived, at least one byte; b"" once the other side has closed and all of it was read.

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
    """Host and port that it is bound to."""

    def send(self, data: bytes, to: Address) -> None:
        """Send one datagram; whether it arrives is not reported. Raises ``TransportError`` when closed."""

    async def receive(self) -> tuple[bytes, Address]:
        """Return the next datagram and the address of its sender. One reader at a time.

        Raises ``TransportError`` when the socket is closed or the link is known to be broken.
        """

    def close(self) -> None:
        """Close the socket. Does nothing the second time."""


Handler: TypeAlias = Callable[[ByteStream], Coroutine[Any, Any, None]]


class Listener(Protocol):
    """An open port that waits for connections."""

    port: int
    """The port, also when any was asked for."""

    def close(self) -> None:
        """Stop listening, end the handlers that still run and close their streams."""


class Line(Protocol):
    """The far end of a serial line, where a (virtual) device is connected."""

    path: str
    """Name of the port at the near end, also when any was asked for."""

    def close(self) -> None:
        """Leave the line and end the handler."""


class LineBroken(TransportError, ConnectionResetError):
    """A line that broke; also an ``OSError``, as which other asyncio libraries recognise it."""


class Stream(asyncio.Protocol, ByteStream):
    """The ``ByteStream`` over any asyncio transport. ``opened`` is called once it is connected."""

    eager = True
    """Data may be stored inside the peer's ``write``: see ``MemoryTransport``."""

    def __init__(self, opened: Callable[[Stream], None] | None = None) -> None:
        self.local: Address = ("", 0)
        self.peer: Address = ("", 0)
        self.transport: Any = None
        self._send: Callable[[bytes], object] = self._unconnected
        self._opened = opened
        self._chunks: deque[bytes] = deque()
        self._size = 0
        self._held = self._closed = self._full = self._shut = False
        self.ended = False
        """Whether the other end has closed."""
        self._error: TransportError | None = None
        self._reader: asyncio.Future[None] | None = None
        self._writers: list[asyncio.Future[None]] = []

    # --- the stream -----------------------------------------------------------------------------------------------

    @override
    async def read(self) -> bytes:
        chunks = self._chunks
        while not chunks:
            if self._closed:
                raise self._is_closed()
            if self._error is not None:
                raise self._error
            if self.ended:
                return b""
            if self._reader is not None and not self._reader.done():
                raise RuntimeError("two readers on one stream")
            self._reader = asyncio.get_running_loop().create_future()
            await self._reader
        data = chunks.popleft() if len(chunks) == 1 else self.take()
        self._size = 0
        if self._held:
            self._release_peer()
        return data

    def take(self) -> bytes:
        """Take what has arrived, possibly nothing."""
        data = b"".join(self._chunks)
        self._chunks.clear()
        return data

    def _release_peer(self) -> None:
        self._held = False
        self.transport.resume_reading()

    @override
    def write(self, data: bytes) -> None:
        if self._shut:
            raise self._error or self._is_closed()
        self._send(data)

    @override
    async def drain(self) -> None:
        while self._full and not self._closed and not self.ended:
            waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._writers.append(waiting)
            await waiting
        if self._error is not None:
            raise self._error

    @override
    def close(self) -> None:
        if not self._closed:
            self._closed = self._shut = True
            self.transport.close()
            self._wake()

    def use(self, transport: Any) -> None:
        """Send by another transport from now on: the one on top of the first, once TLS is agreed."""
        self.transport = transport
        self._send = transport.write

    def _unconnected(self, _data: bytes) -> None:
        raise RuntimeError("the stream is not connected yet")

    def _is_closed(self) -> TransportError:
        return TransportError(f"the connection to {_text(self.peer)} is closed")

    # --- asyncio.Protocol -----------------------------------------------------------------------------------------

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.use(transport)
        self.local = address_of(transport.get_extra_info("sockname"))
        self.peer = address_of(transport.get_extra_info("peername"))
        if self._opened is not None:
            self._opened(self)

    @override
    def data_received(self, data: bytes) -> None:
        self._chunks.append(data)
        self._size += len(data)
        if self._size > _WINDOW and not self._held:
            self._held = True
            self.transport.pause_reading()
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)

    @override
    def eof_received(self) -> bool:
        """Keep this end open: a client may close its side and still wait for the answer. TLS cannot do that."""
        self.ended = True
        self._shut = self._shut or self.transport.is_closing()  # in memory it is known whether the peer still reads
        self._wake()
        return self.transport.get_extra_info("sslcontext") is None

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        if exc is not None:
            self._error = exc if isinstance(exc, TransportError) else self._broke(exc)
        self.ended = self._shut = True
        self._wake()

    def _broke(self, error: Exception) -> TransportError:
        return TransportError(f"the connection to {_text(self.peer)} broke: {reason(error)}")

    @override
    def pause_writing(self) -> None:
        self._full = True

    @override
    def resume_writing(self) -> None:
        self._full = False
        self._release()

    def _wake(self) -> None:
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)
        self._release()

    def _release(self) -> None:
        writers, self._writers = self._writers, []
        for writer in writers:
            if not writer.done():
                writer.set_result(None)


class DatagramSocket(asyncio.DatagramProtocol, Datagram):
    """The ``Datagram`` over any asyncio datagram transport."""

    eager = True

    def __init__(self) -> None:
        self.local: Address = ("", 0)
        self._transport: Any = None
        self._unread: deque[tuple[bytes, Address]] = deque()
        self._reader: asyncio.Future[None] | None = None
        self._error: TransportError | None = None

    @override
    def send(self, data: bytes, to: Address) -> None:
        if self._error is not None:
            raise self._error
        if len(data) > LARGEST_DATAGRAM:
            raise TransportError(f"a datagram of {len(data)} bytes: {LARGEST_DATAGRAM} is the most")
        self._transport.sendto(data, to)

    @override
    async def receive(self) -> tuple[bytes, Address]:
        while not self._unread:
            if self._error is not None:
                raise self._error
            if self._reader is not None and not self._reader.done():
                raise RuntimeError("two readers on one socket")
            self._reader = asyncio.get_running_loop().create_future()
            await self._reader
        return self._unread.popleft()

    @override
    def close(self) -> None:
        if self._error is None:
            self.connection_lost(None)
            self._transport.abort()

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self.local = address_of(transport.get_extra_info("sockname"))

    @override
    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        if len(self._unread) < _DATAGRAMS:
            self._unread.append((data, addr if len(addr) == _PAIR else address_of(addr)))
            if self._reader is not None and not self._reader.done():
                self._reader.set_result(None)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        if self._error is None:
            closed = TransportError(f"the socket {_text(self.local)} is closed")
            self._error = exc if isinstance(exc, TransportError) else closed
        self._wake()

    def _wake(self) -> None:
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)


class Connections:
    """The handlers that run for the connections of one listener: a task for each, and its stream is always closed."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._running: dict[asyncio.Task[None], ByteStream] = {}

    def stream(self) -> Stream:
        """Make the protocol of a new connection; its handler starts when it is connected."""
        return Stream(self._accept)

    def _accept(self, stream: Stream) -> None:
        task = asyncio.get_running_loop().create_task(self._handle(stream))
        self._running[task] = stream
        task.add_done_callback(self._ended)

    async def _handle(self, stream: Stream) -> None:
        try:
            await self._handler(stream)
        finally:
            stream.close()

    def _ended(self, task: asyncio.Task[None]) -> None:
        stream = self._running.pop(task)
        stream.close()
        if not task.cancelled() and (error := task.exception()) is not None:
            task.get_loop().call_exception_handler({"message": "a connection's handler failed", "exception": error})

    def close(self) -> None:
        """End all handlers."""
        for task in list(self._running):
            task.cancel()


class _Port(Listener):
    """An asyncio server and the handlers of its connections."""

    def __init__(self, server: Any, connections: Connections) -> None:
        self.port: int = server.sockets[0].getsockname()[1]
        self._server = server
        self._connections = connections

    @override
    def close(self) -> None:
        self._server.close()
        self._connections.close()


class _FarEnd(Line):
    """The far end of a serial line and the handler that serves it."""

    def __init__(self, path: str, leave: Callable[[], None], connections: Connections) -> None:
        self.path = path
        self._leave = leave
        self._connections = connections

    @override
    def close(self) -> None:
        self._connections.close()
        self._leave()


class Network(ABC):
    """Opens streams, datagram sockets and serial ports. Ports: 0 means any free one, where one listens or binds."""

    # --- for drivers and devices ----------------------------------------------------------------------------------

    async def connect(self, host: str, port: int) -> Stream:
        """Connect. Raises ``TransportError`` when no server listens or answers there."""
        stream = Stream()
        try:
            await self.create_connection(lambda: stream, host, port)
        except OSError as error:
            raise _told(error, f"{host}:{port}: {reason(error)}") from None
        return stream

    async def listen(self, host: str, port: int, handler: Handler) -> Listener:
        """Listen; ``handler(stream)`` runs as a task for each connection and the stream is closed when it ends.

        Raises ``TransportError`` when the port is in use or this user must not use it.
        """
        connections = Connections(handler)
        try:
            return _Port(await self.create_server(connections.stream, host, port), connections)
        except OSError as error:
            raise _told(error, refusal(host, port, error)) from None

    async def datagram(self, host: str, port: int = 0) -> Datagram:
        """Bind a datagram socket. Raises ``TransportError`` when the port is in use or this user must not use it."""
        socket = DatagramSocket()
        try:
            await self.create_datagram_endpoint(lambda: socket, (host, port))
        except OSError as error:
            raise _told(error, refusal(host, port, error)) from None
        return socket

    async def serial(self, path: str, baud: int) -> Stream:
        """Open a serial port: 8 data bits, no parity, one stop bit. Raises ``TransportError``."""
        stream = Stream()
        try:
            await self.create_serial(lambda: stream, path, baud)
        except OSError as error:
            raise _told(error, f"serial port {path}: {reason(error)}") from None
        return stream

    async def line(self, path: str, handler: Handler) -> Line:
        """Connect a handler to the far end of a new serial line whose near end is called ``path`` ("": any name).

        ``handler(stream)`` receives what is sent into the near end; it need not notice when that is opened or closed.
        Raises ``TransportError`` when the name is in use.
        """
        connections = Connections(handler)
        try:
            return _FarEnd(*await self.create_line(connections.stream, path), connections)
        except OSError as error:
            raise _told(error, f"serial port {path}: {reason(error)}") from None

    # --- asyncio protocols, other libraries' too --------------------------------------------------------------------

    @abstractmethod
    async def create_connection(self, factory: Callable[[], Any], host: str, port: int) -> None:
        """Connect a protocol, as ``loop.create_connection`` does. Raises ``OSError``."""

    @abstractmethod
    async def create_server(self, factory: Callable[[], Any], host: str, port: int) -> Any:
        """Listen, as ``loop.create_server`` does; return the server. Raises ``OSError``."""

    @abstractmethod
    async def create_datagram_endpoint(self, factory: Callable[[], Any], local: Address) -> None:
        """Bind a datagram protocol. Raises ``OSError``."""

    @abstractmethod
    async def create_serial(self, factory: Callable[[], Any], path: str, baud: int) -> None:
        """Connect a protocol to a serial port. Raises ``OSError``."""

    @abstractmethod
    async def create_line(self, factory: Callable[[], Any], path: str) -> tuple[str, Callable[[], None]]:
        """Connect protocols to the far end of a new serial line; return its name and what closes it.

        Raises ``OSError``.
        """


def _told(error: OSError, text: str) -> TransportError:
    return error if isinstance(error, TransportError) else TransportError(text)


def refusal(host: str, port: int, error: OSError) -> str:
    """Return why a port cannot be used, and what to do about it."""
    if error.errno == errno.EADDRINUSE:
        return f"port {port} of {host} is in use; choose another port, or another loopback address (127.0.0.2 …)"
    if error.errno in (errno.EACCES, errno.EPERM) and 0 < port < _PRIVILEGED:
        return (
            f"port {port} needs a right that this user lacks (ports below {_PRIVILEGED}): choose a higher port, "
            f"or have an administrator allow it (sysctl net.ipv4.ip_unprivileged_port_start={port})"
        )
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{host} is no address of this machine"
    return f"{host}:{port}: {reason(error)}"


def reason(error: Exception) -> str:
    """Return the reason of an error in the words of the operating system."""
    if isinstance(error, OSError) and error.errno:
        return (os.strerror(error.errno) if error.errno > 0 else str(error.strerror)).lower()
    return (str(error) or type(error).__name__).lower()


def address_of(name: Any) -> Address:
    """Return host and port of what a transport calls ``sockname`` or ``peername``."""
    return (str(name[0]), int(name[1])) if name else ("", 0)


def _text(address: Address) -> str:
    return f"{address[0]}:{address[1]}"
