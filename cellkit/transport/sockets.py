"""The real network: TCP and UDP of the operating system, on the loop that runs."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections import deque
from typing import Any, cast

from typing_extensions import override

from cellkit.errors import TransportError
from cellkit.transport.network import Address, ByteStream, Datagram, Handler, Line, Listener, Network
from cellkit.transport.serving import Connections

CONNECT_TIMEOUT = 5.0  # s of cell time until a connection that is not answered has failed
_CHUNK = 65536
_DATAGRAMS = 1000
_PRIVILEGED = 1024


class TcpStream(ByteStream):
    """A TCP connection (a ``ByteStream``); small messages leave at once (TCP_NODELAY)."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._closed = False
        self.local = _address(writer.get_extra_info("sockname"))
        self.peer = _address(writer.get_extra_info("peername"))
        raw = writer.get_extra_info("socket")
        if raw is not None:
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    @override
    async def read(self) -> bytes:
        if self._closed:
            raise TransportError(f"the connection to {_text(self.peer)} is closed")
        try:
            data = await self._reader.read(_CHUNK)
        except OSError as error:
            raise TransportError(f"the connection to {_text(self.peer)} broke: {_why(error)}") from None
        if not data and self._closed:
            raise TransportError(f"the connection to {_text(self.peer)} is closed")
        return data

    @override
    def write(self, data: bytes) -> None:
        if self._closed or self._writer.is_closing():
            raise TransportError(f"the connection to {_text(self.peer)} is closed")
        self._writer.write(data)

    @override
    async def drain(self) -> None:
        try:
            await self._writer.drain()
        except OSError as error:
            raise TransportError(f"the connection to {_text(self.peer)} broke: {_why(error)}") from None

    @override
    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._writer.close()


class UdpSocket(asyncio.DatagramProtocol, Datagram):
    """A bound UDP socket (a ``Datagram``)."""

    def __init__(self) -> None:
        self.local: Address = ("", 0)
        self._transport: asyncio.DatagramTransport | None = None
        self._waiting: deque[tuple[bytes, Address]] = deque()
        self._reader: asyncio.Future[None] | None = None
        self._broken: str | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)
        self.local = _address(transport.get_extra_info("sockname"))

    @override
    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        if len(self._waiting) < _DATAGRAMS:
            self._waiting.append((data, _address(addr)))
            self._wake()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._broken = self._broken or ("closed" if exc is None else str(exc))
        self._wake()

    @override
    def send(self, data: bytes, to: Address) -> None:
        if self._transport is None or self._broken is not None:
            raise TransportError(f"the socket {_text(self.local)} is closed")
        self._transport.sendto(data, to)

    @override
    async def receive(self) -> tuple[bytes, Address]:
        while not self._waiting:
            if self._broken is not None:
                raise TransportError(f"the socket {_text(self.local)} is closed")
            if self._reader is not None and not self._reader.done():
                raise RuntimeError("two readers on one socket")
            self._reader = asyncio.get_running_loop().create_future()
            await self._reader
        return self._waiting.popleft()

    def _wake(self) -> None:
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)

    @override
    def close(self) -> None:
        if self._broken is None:
            self._broken = "closed"
            if self._transport is not None:
                self._transport.abort()
            self._wake()


class TcpListener(Listener):
    """A TCP port that waits for connections (a ``Listener``)."""

    def __init__(self, server: asyncio.Server, connections: Connections) -> None:
        self._server = server
        self._connections = connections
        self.port: int = server.sockets[0].getsockname()[1]

    @override
    def close(self) -> None:
        self._server.close()
        self._connections.close()


class SocketNetwork(Network):
    """The ``Network`` of the machine. Needs a loop in real or scaled time, unless both ends are in this process."""

    @override
    async def connect(self, host: str, port: int) -> TcpStream:
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT):
                return TcpStream(*await asyncio.open_connection(host, port))
        except TimeoutError:
            raise TransportError(f"{host}:{port} does not answer") from None
        except OSError as error:
            raise TransportError(f"{host}:{port}: {_why(error)}") from None

    @override
    async def listen(self, host: str, port: int, handler: Handler) -> TcpListener:
        connections = Connections(handler)

        def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            connections.accept(TcpStream(reader, writer))

        try:
            server = await asyncio.start_server(accept, host, port)
        except OSError as error:
            raise TransportError(_refused(host, port, error)) from None
        return TcpListener(server, connections)

    @override
    async def datagram(self, host: str, port: int = 0) -> UdpSocket:
        loop = asyncio.get_running_loop()
        try:
            _, socket = await loop.create_datagram_endpoint(UdpSocket, local_addr=(host, port))
        except OSError as error:
            raise TransportError(_refused(host, port, error)) from None
        return socket

    @override
    async def serial(self, path: str, baud: int) -> ByteStream:
        from cellkit.transport.serial_line import open_serial  # termios: not on every system that has sockets

        return open_serial(path, baud)

    @override
    async def line(self, path: str, handler: Handler) -> Line:
        """A pseudo-terminal; ``path`` becomes a link to it."""
        from cellkit.transport.serial_line import open_line

        return open_line(path, handler)


def _refused(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} of {host} is in use; choose another port, or another loopback address (127.0.0.2 …)"
    if error.errno in (errno.EACCES, errno.EPERM) and 0 < port < _PRIVILEGED:
        return (
            f"port {port} needs a right that this user lacks (ports below {_PRIVILEGED}): choose a higher port, "
            f"or have an administrator allow it (sysctl net.ipv4.ip_unprivileged_port_start={port})"
        )
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{host} is no address of this machine"
    return f"{host}:{port}: {_why(error)}"


def _why(error: OSError) -> str:
    return (error.strerror or str(error) or type(error).__name__).lower()


def _address(name: Any) -> Address:
    return (str(name[0]), int(name[1])) if name else ("", 0)


def _text(address: Address) -> str:
    return f"{address[0]}:{address[1]}"
