"""Byte streams and datagram sockets over any asyncio transport: in memory, over sockets, on a terminal, under TLS."""

from __future__ import annotations

import asyncio
import math
import os
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, Protocol, TypeAlias

from typing_extensions import override

from cellkit.errors import TransportError
from cellkit.timing.memory_transports import LARGEST_DATAGRAM, Address, MemoryTransport

_WINDOW = 1_000_000  # unread bytes from which on the other end is held back
_DATAGRAMS = 1000  # unread datagrams until new ones are lost
_PAIR = 2  # host and port; an address of IPv6 has two numbers more
UNREAD = 4 * 1024 * 1024
"""Number of bytes that wait for a peer which does not read, until the connection counts as broken."""


class ByteStream(Protocol):
    """One end of a connection that carries bytes in order; the protocol above decides where messages end."""

    local: Address
    """Host and port of this end."""

    peer: Address
    """Host and port of the other end."""

    basis: Callable[[], object]
    """What a device sets that can tell its client in this process what all its answers to reading requests follow from.

    It returns a value that is equal as long as the answers are, or None. See ``far_basis``.
    """

    def far_basis(self) -> object:
        """Return the ``basis`` of the other end; None when it is not known.

        It is known in memory only, with nothing between the two ends. A client whose requests were answered on an equal
        basis need not send them again.
        """

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
        self.basis: Callable[[], object] = _unknown
        self._send: Callable[[bytes], object] = self._unconnected
        self._opened = opened
        self._chunks: deque[bytes] = deque()
        self._size = 0
        self._held = self._closed = self._full = self._shut = False
        self.ended = False
        """Whether the other end has closed."""
        self.heard = self.wrote = False
        """Whether anything has come from the other end, or was sent to it."""
        self.first_word: asyncio.TimerHandle | None = None
        """The end of the time in which the other end must send something; cancelled when it does."""
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
        if self._full and self.transport.get_write_buffer_size() > UNREAD:
            self.abort()
            raise self._is_closed()
        self.wrote = True
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
    def far_basis(self) -> object:
        far = self.transport.far_protocol if isinstance(self.transport, MemoryTransport) else None
        return far.basis() if isinstance(far, Stream) else None

    @override
    def close(self) -> None:
        if not self._closed:
            self._closed = self._shut = True
            self.transport.close()
            self._wake()

    def abort(self) -> None:
        """Close this end at once; what was written and not sent is lost."""
        self.close()
        self.transport.abort()

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
        self.heard = True
        if self.first_word is not None:
            self.first_word.cancel()
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
    """The handlers that run for the connections of one listener: a task for each, and its stream is always closed.

    At most ``most`` connections are open. At the limit, the oldest with which nothing was exchanged makes room for the
    next, or else the newest that has only received: on a port whose clients only read, clients of long standing stay.
    """

    def __init__(self, handler: Handler, most: float = math.inf) -> None:
        self._handler = handler
        self._most = most
        self._running: dict[asyncio.Task[None], Stream] = {}

    def stream(self) -> Stream:
        """Make the protocol of a new connection; its handler starts when it is connected."""
        return Stream(self._accept)

    def _accept(self, stream: Stream) -> None:
        if len(self._running) >= self._most and not self._make_room():
            stream.abort()
            return
        task = asyncio.get_running_loop().create_task(self._handle(stream))
        self._running[task] = stream
        task.add_done_callback(self._ended)

    def _make_room(self) -> bool:
        """Close a connection whose client has sent nothing; return whether there is one."""
        silent = [(task, stream) for task, stream in self._running.items() if not stream.heard]
        if not silent:
            return False
        task, stream = next((one for one in silent if not one[1].wrote), silent[-1])
        del self._running[task]
        stream.abort()
        task.cancel()
        return True

    async def _handle(self, stream: Stream) -> None:
        try:
            await self._handler(stream)
        finally:
            stream.close()

    def _ended(self, task: asyncio.Task[None]) -> None:
        stream = self._running.pop(task, None)
        if stream is not None:
            stream.close()
        if not task.cancelled() and (error := task.exception()) is not None:
            task.get_loop().call_exception_handler({"message": "a connection's handler failed", "exception": error})

    def close(self) -> None:
        """End all handlers."""
        for task in list(self._running):
            task.cancel()


def reason(error: Exception) -> str:
    """Return the reason of an error in the words of the operating system."""
    if isinstance(error, OSError) and error.errno:
        return (os.strerror(error.errno) if error.errno > 0 else str(error.strerror)).lower()
    return (str(error) or type(error).__name__).lower()


def address_of(name: Any) -> Address:
    """Return host and port of what a transport calls ``sockname`` or ``peername``."""
    return (str(name[0]), int(name[1])) if name else ("", 0)


def _unknown() -> None:
    """Return the basis of answers that cannot be foreseen."""


def _text(address: Address) -> str:
    return f"{address[0]}:{address[1]}"
