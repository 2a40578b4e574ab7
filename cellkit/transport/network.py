"""The network that drivers and virtual controllers are given: byte streams, datagrams and serial lines over asyncio.

A ``Network`` makes asyncio connections, in memory or over sockets; everything else here is the same for both. A
subclass that puts a protocol of its own between transport and stream (``FaultyNetwork``, ``RecordingNetwork``) works on
either.
"""

from __future__ import annotations

import errno
import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Protocol

from typing_extensions import override

from cellkit.errors import TransportError
from cellkit.timing.memory_transports import Address
from cellkit.transport.streams import ByteStream, Connections, Datagram, DatagramSocket, Handler, Stream, reason

__all__ = ["Address", "ByteStream", "Datagram", "Handler", "Line", "Listener", "Network", "Stream"]

_PRIVILEGED = 1024


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

    outlives_process = False
    """Whether the devices at the other ends may go on when this process has died."""

    # --- for drivers and devices ----------------------------------------------------------------------------------

    async def connect(self, host: str, port: int) -> Stream:
        """Connect. Raises ``TransportError`` when no server listens or answers there."""
        stream = Stream()
        try:
            await self.create_connection(lambda: stream, host, port)
        except OSError as error:
            raise _told(error, f"{host}:{port}: {reason(error)}") from None
        return stream

    async def listen(self, host: str, port: int, handler: Handler, most: float = math.inf) -> Listener:
        """Listen; ``handler(stream)`` runs as a task for each connection and the stream is closed when it ends.

        ``most``: the largest number of connections at one time, as in ``Connections``. Raises ``TransportError`` when
        the port is in use or this user must not use it.
        """
        connections = Connections(handler, most)
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
