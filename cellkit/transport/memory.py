"""The network in memory of the running event loop: no latency, no loss, the same order every time."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import Callable
from typing import Any

from typing_extensions import override

from cellkit.timing.memory_transports import Address, memory_of
from cellkit.transport.network import Network

_SERIAL = -1  # in the place of a port: the host is the name of a serial port


class MemoryNetwork(Network):
    """A ``Network`` without a wire, in virtual and in real time. Hosts are mere names.

    All of one event loop are the same network; in virtual time it is also the one of ``loop.create_connection``.
    """

    @override
    async def create_connection(self, factory: Callable[[], Any], host: str, port: int) -> None:
        await memory_of(asyncio.get_running_loop()).create_connection(factory, host, port)

    @override
    async def create_server(self, factory: Callable[[], Any], host: str, port: int) -> Any:
        return await memory_of(asyncio.get_running_loop()).create_server(factory, host, port)

    @override
    async def create_datagram_endpoint(self, factory: Callable[[], Any], local: Address) -> None:
        await memory_of(asyncio.get_running_loop()).create_datagram_endpoint(factory, local)

    @override
    async def create_serial(self, factory: Callable[[], Any], path: str, baud: int) -> None:
        """Connect to the line called ``path``; ``baud`` has no effect. Like a terminal, a port has one user at a time."""
        net = memory_of(asyncio.get_running_loop())
        server = net.servers.get((path, _SERIAL))
        if server is None:
            raise OSError(errno.ENOENT, os.strerror(errno.ENOENT))
        if not all(transport.is_closing() for transport in server.connections):
            raise OSError("in use")
        await net.create_connection(factory, path, _SERIAL)

    @override
    async def create_line(self, factory: Callable[[], Any], path: str) -> tuple[str, Callable[[], None]]:
        net = memory_of(asyncio.get_running_loop())
        name = path or f"line-{net.free_port()}"
        server = await net.create_server(factory, name, _SERIAL)
        return name, server.close
