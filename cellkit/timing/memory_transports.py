"""asyncio's transports in memory: connections and datagram sockets without an operating system.

Nothing is late, nothing is lost, and the order is the same every time. ``memory_network`` connects them.
"""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from asyncio.transports import _FlowControlMixin
from collections import deque
from collections.abc import Callable
from contextvars import Context, copy_context
from typing import Any, Protocol, TypeAlias

from typing_extensions import override

Address: TypeAlias = tuple[str, int]


class Ports(Protocol):
    """What transports need of the network that they belong to."""

    loop: asyncio.AbstractEventLoop
    transports: set[MemoryTransport]
    datagrams: dict[Address, MemoryDatagramTransport]

    def descriptor(self, *, readable: bool) -> int:
        """Return a file descriptor that is readable or not."""

    def known(self, host: str, port: int, ports: dict[Address, Any]) -> Address:
        """Return the address under which a host and port are in a table, or would be."""


class Clients(Protocol):
    """The server side of a connection, as far as it counts its clients."""

    def detach(self, transport: MemoryTransport) -> None:
        """Forget a client that is gone."""


LARGEST_DATAGRAM = 65507
_PIECE = 256 * 1024  # bytes that a protocol receives in one call at most, as from asyncio's own selector transport
_DATAGRAMS = 1000  # unread datagrams until new ones are lost, as in a full socket buffer


def hand_over(protocol: Any, data: bytes) -> None:
    """Give received bytes to a protocol, buffered (``BufferedProtocol``) or not."""
    if not isinstance(protocol, asyncio.BufferedProtocol):
        protocol.data_received(data)
        return
    left = memoryview(data)
    while left:
        buffer = memoryview(protocol.get_buffer(len(left))).cast("B")
        size = min(len(buffer), len(left))
        if not size:
            raise RuntimeError("get_buffer() returned an empty buffer")
        buffer[:size] = left[:size]
        protocol.buffer_updated(size)
        left = left[size:]


class MemorySocket:
    """The "socket" in ``get_extra_info`` of a connection or server in memory: addresses, and no way to send."""

    proto = 0

    def __init__(self, net: Ports, kind: int, local: Address, peer: Address | None, ended: Callable[[], bool]) -> None:
        self._net, self._local, self._peer, self._ended = net, local, peer, ended
        self.type = kind
        self.family = family_of(local[0])

    def fileno(self) -> int:
        """Return a descriptor that is readable exactly when the other end is closed: HTTP clients poll it."""
        return self._net.descriptor(readable=self._ended())

    def getsockname(self) -> tuple[Any, ...]:
        """Return the address of this end."""
        return name_of(self._local)

    def getpeername(self) -> tuple[Any, ...]:
        """Return the address of the other end. Raises ``OSError`` where there is none."""
        if self._peer is None:
            raise OSError(errno.ENOTCONN, os.strerror(errno.ENOTCONN))
        return name_of(self._peer)

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

    def __init__(self, net: Ports, local: Address, peer: Address, context: Context) -> None:
        where = MemorySocket(net, socket.SOCK_STREAM, local, peer, lambda: self._far_ended or self._closing)
        super().__init__({"sockname": name_of(local), "peername": name_of(peer), "socket": where}, net.loop)
        self._net = net
        self._context = context
        self._protocol: Any = None
        self._far: MemoryTransport = self
        self._server: Clients | None = None
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
        if (
            direct is not None
            and type(data) is bytes
            and 0 < len(data) <= _PIECE
            and not (self._ended or self._closing)
        ):
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

    @property
    def far_protocol(self) -> Any:
        """The protocol at the other end; None when either end is closed."""
        return None if self.is_closing() else self._far._protocol

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


class MemoryDatagramTransport(asyncio.DatagramTransport):
    """A datagram socket in memory. Datagrams to an address that no socket has are lost.

    With a remote address, that is reported to the protocol's ``error_received``, as the operating system does.
    """

    def __init__(self, net: Ports, local: Address, remote: Address | None) -> None:
        super().__init__(
            {
                "sockname": name_of(local),
                "peername": None if remote is None else name_of(remote),
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
    def sendto(self, data: bytes | bytearray | memoryview, addr: Any = None) -> None:
        other = self._net.datagrams.get(addr)
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
            self._net.loop.call_soon(self._give, data, name_of(sender), context=self._context)

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


def family_of(host: str) -> socket.AddressFamily:
    """Return the family of a host's address."""
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def name_of(address: Address) -> tuple[Any, ...]:
    """Return an address as a socket reports it."""
    return (*address, 0, 0) if ":" in address[0] else address
