"""A network inside the process, over which virtual time runs."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import Callable
from typing import Any

from typing_extensions import override

from cellkit.timing.memory_network import MemoryNet, memory_of
from cellkit.timing.memory_transports import Address
from cellkit.transport.network import Network

_SERIAL = -1  # in the place of a port: the host is the name of a serial port


class MemoryNetwork(Network):
    """A ``Network`` without a wire, in virtual and in real time: no latency, no loss, the same order every time.

    Hosts are mere names. Every one is a network of its own; a ``shared`` one is the event loop's, over which
    ``loop.create_connection`` of other libraries goes in virtual time.
    """

    def __init__(self, *, shared: bool = False) -> None:
        self._shared = shared
        self._own: MemoryNet | None = None

    @property
    def net(self) -> MemoryNet:
        """The ports of the running event loop."""
        loop = asyncio.get_running_loop()
        if self._shared:
            return memory_of(loop)
        if self._own is None or self._own.loop is not loop:
            self._own = MemoryNet(loop)
        return self._own

    @override
    async def create_connection(self, factory: Callable[[], Any], host: str, port: int) -> None:
        await self.net.create_connection(factory, host, port)

    @override
    async def create_server(self, factory: Callable[[], Any], host: str, port: int) -> Any:
        return await self.net.create_server(factory, host, port)

    @override
    async def create_datagram_endpoint(self, factory: Callable[[], Any], local: Address) -> None:
        await self.net.create_datagram_endpoint(factory, local)

    @override
    async def create_serial(self, factory: Callable[[], Any], path: str, baud: int) -> None:
        """Connect to the line called ``path``, for one user at a time, as a terminal; ``baud`` has no effect."""
        server = self.net.servers.get((path, _SERIAL))
        if server is None:
            raise OSError(errno.ENOENT, os.strerror(errno.ENOENT))
        if not all(transport.is_closing() for transport in server.connections):
            raise OSError("in use")
        await self.net.create_connection(factory, path, _SERIAL)

    @override
    async def create_line(self, factory: Callable[[], Any], path: str) -> tuple[str, Callable[[], None]]:
        name = path or f"line-{self.net.free_port()}"
        server = await self.net.create_server(factory, name, _SERIAL)
        return name, server.close
