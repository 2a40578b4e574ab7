"""asyncio's transports over a network in memory: connections, servers and datagram sockets without an operating system.

Nothing is late, nothing is lost, and the order is the same every time, so that any asyncio library that keeps no clock
of its own runs in virtual time, bit-repeatably. Each event loop has one such network, ``memory_of(loop)``, that
``VirtualLoop`` uses in virtual time; there can be others. A line with faults or a recorder can be put under any
connection with ``MemoryNet.lines``.
"""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import os
import socket
import ssl as tls
from asyncio.sslproto import SSLProtocol
from asyncio.transports import _FlowControlMixin
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextvars import Context, copy_context
from itertools import count
from typing import Any, TypeAlias

from typing_extensions import override

Address: TypeAlias = tuple[str, int]
Factory: TypeAlias = Callable[[], Any]
"""Makes the protocol of a new connection."""
AddressInfo: TypeAlias = tuple[int, int, int, str, tuple[Any, ...]]

_FIRST_FREE = 49152
_PIECE = 256 * 1024  # bytes that a protocol receives in one call at most, as asyncio's own selector transport
_DATAGRAMS = 1000  # unread datagrams until new ones are lost, as in a full socket buffer
LARGEST_DATAGRAM = 65507
_ANY_HOST = ("0.0.0.0", "::")  # noqa: S104 - a name in a table: nothing is bound


def hand_over(protocol: Any, data: bytes) -> None:
    """Give received bytes to a protocol, buffered (``BufferedProtocol``) or not."""
    if not isinstance(protocol, asyncio.BufferedProtocol):
        protocol.data_received(data)
        return
    left = memoryview(data)
    while left:
        buffer = memoryview(protocol.get_buffer(len(left))).cast("B")  # type: ignore[arg-type]
        size = min(len(buffer), len(left))
        if not size:
            raise RuntimeError("get_buffer() returned an empty buffer")
        buffer[:size] = left[:size]
        protocol.buffer_updated(size)
        left = left[size:]


class MemorySocket:
    """The "socket" in ``get_extra_info`` of a connection or server in memory: addresses, and nothing that carries bytes."""

    proto = 0

    def __init__(self, net: MemoryNet, kind: int, local: Address, peer: Address | None, ended: Callable[[], bool]) -> None:
        self._net, self._local, self._peer, self._ended = net, local, peer, ended
        self.type = kind
        self.family = _family(local[0])

    def fileno(self) -> int:
        """Return a descriptor that is readable exactly when the other end is closed: HTTP clients poll it."""
        return self._net.descriptor(readable=self._ended())

    def getsockname(self) -> tuple[Any, ...]:
        """Return the address of this end."""
        return _name(self._local)

    def getpeername(self) -> tuple[Any, ...]:
        """Return the address of the other end. Raises ``OSError`` where there is none."""
        if self._peer is None:
            raise OSError(errno.ENOTCONN, os.strerror(errno.ENOTCONN))
        return _name(self._peer)

    def setsockopt(self, *_option: Any) -> None:
        """Accept any option: none has an effect."""

    def getsockopt(self, *_option: Any) -> int:
        """Return 0 for any option."""
        return 0


