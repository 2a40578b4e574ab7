"""A vendor's device, pretended: its ports, the life cycle of what runs behind them, switches for what can happen."""

from __future__ import annotations

import asyncio
import contextlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from cellkit.errors import ConfigError, ProtocolError, TransportError
from cellkit.timing import Periodic
from cellkit.transport.network import ByteStream, Datagram, Handler, Listener, Network
from cellkit.yamlfile import near_names

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One port of a device. ``outgoing``: the device sends first, to this port of the computer it works with.

    ``port`` of a serial line is its baud rate.
    """

    transport: Literal["tcp", "udp", "serial"]
    port: int
    what: str
    outgoing: bool = False


class VirtualDevice(ABC):
    """Subclass one for each protocol of a vendor's: endpoints, ``_open`` and the vendor's rules."""

    ENDPOINTS: ClassVar[Mapping[str, Endpoint]]
    """Ports by name, with the vendor's usual numbers."""

    def __init__(self) -> None:
        self.host = LOOPBACK
        self.pc_host = LOOPBACK
        self.ports: dict[str, int] = {}
        self.lines: dict[str, str] = {}
        """Names of the serial ports at whose far end it sits, by endpoint."""
        self._network: Network | None = None
        self._closers: list[Callable[[], None]] = []
        self._tasks: set[asyncio.Task[None]] = set()

    # --- life cycle -------------------------------------------------------------------------------------------

    async def start(
        self,
        network: Network,
        host: str = LOOPBACK,
        ports: Mapping[str, int] | None = None,
        pc_host: str = LOOPBACK,
        lines: Mapping[str, str] | None = None,
    ) -> None:
        """Open all ports on ``host``: the vendor's numbers, or those in ``ports`` (0: any free one).

        ``pc_host`` is where a robot that sends first finds its computer; ``lines`` are names for serial ports. Opens
        all or nothing. Raises ``ConfigError`` for an endpoint there is not and ``TransportError`` for a port that
        cannot be had.
        """
        for name in (*(ports or {}), *(lines or {})):
            if name not in self.ENDPOINTS:
                raise ConfigError(f"no endpoint {name!r}; {near_names(name, self.ENDPOINTS)}")
        self._network, self.host, self.pc_host = network, host, pc_host
        wired = {name: end.port for name, end in self.ENDPOINTS.items() if end.transport != "serial"}
        self.ports, self.lines = wired | dict(ports or {}), dict(lines or {})
        try:
            await self._open()
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Close all ports and end everything that runs. Does nothing the second time."""
        closers, self._closers = self._closers, []
        for close in reversed(closers):
            with contextlib.suppress(TransportError):
                close()
        tasks = [task for task in self._tasks if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    @abstractmethod
    async def _open(self) -> None:
        """Hook: open the endpoints with ``_serve`` and ``_bind`` and start what runs by itself."""

    async def _serve(self, endpoint: str, handler: Handler) -> Listener:
        """Listen on a TCP endpoint. A client that breaks the protocol, or is gone, ends its own connection only."""
        listener = await self.network.listen(self.host, self.ports[endpoint], _forgiving(handler))
        self.ports[endpoint] = listener.port
        self._closers.append(listener.close)
        return listener

    async def _attach(self, endpoint: str, handler: Handler) -> None:
        """Sit at the far end of a serial line."""
        line = await self.network.line(self.lines.get(endpoint, ""), _forgiving(handler))
        self.lines[endpoint] = line.path
        self._closers.append(line.close)

    async def _bind(self, endpoint: str) -> Datagram:
        """Bind a UDP endpoint; for an outgoing one any port of the device's own."""
        outgoing = self.ENDPOINTS[endpoint].outgoing
        socket = await self.network.datagram(self.host, 0 if outgoing else self.ports[endpoint])
        if not outgoing:
            self.ports[endpoint] = socket.local[1]
        self._closers.append(socket.close)
        return socket

    def _every(self, period: float, callback: Callable[[], None]) -> Periodic:
        """Call back every ``period`` (s) until the device stops."""
        beat = Periodic(period, callback)
        self._closers.append(beat.close)
        return beat

    def _background(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run until the device stops; a broken connection ends it quietly."""

        async def run() -> None:
            with contextlib.suppress(TransportError):
                await work

        task = asyncio.get_running_loop().create_task(run())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda _: work.close())  # a task that was cancelled before it began has not touched it
        return task

    @property
    def network(self) -> Network:
        """The network it was started on."""
        if self._network is None:
            raise RuntimeError("the virtual device was not started")
        return self._network

    # --- for people ----------------------------------------------------------------------------------------------

    @property
    @abstractmethod
    def title(self) -> str:
        """What it pretends to be."""

    @abstractmethod
    def status_line(self) -> str:
        """One line of state."""

    def switches(self) -> dict[str, Callable[..., object]]:
        """What can happen to a real one, by words; the words behind the first one are handed over as texts.

        A coroutine that comes back is carried out. ``ValueError`` says what is wrong with a text.
        """
        return {}

    async def rest(self) -> None:  # noqa: B027 - few have anything that moves
        """Bring what moves to rest, before it ends."""


def _forgiving(handler: Handler) -> Handler:
    """A client that breaks the protocol, or is gone, ends its own connection only."""

    async def handle(stream: ByteStream) -> None:
        with contextlib.suppress(TransportError, ProtocolError):
            await handler(stream)

    return handle
