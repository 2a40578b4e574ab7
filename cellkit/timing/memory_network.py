"""The network in memory that an event loop connects by: its ports, names and servers.

Any asyncio library that keeps no clock of its own runs over it in virtual time, bit-repeatably. Each event loop has
one, ``memory_of(loop)``, that ``VirtualLoop`` uses in virtual time; there can be others. A line with faults or a
recorder can be put under any connection with ``MemoryNet.lines``.
"""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import os
import socket
import ssl as tls
from asyncio.sslproto import SSLProtocol
from collections.abc import Callable, Iterable, Sequence
from contextvars import copy_context
from itertools import count
from typing import Any, TypeAlias

from typing_extensions import override

from cellkit.timing.memory_transports import (
    Address,
    MemoryDatagramTransport,
    MemorySocket,
    MemoryTransport,
    family_of,
    name_of,
)

Factory: TypeAlias = Callable[[], Any]
"""Makes the protocol of a new connection."""
AddressInfo: TypeAlias = tuple[int, int, int, str, tuple[Any, ...]]

_FIRST_FREE = 49152
_ANY_HOST = ("0.0.0.0", "::")  # noqa: S104 - a name in a table: nothing is bound


class MemoryServer(asyncio.AbstractServer):
    """A port in memory that waits for connections, with the methods of ``asyncio.Server``."""

    def __init__(
        self, net: MemoryNet, factory: Factory, addresses: Sequence[Address], secure: Callable[[Any], Any] | None
    ) -> None:
        self._net = net
        self._factory = factory
        self._secure = secure
        self._context = copy_context()
        self._serving = self._closed = False
        self._ended: asyncio.Future[None] = net.loop.create_future()
        self.addresses = addresses
        self.connections: set[MemoryTransport] = set()

    @property
    def sockets(self) -> tuple[MemorySocket, ...]:
        """The addresses that it listens on, as sockets to ask for their names; none once closed."""
        if self._closed:
            return ()
        return tuple(MemorySocket(self._net, socket.SOCK_STREAM, one, None, lambda: False) for one in self.addresses)

    @override
    def get_loop(self) -> asyncio.AbstractEventLoop:
        return self._net.loop

    @override
    def is_serving(self) -> bool:
        return self._serving

    @override
    async def start_serving(self) -> None:
        if self._closed:
            raise RuntimeError("the server is closed")
        self._serving = True

    @override
    async def serve_forever(self) -> None:
        await self.start_serving()
        try:
            await self._net.loop.create_future()
        except asyncio.CancelledError:
            self.close()
            raise

    @override
    def close(self) -> None:
        if not self._closed:
            self._closed, self._serving = True, False
            for address in self.addresses:
                del self._net.servers[address]
            self._wake()

    @override
    async def wait_closed(self) -> None:
        """Wait until the server is closed and its last connection has ended."""
        await asyncio.shield(self._ended)

    def close_clients(self) -> None:
        """Close every connection that the server has accepted."""
        for transport in tuple(self.connections):
            transport.close()

    abort_clients = close_clients

    def accept(self, transport: MemoryTransport) -> None:
        """Start the protocol of a new connection: at once where it is eager, else in the next round of the loop."""
        self.connections.add(transport)
        transport._server, transport._context = self, self._context
        protocol = self._context.copy().run(self._factory)
        if self._secure is not None:
            protocol = self._secure(protocol)
        if getattr(protocol, "eager", False):
            transport.start(protocol)
        else:
            transport._soon(transport.start, protocol)

    def detach(self, transport: MemoryTransport) -> None:
        """Forget a connection that has ended."""
        self.connections.discard(transport)
        self._wake()

    def _wake(self) -> None:
        if self._closed and not self.connections and not self._ended.done():
            self._ended.set_result(None)


