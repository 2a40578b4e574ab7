"""The base class of virtual devices: ports, the life cycle of the servers at these ports, and switches for events."""

from __future__ import annotations

import asyncio
import contextlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from cellkit.errors import ConfigError, ProtocolError, TransportError
from cellkit.timing import Periodic
from cellkit.transport.network import ByteStream, Datagram, Handler, Listener, Network, Stream
from cellkit.yamlfile import near_names

LOOPBACK = "127.0.0.1"
CLIENTS = 100
"""Largest number of connections at one time to one endpoint; a controller by ABB has 70 sessions."""
FIRST_WORD = 10.0
"""s in which a client must send something, at an endpoint that serves one client at a time."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One port of a device. ``outgoing``: the device sends first, to this port of the computer that controls it.

    ``port`` of a serial line is its baud rate. ``what`` is a description of the port.
    """

    transport: Literal["tcp", "udp", "serial"]
    port: int
    what: str
    outgoing: bool = False


class VirtualDevice(ABC):
    """A virtual device. Each protocol of a vendor has a subclass with endpoints, ``_open`` and the vendor's rules."""

    ENDPOINTS: ClassVar[Mapping[str, Endpoint]]
    """Ports by name, with the vendor's usual numbers."""

    def __init__(self) -> None:
        self.host = LOOPBACK
        self.pc_host = LOOPBACK
        self.ports: dict[str, int] = {}
        self.lines: dict[str, str] = {}
        """Names of the serial ports to whose far ends the device is connected, by endpoint."""
        self.mute = False
        """Whether the device accepts requests and never answers, as one that hangs."""
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
        """Open all ports on ``host``: the vendor's numbers, or those in ``ports`` (0: any free port).

        ``pc_host`` is the address of the computer for a robot that sends first; ``lines`` are names for serial ports.
        After an error no port is open. Raises ``ConfigError`` for an endpoint that does not exist, and
        ``TransportError`` for a port that cannot be opened.
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
        """Close all ports and end all tasks. Does nothing on a stopped device."""
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
        """Open the endpoints with ``_serve`` and ``_bind``, and start the periodic tasks (hook for subclasses)."""

    async def _serve(self, endpoint: str, handler: Handler, *, client_first: bool = False) -> Listener:
        """Listen on a TCP endpoint. An error or the end of one client ends only the connection of this client.

        ``client_first``: a client that sends nothing within ``FIRST_WORD`` is disconnected. For a device that serves
        one client at a time: a silent connection would hold its place for ever.
        """
        handler = _forgiving(_awaiting_word(handler) if client_first else handler)
        listener = await self.network.listen(self.host, self.ports[endpoint], handler, CLIENTS)
        self.ports[endpoint] = listener.port
        self._closers.append(listener.close)
        return listener

    async def _attach(self, endpoint: str, handler: Handler) -> None:
        """Connect to the far end of a serial line."""
        line = await self.network.line(self.lines.get(endpoint, ""), _forgiving(handler))
        self.lines[endpoint] = line.path
        self._closers.append(line.close)

    async def _bind(self, endpoint: str) -> Datagram:
        """Bind a UDP endpoint; an outgoing one gets any free port."""
        outgoing = self.ENDPOINTS[endpoint].outgoing
        socket = await self.network.datagram(self.host, 0 if outgoing else self.ports[endpoint])
        if not outgoing:
            self.ports[endpoint] = socket.local[1]
        self._closers.append(socket.close)
        return socket

    def _every(self, period: float, callback: Callable[[], None]) -> Periodic:
        """Call ``callback`` every ``period`` (s) until the device stops."""
        beat = Periodic(period, callback)
        self._closers.append(beat.close)
        return beat

    def _background(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run ``work`` until the device stops; a broken connection ends it without an error."""

        async def run() -> None:
            with contextlib.suppress(TransportError):
                await work

        task = asyncio.get_running_loop().create_task(run())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda _: work.close())  # a task that is cancelled before it begins never awaits it
        return task

    @property
    def network(self) -> Network:
        """The network on which the device was started."""
        if self._network is None:
            raise RuntimeError("the virtual device was not started")
        return self._network

    # --- for the command line ------------------------------------------------------------------------------------

    @property
    @abstractmethod
    def title(self) -> str:
        """The name of the device that is simulated."""

    @abstractmethod
    def status_line(self) -> str:
        """Return the present state in one line."""

    def switches(self) -> dict[str, Callable[..., object]]:
        """Return the events that can happen to a real device, and the actions at it, by the word that triggers them.

        Further words are passed as texts. A coroutine that the function returns is awaited. The function raises
        ``ValueError``, with the error, for a wrong text.
        """
        return {}

    def _mute_switches(self) -> dict[str, Callable[..., object]]:
        """Return the switches ``mute`` and ``speak`` of a device that can hang."""

        def set_mute(mute: bool) -> None:
            self.mute = mute

        return {"mute": lambda: set_mute(True), "speak": lambda: set_mute(False)}

    async def rest(self) -> None:  # noqa: B027 - most devices have no moving parts
        """Bring all moving parts to rest, before the device ends."""


def _forgiving(handler: Handler) -> Handler:
    """Return a handler that ends quietly when its client breaks the protocol or disconnects."""

    async def handle(stream: ByteStream) -> None:
        with contextlib.suppress(TransportError, ProtocolError):
            await handler(stream)

    return handle


def _awaiting_word(handler: Handler) -> Handler:
    """Return a handler whose client is disconnected if it sends nothing within ``FIRST_WORD``."""

    async def handle(stream: ByteStream) -> None:
        assert isinstance(stream, Stream)
        if not stream.heard:
            stream.first_word = asyncio.get_running_loop().call_later(FIRST_WORD, stream.abort)
        try:
            await handler(stream)
        finally:
            if stream.first_word is not None:
                stream.first_word.cancel()

    return handle
