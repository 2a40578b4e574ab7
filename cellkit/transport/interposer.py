"""A place between an asyncio transport and a protocol, where a line's faults and recordings sit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

from typing_extensions import override

from cellkit.timing.memory_transports import Address, hand_over
from cellkit.transport.network import Network


class Interposer:
    """The transport of the protocol above and the protocol of the transport below; hands everything on.

    Works for streams and datagrams, in memory and over sockets, under TLS, for any asyncio protocol. A subclass
    overrides what it changes.
    """

    _start_tls_compatible = True  # asyncio's start_tls asks for it

    def __init__(self, protocol: Any) -> None:
        self.protocol = protocol
        self.transport: Any = None

    @property
    def eager(self) -> bool:
        """Whether the protocol above may receive data inside the peer's ``write``."""
        return getattr(self.protocol, "eager", False)

    def __getattr__(self, name: str) -> Any:
        """Everything else that a transport has."""
        if name == "transport":
            raise AttributeError(name)
        return getattr(self.transport, name)

    # --- from below: a protocol -----------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Connect the protocol above."""
        self.transport = transport
        self.protocol.connection_made(self)

    def data_received(self, data: bytes) -> None:
        """Hand received bytes on."""
        hand_over(self.protocol, data)

    def datagram_received(self, data: bytes, addr: Address) -> None:
        """Hand a datagram on."""
        self.protocol.datagram_received(data, addr)

    def error_received(self, exc: Exception) -> None:
        """Hand on that a datagram was not delivered."""
        self.protocol.error_received(exc)

    def eof_received(self) -> bool | None:
        """Hand the end of the stream on."""
        kept: bool | None = self.protocol.eof_received()
        return kept

    def connection_lost(self, exc: Exception | None) -> None:
        """Hand on that the connection is closed."""
        self.protocol.connection_lost(exc)

    def pause_writing(self) -> None:
        """Hand back pressure on."""
        self.protocol.pause_writing()

    def resume_writing(self) -> None:
        """Hand the end of back pressure on."""
        self.protocol.resume_writing()

    # --- from above: a transport ----------------------------------------------------------------------------------

    def write(self, data: bytes) -> None:
        """Hand bytes to the transport."""
        self.transport.write(data)

    def writelines(self, data: Iterable[bytes]) -> None:
        """Hand several pieces to the transport as one."""
        self.write(b"".join(data))

    def sendto(self, data: bytes, addr: Address | None = None) -> None:
        """Hand a datagram to the transport."""
        self.transport.sendto(data, addr)

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Put another protocol above; the transport below keeps this one."""
        self.protocol = protocol
        self.transport.set_protocol(self)

    def get_protocol(self) -> Any:
        """Return the protocol above."""
        return self.protocol


class InterposedNetwork(Network):
    """A ``Network`` that puts ``interpose(protocol)`` under every connection of another one."""

    def __init__(self, inner: Network, interpose: Callable[[Any], Interposer]) -> None:
        self._inner = inner
        self._interpose = interpose
        self.outlives_process = inner.outlives_process

    def _made(self, factory: Callable[[], Any]) -> Callable[[], Interposer]:
        return lambda: self._interpose(factory())

    @override
    async def create_connection(self, factory: Callable[[], Any], host: str, port: int) -> None:
        await self._inner.create_connection(self._made(factory), host, port)

    @override
    async def create_server(self, factory: Callable[[], Any], host: str, port: int) -> Any:
        return await self._inner.create_server(self._made(factory), host, port)

    @override
    async def create_datagram_endpoint(self, factory: Callable[[], Any], local: Address) -> None:
        await self._inner.create_datagram_endpoint(self._made(factory), local)

    @override
    async def create_serial(self, factory: Callable[[], Any], path: str, baud: int) -> None:
        await self._inner.create_serial(self._made(factory), path, baud)

    @override
    async def create_line(self, factory: Callable[[], Any], path: str) -> tuple[str, Callable[[], None]]:
        return await self._inner.create_line(self._made(factory), path)