class MemoryNet:
    """A network in memory: ports, names, and the methods of an event loop that open connections."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.servers: dict[Address, MemoryServer] = {}
        self.datagrams: dict[Address, MemoryDatagramTransport] = {}
        self.transports: set[MemoryTransport] = set()
        self.names = {"localhost": "127.0.0.1", "": "127.0.0.1"}
        """Addresses by host name. A name that a server listens on needs no entry."""
        self.lines: dict[Address | str, Callable[[Any], Any]] = {}
        """What lies under the connections to (host, port) or to a host: receives the client's protocol and returns the
        protocol between it and the transport (``LinkFaults.line``), or raises ``OSError`` to refuse the connection."""
        self._free = count(_FIRST_FREE)
        self._descriptors: dict[bool, int] = {}
        networks_of(loop).append(self)

    def free_port(self) -> int:
        """Return a port that was not in use before."""
        return next(self._free)

    def descriptor(self, *, readable: bool) -> int:
        """Return a file descriptor that is always, or never, readable."""
        if readable not in self._descriptors:
            self._descriptors[readable] = os.eventfd(int(readable), os.EFD_NONBLOCK)
        return self._descriptors[readable]

    def known(self, host: str, port: int, ports: dict[Address, Any]) -> Address:
        """Return the address under which a host and port are in a table, or would be."""
        host = self.names.get(host, host)
        if (host, port) in ports:
            return host, port
        return next(((any_host, port) for any_host in _ANY_HOST if (any_host, port) in ports), (host, port))

    # --- what the loop offers -------------------------------------------------------------------------------------

    async def create_connection(
        self,
        protocol_factory: Factory,
        host: str | None,
        port: int | None,
        *,
        ssl: bool | tls.SSLContext | None = None,
        local_addr: tuple[str, int] | None = None,
        server_hostname: str | None = None,
        ssl_handshake_timeout: float | None = None,
        ssl_shutdown_timeout: float | None = None,
        **_ignored: Any,
    ) -> tuple[asyncio.Transport, Any]:
        """Connect to a server in memory, as ``loop.create_connection`` does.

        Raises ``ConnectionRefusedError`` when no server listens, ``socket.gaierror`` for an unknown name.
        """
        if server_hostname is not None and not ssl:
            raise ValueError("server_hostname is only meaningful with ssl")
        host, port = self._place(host, port)
        address = self.known(host, port, self.servers)
        server = self.servers.get(address)
        line = self.lines.get((host, port)) or self.lines.get(host)
        if server is None or not server.is_serving():
            self._require_name(host)
            raise ConnectionRefusedError(errno.ECONNREFUSED, f"Connect call failed {(host, port)}")
        protocol = top = protocol_factory()
        made: asyncio.Future[None] | None = None
        if ssl:
            made = self.loop.create_future()
            context = None if ssl is True else ssl
            top = self._encrypted(
                protocol, context, made, server_hostname or host, (ssl_handshake_timeout, ssl_shutdown_timeout)
            )
        below = top if line is None else line(top)
        local = (self.names.get(local_addr[0], local_addr[0]), local_addr[1]) if local_addr else (host, 0)
        near = MemoryTransport(self, (local[0], local[1] or self.free_port()), (host, port), copy_context())
        far = MemoryTransport(self, (host, port), (local[0], near.get_extra_info("sockname")[1]), near._context)
        near.join(far)
        near.start(below)
        server.accept(far)
        if made is None:
            return (near if line is None else below), protocol
        try:
            await made
        except BaseException:
            near.close()
            raise
        return top._get_app_transport(), protocol

    async def create_server(
        self,
        protocol_factory: Factory,
        host: str | Sequence[str] | None = None,
        port: int | None = None,
        *,
        ssl: tls.SSLContext | None = None,
        ssl_handshake_timeout: float | None = None,
        ssl_shutdown_timeout: float | None = None,
        start_serving: bool = True,
        **_ignored: Any,
    ) -> MemoryServer:
        """Listen in memory, as ``loop.create_server`` does. Raises ``OSError`` (``EADDRINUSE``) for a port in use."""
        if isinstance(ssl, bool):
            raise TypeError("ssl argument must be an SSLContext or None")
        hosts: Iterable[str] = [host or _ANY_HOST[0]] if host is None or isinstance(host, str) else host
        number = port or self.free_port()
        addresses = list(dict.fromkeys((self.names.get(one, one), number) for one in hosts))
        for address in addresses:
            if address in self.servers:
                raise _in_use(address)
        secure = None
        if ssl is not None:
            context, times = ssl, (ssl_handshake_timeout, ssl_shutdown_timeout)

            def secure(protocol: Any) -> Any:
                return self._encrypted(protocol, context, None, None, times)

        server = MemoryServer(self, protocol_factory, addresses, secure)
        self.servers |= dict.fromkeys(addresses, server)
        if start_serving:
            await server.start_serving()
        return server

    async def create_datagram_endpoint(
        self,
        protocol_factory: Factory,
        local_addr: tuple[str, int] | None = None,
        remote_addr: tuple[str, int] | None = None,
        **_ignored: Any,
    ) -> tuple[MemoryDatagramTransport, Any]:
        """Bind a datagram socket in memory, as ``loop.create_datagram_endpoint`` does. Raises ``OSError``."""
        remote = None if remote_addr is None else self._place(*remote_addr)
        host = self.names.get(local_addr[0], local_addr[0]) if local_addr else (remote[0] if remote else _ANY_HOST[0])
        local = (host, (local_addr[1] if local_addr else 0) or self.free_port())
        if local in self.datagrams:
            raise _in_use(local)
        protocol = protocol_factory()
        transport = MemoryDatagramTransport(self, local, remote)
        transport.start(protocol)
        return transport, protocol

    async def getaddrinfo(
        self,
        host: str | bytes | None,
        port: str | bytes | int | None,
        *,
        family: int = 0,
        type: int = 0,
        proto: int = 0,
        flags: int = 0,
    ) -> list[AddressInfo]:
        """Look a name up in this network alone. Raises ``socket.gaierror`` for one that it does not know."""
        name = host.decode() if isinstance(host, bytes) else host
        place, number = self._place(name, int(port or 0))
        self._require_name(place)
        kinds = [socket.SOCK_STREAM, socket.SOCK_DGRAM] if not type else [socket.SocketKind(type)]
        protocols = {socket.SOCK_STREAM: socket.IPPROTO_TCP, socket.SOCK_DGRAM: socket.IPPROTO_UDP}
        address = name_of((place, number))
        return [(family_of(place), kind, protocols.get(kind, proto), "", address) for kind in kinds]

    async def getnameinfo(self, sockaddr: tuple[Any, ...], flags: int = 0) -> tuple[str, str]:
        """Return host and port as texts."""
        numeric = flags & socket.NI_NUMERICHOST
        host = str(sockaddr[0])
        named = next((name for name, place in self.names.items() if name and place == host), host)
        return (host if numeric else named), str(sockaddr[1])

    def _encrypted(
        self, protocol: Any, context: Any, made: Any, host: str | None, times: tuple[float | None, float | None]
    ) -> Any:
        """Put asyncio's TLS under a protocol: the client's with the name of the server, the server's without one."""
        protocol_class: Any = SSLProtocol
        return protocol_class(
            self.loop, protocol, context, made, host is None, host,
            ssl_handshake_timeout=times[0], ssl_shutdown_timeout=times[1],
        )  # fmt: skip

    def _place(self, host: str | None, port: int | None) -> Address:
        return self.names.get(host or "", host or ""), int(port or 0)

    def _require_name(self, host: str) -> None:
        """Raise ``socket.gaierror`` for a name that no address and no port of this network has."""
        try:
            ipaddress.ip_address(host)
        except ValueError:
            if not any(known == host for known, _ in (*self.servers, *self.datagrams)):
                raise socket.gaierror(
                    socket.EAI_NONAME, f"{host!r} is unknown to the network in memory: nothing listens there"
                ) from None

    def close(self) -> None:
        """Close every connection, server and socket that is open; protocols are notified in the next round."""
        for transport in tuple(self.transports):
            transport.abort()
        for datagram in tuple(self.datagrams.values()):
            datagram.abort()
        for server in tuple(self.servers.values()):
            server.close()

    def release(self) -> None:
        """Close the file descriptors; for the end of the loop."""
        while self._descriptors:
            os.close(self._descriptors.popitem()[1])


def memory_of(loop: asyncio.AbstractEventLoop) -> MemoryNet:
    """Return the event loop's own network in memory; it is made when it is first asked for."""
    net: MemoryNet = vars(loop).get("_memory_net") or vars(loop).setdefault("_memory_net", MemoryNet(loop))
    return net


def networks_of(loop: asyncio.AbstractEventLoop) -> list[MemoryNet]:
    """Return every network in memory of an event loop."""
    nets: list[MemoryNet] = vars(loop).setdefault("_memory_nets", [])
    return nets


def _in_use(address: Address) -> OSError:
    return OSError(errno.EADDRINUSE, f"error while attempting to bind on address {address}: address already in use")