class MemoryTransport(_FlowControlMixin):
    """One end of a connection in memory.

    A protocol with the attribute ``eager`` receives data and the end of the stream inside the other end's ``write`` and
    ``close``; it must only store and wake. Any other protocol receives them in the next round of the loop, as from a
    socket. Data that was written before ``close`` or ``abort`` still arrives.
    """

    _start_tls_compatible = True  # asyncio's start_tls asks for it

    def __init__(self, net: MemoryNet, local: Address, peer: Address, context: Context) -> None:
        where = MemorySocket(net, socket.SOCK_STREAM, local, peer, lambda: self._far_ended or self._closing)
        super().__init__({"sockname": _name(local), "peername": _name(peer), "socket": where}, net.loop)
        self._net = net
        self._context = context
        self._protocol: Any = None
        self._far: MemoryTransport = self
        self._server: MemoryServer | None = None
        self._waiting: deque[bytes] = deque()  # received, not yet given to the protocol
        self._size = 0
        self._started = self._scheduled = self._paused = False
        self._far_ended = self._end_given = self._ended = self._closing = False
        self._direct: Callable[[bytes], object] | None = None  # what receives data inside the other end's write

    def join(self, far: MemoryTransport) -> None:
        """Make ``far`` the other end."""
        self._far, far._far = far, self

    def start(self, protocol: Any) -> None:
        """Give the connection its protocol; what arrived before follows."""
        self._net.transports.add(self)
        self._protocol = protocol
        protocol.connection_made(self)
        self._started = True
        self._choose()
        if self._waiting or self._far_ended:
            self._schedule()

    # --- asyncio.Transport ----------------------------------------------------------------------------------------

    @override
    def write(self, data: bytes | bytearray | memoryview) -> None:
        far = self._far
        direct = far._direct
        if direct is not None and type(data) is bytes and 0 < len(data) <= _PIECE and not (self._ended or self._closing):
            direct(data)
            return
        if not isinstance(data, (bytes, bytearray, memoryview)):
            raise TypeError(f"data must be bytes-like, not {type(data).__name__}")
        if self._ended:
            raise RuntimeError("Cannot call write() after write_eof()")
        if not data or self._closing:
            return
        if far._closing:
            self._soon(self._force_close, BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE)))
        elif len(data) <= _PIECE:
            far._arrive(bytes(data))
        else:
            for start in range(0, len(data), _PIECE):
                far._arrive(bytes(data[start : start + _PIECE]))
        if far._size > self._high_water:  # type: ignore[attr-defined]
            self._maybe_pause_protocol()  # type: ignore[attr-defined]

    @override
    def write_eof(self) -> None:
        if not self._ended and not self._closing:
            self._ended = True
            self._far._arrive_end()

    @override
    def can_write_eof(self) -> bool:
        return True

    @override
    def get_write_buffer_size(self) -> int:
        return self._far._size

    @override
    def pause_reading(self) -> None:
        self._paused = True
        self._choose()

    @override
    def resume_reading(self) -> None:
        if self._paused:
            self._paused = False
            self._choose()
            if self._waiting or self._far_ended:
                self._schedule()

    @override
    def is_reading(self) -> bool:
        return not self._paused and not self._closing

    @override
    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._protocol = protocol
        self._choose()

    @override
    def get_protocol(self) -> asyncio.BaseProtocol:
        protocol: asyncio.BaseProtocol = self._protocol
        return protocol

    @override
    def is_closing(self) -> bool:
        """Return whether either end is closed: nothing that is written would arrive."""
        return self._closing or self._far._closing

    @override
    def close(self) -> None:
        self._force_close(None)

    @override
    def abort(self) -> None:
        self._force_close(None)

    # --- the other end, and the end -------------------------------------------------------------------------------

    def _force_close(self, error: Exception | None) -> None:
        """Close; the protocol's ``connection_lost`` receives ``error``. Does nothing the second time."""
        if self._closing:
            return
        self._closing = True
        self._waiting.clear()
        self._size = 0
        self._direct = None
        far = self._far
        far._maybe_resume_protocol()  # type: ignore[attr-defined]
        if not self._ended:
            far._arrive_end()
        self._soon(self._lost, error)

    def _lost(self, error: Exception | None) -> None:
        self._net.transports.discard(self)
        if self._started:
            self._protocol.connection_lost(error)
        if self._server is not None:
            self._server.detach(self)

    def _soon(self, callback: Callable[..., object], *args: Any) -> None:
        self._loop.call_soon(callback, *args, context=self._context)  # type: ignore[attr-defined]

    def _choose(self) -> None:
        """Choose whether data goes straight to the protocol or waits for the next round."""
        ready = self._started and not (self._paused or self._waiting or self._closing)
        self._direct = self._protocol.data_received if ready and getattr(self._protocol, "eager", False) else None

    def _arrive(self, data: bytes) -> None:
        if self._direct is not None:
            self._direct(data)
            return
        self._waiting.append(data)
        self._size += len(data)
        self._schedule()

    def _arrive_end(self) -> None:
        self._far_ended = True
        if self._direct is not None:
            self._give_end()
        else:
            self._schedule()

    def _schedule(self) -> None:
        if self._started and not (self._scheduled or self._paused or self._closing):
            self._scheduled = True
            self._soon(self._deliver)

    def _deliver(self) -> None:
        self._scheduled = False
        if self._closing or self._paused:
            return
        try:
            if self._waiting:
                hand_over(self._protocol, self._next_piece())
            elif self._far_ended and not self._end_given:
                self._give_end()
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as error:
            self._loop.call_exception_handler(  # type: ignore[attr-defined]
                {"message": "a protocol failed", "exception": error, "transport": self, "protocol": self._protocol}
            )
            self._force_close(error if isinstance(error, Exception) else None)
        if self._waiting or (self._far_ended and not self._end_given):
            self._schedule()

    def _next_piece(self) -> bytes:
        """Take what waits, up to the most that a protocol receives at once."""
        pieces = [self._waiting.popleft()]
        size = len(pieces[0])
        while self._waiting and size + len(self._waiting[0]) <= _PIECE:
            pieces.append(self._waiting.popleft())
            size += len(pieces[-1])
        self._size -= size
        self._choose()
        self._far._maybe_resume_protocol()  # type: ignore[attr-defined]
        return b"".join(pieces)

    def _give_end(self) -> None:
        self._end_given = True
        if not self._protocol.eof_received():
            self.close()


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


