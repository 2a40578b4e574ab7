"""The real network: TCP, UDP and serial ports of the operating system, on the running event loop."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable
from typing import Any

from typing_extensions import override

from cellkit.timing.virtual_loop import VirtualLoop
from cellkit.transport.network import Address, Network

CONNECT_TIMEOUT = 5.0  # s of cell time until a connection that is not answered has failed


class SocketNetwork(Network):
    """The ``Network`` of the machine. Needs a loop in real or scaled time, unless both ends are in this process."""

    outlives_process = True

    @override
    async def create_connection(self, factory: Callable[[], Any], host: str, port: int) -> None:
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT):
                await _sockets().create_connection(factory, host, port)
        except TimeoutError:
            raise OSError(errno.ETIMEDOUT, "does not answer") from None

    @override
    async def create_server(self, factory: Callable[[], Any], host: str, port: int) -> Any:
        return await _sockets().create_server(factory, host, port)

    @override
    async def create_datagram_endpoint(self, factory: Callable[[], Any], local: Address) -> None:
        await _sockets().create_datagram_endpoint(factory, local_addr=local)

    @override
    async def create_serial(self, factory: Callable[[], Any], path: str, baud: int) -> None:
        from cellkit.transport.serial_line import open_serial  # termios: not on every system that has sockets

        open_serial(factory(), path, baud)

    @override
    async def create_line(self, factory: Callable[[], Any], path: str) -> tuple[str, Callable[[], None]]:
        """Make a pseudo-terminal; ``path`` becomes a link to it."""
        from cellkit.transport.serial_line import open_line

        return open_line(factory(), path)


def _sockets() -> asyncio.AbstractEventLoop:
    loop = asyncio.get_running_loop()
    return loop.sockets if isinstance(loop, VirtualLoop) else loop
