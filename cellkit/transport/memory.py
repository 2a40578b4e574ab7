"""A network inside the process: no latency, no loss, the same order every time. It is what virtual time runs over."""

from __future__ import annotations

import asyncio
from collections import deque
from itertools import count

from typing_extensions import override

from cellkit.errors import TransportError
from cellkit.transport.network import Address, ByteStream, Datagram, Handler, Line, Listener, Network
from cellkit.transport.serving import Connections

_FIRST_FREE = 49152
_SERIAL = -1  # in the place of a port: the host is the name of a serial port
_WINDOW = 1_000_000  # bytes that may lie unread before drain() waits
_DATAGRAMS = 1000  # unread datagrams until new ones are lost, as in a full socket buffer
_LARGEST_DATAGRAM = 65507


class _Inbox:
    """Bytes on their way to one reader."""

    def __init__(self) -> None:
        self.chunks: deque[bytes] = deque()
        self.size = 0
        self.ended = False
        self.reader: asyncio.Future[None] | None = None
        self.writers: list[asyncio.Future[None]] = []

    def wake(self) -> None:
        if self.reader is not None and not self.reader.done():
            self.reader.set_result(None)

    def release(self) -> None:
        writers, self.writers = self.writers, []
        for writer in writers:
            if not writer.done():
                writer.set_result(None)


class MemoryStream(ByteStream):
    """One end of a connection in memory (a ``ByteStream``)."""

    def __init__(self, local: Address, peer: Address, incoming: _Inbox, outgoing: _Inbox) -> None:
        self.local = local
        self.peer = peer
        self._in = incoming
        self._out = outgoing
        self._closed = False

    @property
    def closed(self) -> bool:
        """Whether this end was closed, or the other one."""
        return self._closed or self._in.ended

    @override
    async def read(self) -> bytes:
        box = self._in
        while not box.chunks:
            if self._closed:
                raise TransportError(f"the connection to {_text(self.peer)} is closed")
            if box.ended:
                return b""
            if box.reader is not None and not box.reader.done():
                raise RuntimeError("two readers on one stream")
            box.reader = asyncio.get_running_loop().create_future()
            await box.reader
        data = box.chunks.popleft() if len(box.chunks) == 1 else b"".join(box.chunks)
        box.chunks.clear()
        box.size = 0
        box.release()
        return data

    @override
    def write(self, data: bytes) -> None:
        if self._closed or self._out.ended:
            raise TransportError(f"the connection to {_text(self.peer)} is closed")
        if data:
            self._out.chunks.append(bytes(data))
            self._out.size += len(data)
            self._out.wake()

    @override
    async def drain(self) -> None:
        while self._out.size > _WINDOW and not self._closed and not self._out.ended:
            waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._out.writers.append(waiting)
            await waiting

    @override
    def close(self) -> None:
        if not self._closed:
            self._closed = True
            for box in (self._in, self._out):
                box.ended = True
                box.wake()
                box.release()


class MemoryDatagram(Datagram):
    """A datagram socket in memory (a ``Datagram``)."""

    def __init__(self, network: MemoryNetwork, local: Address) -> None:
        self.local = local
        self._network = network
        self._waiting: deque[tuple[bytes, Address]] = deque()
        self._reader: asyncio.Future[None] | None = None
        self._closed = False

    @override
    def send(self, data: bytes, to: Address) -> None:
        if self._closed:
            raise TransportError(f"the socket {_text(self.local)} is closed")
        if len(data) > _LARGEST_DATAGRAM:
            raise TransportError(f"a datagram of {len(data)} bytes; {_LARGEST_DATAGRAM} is the most")
        self._network.deliver(bytes(data), self.local, to)

    @override
    async def receive(self) -> tuple[bytes, Address]:
        while not self._waiting:
            if self._closed:
                raise TransportError(f"the socket {_text(self.local)} is closed")
            if self._reader is not None and not self._reader.done():
                raise RuntimeError("two readers on one socket")
            self._reader = asyncio.get_running_loop().create_future()
            await self._reader
        return self._waiting.popleft()

    def put(self, data: bytes, sender: Address) -> None:
        """A datagram arrives."""
        if len(self._waiting) < _DATAGRAMS:
            self._waiting.append((data, sender))
            self._wake()

    def _wake(self) -> None:
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)

    @override
    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._network.forget(self)
            self._wake()