class MemoryDatagramTransport(asyncio.DatagramTransport):
    """A datagram socket in memory. Datagrams to an address that no socket has are lost.

    With a remote address, that is reported to the protocol's ``error_received``, as the operating system does.
    """

    def __init__(self, net: MemoryNet, local: Address, remote: Address | None) -> None:
        super().__init__(
            {
                "sockname": _name(local),
                "peername": None if remote is None else _name(remote),
                "socket": MemorySocket(net, socket.SOCK_DGRAM, local, remote, lambda: self._closing),
            }
        )
        self._net, self._local, self._remote = net, local, remote
        self._context = copy_context()
        self._protocol: Any = None
        self._unread = 0
        self._closing = False
        self._plain = remote is None  # open, and bound to no remote address
        self._direct: Callable[[bytes, Address], object] | None = None

    def start(self, protocol: Any) -> None:
        """Give the socket its protocol."""
        self._protocol = protocol
        protocol.connection_made(self)
        self._net.datagrams[self._local] = self
        if self._plain and getattr(protocol, "eager", False):
            self._direct = protocol.datagram_received

    @override
    def sendto(self, data: bytes | bytearray | memoryview, addr: tuple[Any, ...] | str | None = None) -> None:
        other = self._net.datagrams.get(addr)  # type: ignore[arg-type]
        if other is not None and other._direct is not None and self._plain and len(data) <= LARGEST_DATAGRAM:
            other._direct(data if type(data) is bytes else bytes(data), self._local)
            return
        if not isinstance(data, (bytes, bytearray, memoryview)):
            raise TypeError(f"data must be bytes-like, not {type(data).__name__}")
        if addr is not None and self._remote is not None and tuple(addr[:2]) != self._remote:
            raise ValueError(f"Invalid address: must be None or {self._remote}")
        if self._closing:
            return
        if len(data) > LARGEST_DATAGRAM:
            self._report(OSError(errno.EMSGSIZE, os.strerror(errno.EMSGSIZE)))
            return
        to = self._remote if addr is None else (str(addr[0]), int(addr[1]))
        if to is None:
            raise ValueError("an address is needed: the socket has no remote address")
        other = self._net.datagrams.get(self._net.known(to[0], to[1], self._net.datagrams))
        if other is not None and other._remote in (None, self._local):
            other._arrive(bytes(data), self._local)
        elif self._remote is not None:
            self._report(ConnectionRefusedError(errno.ECONNREFUSED, os.strerror(errno.ECONNREFUSED)))

    def _report(self, error: OSError) -> None:
        self._net.loop.call_soon(self._protocol.error_received, error, context=self._context)

    def _arrive(self, data: bytes, sender: Address) -> None:
        if getattr(self._protocol, "eager", False):
            self._protocol.datagram_received(data, sender)
        elif self._unread < _DATAGRAMS:
            self._unread += 1
            self._net.loop.call_soon(self._give, data, _name(sender), context=self._context)

    def _give(self, data: bytes, sender: tuple[Any, ...]) -> None:
        self._unread -= 1
        if not self._closing:
            self._protocol.datagram_received(data, sender)

    @override
    def get_protocol(self) -> asyncio.BaseProtocol:
        protocol: asyncio.BaseProtocol = self._protocol
        return protocol

    @override
    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._protocol = protocol

    def get_write_buffer_size(self) -> int:
        """Return 0: datagrams leave at once."""
        return 0

    @override
    def is_closing(self) -> bool:
        return self._closing

    @override
    def abort(self) -> None:
        self.close()

    @override
    def close(self) -> None:
        if not self._closing:
            self._closing, self._plain = True, False
            self._net.datagrams.pop(self._local, None)
            self._net.loop.call_soon(self._protocol.connection_lost, None, context=self._context)


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
        """What lies under the connections to (host, port) or to a host: receives the client's protocol, returns another
        that stands between it and the transport (``LinkFaults.line``), or raises ``OSError`` to refuse the connection."""
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
            top = SSLProtocol(
                self.loop, protocol, None if ssl is True else ssl, made, False, server_hostname or host,
                ssl_handshake_timeout=ssl_handshake_timeout, ssl_shutdown_timeout=ssl_shutdown_timeout,
            )  # type: ignore[call-arg, arg-type]  # fmt: skip
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
                return SSLProtocol(
                    self.loop, protocol, context, None, True,
                    ssl_handshake_timeout=times[0], ssl_shutdown_timeout=times[1],
                )  # type: ignore[call-arg, arg-type]  # fmt: skip

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
        type: int = 0,  # noqa: A002 - asyncio's name
        proto: int = 0,
        flags: int = 0,
    ) -> list[AddressInfo]:
        """Look a name up in this network alone. Raises ``socket.gaierror`` for one that it does not know."""
        name = host.decode() if isinstance(host, bytes) else host
        place, number = self._place(name, int(port or 0))
        self._require_name(place)
        kinds = [socket.SOCK_STREAM, socket.SOCK_DGRAM] if not type else [socket.SocketKind(type)]
        protocols = {socket.SOCK_STREAM: socket.IPPROTO_TCP, socket.SOCK_DGRAM: socket.IPPROTO_UDP}
        address = _name((place, number))
        return [(_family(place), kind, protocols.get(kind, proto), "", address) for kind in kinds]

    async def getnameinfo(self, sockaddr: tuple[Any, ...], flags: int = 0) -> tuple[str, str]:
        """Return host and port as texts."""
        numeric = flags & socket.NI_NUMERICHOST
        host = str(sockaddr[0])
        named = next((name for name, place in self.names.items() if name and place == host), host)
        return (host if numeric else named), str(sockaddr[1])

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


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _name(address: Address) -> tuple[Any, ...]:
    """An address as a socket reports it."""
    return (*address, 0, 0) if ":" in address[0] else address


def _in_use(address: Address) -> OSError:
    return OSError(errno.EADDRINUSE, f"error while attempting to bind on address {address}: address already in use")