class MemoryListener(Listener):
    """A port in memory that waits for connections (a ``Listener``)."""

    def __init__(self, network: MemoryNetwork, local: Address, handler: Handler) -> None:
        self.local = local
        self.port = local[1]
        self.connections = Connections(handler)
        self._network = network

    @override
    def close(self) -> None:
        self._network.forget(self)
        self.connections.close()


class MemoryLine(MemoryListener, Line):
    """The far end of a serial line in memory (a ``Line``); every opening of the near end is a fresh stream."""

    near: MemoryStream | None = None
    """What the near end was opened as last."""

    def __init__(self, network: MemoryNetwork, local: Address, handler: Handler) -> None:
        super().__init__(network, local, handler)
        self.path = local[0]


class MemoryNetwork(Network):
    """A ``Network`` without a wire. Hosts are mere names; every network is a world of its own."""

    def __init__(self) -> None:
        self._listeners: dict[Address, MemoryListener] = {}
        self._sockets: dict[Address, MemoryDatagram] = {}
        self._free = count(_FIRST_FREE)

    @override
    async def connect(self, host: str, port: int) -> MemoryStream:
        listener = self._listeners.get((host, port))
        if listener is None:
            raise TransportError(f"nobody listens on {host}:{port}")
        return self._join(host, listener)

    def _join(self, host: str, listener: MemoryListener) -> MemoryStream:
        there, here = _Inbox(), _Inbox()
        local = (host, next(self._free))
        stream = MemoryStream(local, listener.local, here, there)
        listener.connections.accept(MemoryStream(listener.local, local, there, here))
        return stream

    @override
    async def listen(self, host: str, port: int, handler: Handler) -> MemoryListener:
        address = (host, port or next(self._free))
        if address in self._listeners:
            raise TransportError(f"port {port} of {host} is in use")
        listener = self._listeners[address] = MemoryListener(self, address, handler)
        return listener

    @override
    async def datagram(self, host: str, port: int = 0) -> Datagram:
        address = (host, port or next(self._free))
        if address in self._sockets:
            raise TransportError(f"port {port} of {host} is in use")
        socket = self._sockets[address] = MemoryDatagram(self, address)
        return socket

    @override
    async def serial(self, path: str, baud: int) -> MemoryStream:
        """Nothing is slower at a low ``baud`` here. Like a terminal, a port has one user at a time."""
        line = self._listeners.get((path, _SERIAL))
        if not isinstance(line, MemoryLine):
            raise TransportError(f"no serial port {path}")
        if line.near is not None and not line.near.closed:
            raise TransportError(f"the serial port {path} is in use")
        line.near = self._join(path, line)
        return line.near

    @override
    async def line(self, path: str, handler: Handler) -> MemoryLine:
        address = (path or f"line-{next(self._free)}", _SERIAL)
        if address in self._listeners:
            raise TransportError(f"the serial port {path} is in use")
        line = self._listeners[address] = MemoryLine(self, address, handler)
        return line

    def deliver(self, data: bytes, sender: Address, to: Address) -> None:
        """Carry a datagram; one to an address that nobody has bound is lost."""
        socket = self._sockets.get(to)
        if socket is not None:
            socket.put(data, sender)

    def forget(self, port: MemoryListener | MemoryDatagram) -> None:
        """The port is free again."""
        if isinstance(port, MemoryListener):
            if self._listeners.get(port.local) is port:
                del self._listeners[port.local]
        elif self._sockets.get(port.local) is port:
            del self._sockets[port.local]


def _text(address: Address) -> str:
    return f"{address[0]}:{address[1]}"
