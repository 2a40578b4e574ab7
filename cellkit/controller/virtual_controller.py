"""A maker's controller, pretended: a strict skin of its protocols over cellkit's kernel."""

from __future__ import annotations

import asyncio
import contextlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from cellkit.controller.arm_controller import ArmController
from cellkit.devices.safety import Fault, OperationalMode, SafetyStatus
from cellkit.errors import ConfigError, ProtocolError, TransportError
from cellkit.timing import Periodic
from cellkit.transport.network import ByteStream, Datagram, Listener, Network
from cellkit.yamlfile import near_names

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One port of a controller. ``outgoing``: the robot sends first, to this port of the computer it works with."""

    transport: Literal["tcp", "udp"]
    port: int
    what: str
    outgoing: bool = False


class VirtualController(ABC):
    """Subclass one for each maker: endpoints, ``_open`` and the maker's rules. Switches are the kernel's."""

    ENDPOINTS: ClassVar[Mapping[str, Endpoint]]
    """Ports by name, with the maker's usual numbers."""

    def __init__(self, kernel: ArmController) -> None:
        self.kernel = kernel
        self.host = LOOPBACK
        self.pc_host = LOOPBACK
        self.ports: dict[str, int] = {}
        self._network: Network | None = None
        self._closers: list[Callable[[], None]] = []
        self._tasks: set[asyncio.Task[None]] = set()

    # --- life cycle -------------------------------------------------------------------------------------------

    async def start(
        self, network: Network, host: str = LOOPBACK, ports: Mapping[str, int] | None = None, pc_host: str = LOOPBACK
    ) -> None:
        """Open all ports on ``host``: the maker's numbers, or those in ``ports`` (0: any free one).

        ``pc_host`` is where a robot that sends first finds its computer. Opens all or nothing. Raises
        ``ConfigError`` for an endpoint there is not and ``TransportError`` for a port that cannot be had.
        """
        for name in ports or {}:
            if name not in self.ENDPOINTS:
                raise ConfigError(f"no endpoint {name!r}; {near_names(name, self.ENDPOINTS)}")
        self._network, self.host, self.pc_host = network, host, pc_host
        self.ports = {name: endpoint.port for name, endpoint in self.ENDPOINTS.items()} | dict(ports or {})
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

    async def _serve(self, endpoint: str, handler: Callable[[ByteStream], Coroutine[Any, Any, None]]) -> Listener:
        """Listen on a TCP endpoint. A client that breaks the protocol, or is gone, ends its own connection only."""

        async def handle(stream: ByteStream) -> None:
            with contextlib.suppress(TransportError, ProtocolError):
                await handler(stream)

        listener = await self.network.listen(self.host, self.ports[endpoint], handle)
        self.ports[endpoint] = listener.port
        self._closers.append(listener.close)
        return listener

    async def _bind(self, endpoint: str) -> Datagram:
        """Bind a UDP endpoint; for an outgoing one any port of the controller's own."""
        outgoing = self.ENDPOINTS[endpoint].outgoing
        socket = await self.network.datagram(self.host, 0 if outgoing else self.ports[endpoint])
        if not outgoing:
            self.ports[endpoint] = socket.local[1]
        self._closers.append(socket.close)
        return socket

    def _every(self, period: float, callback: Callable[[], None]) -> Periodic:
        """Call back every ``period`` (s) until the controller stops."""
        beat = Periodic(period, callback)
        self._closers.append(beat.close)
        return beat

    def _background(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run until the controller stops; a broken connection ends it quietly."""

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
            raise RuntimeError("the virtual controller was not started")
        return self._network

    # --- switches: what can happen to a real one -----------------------------------------------------------------

    def press_emergency_stop(self) -> None:
        """Somebody presses the button."""
        self.kernel.press_emergency_stop()

    def release_emergency_stop(self) -> None:
        """Somebody pulls the button out again; the state stays until it is reset."""
        self.kernel.release_emergency_stop()

    def protective_stop(self) -> None:
        """The safety system stops the arm."""
        self.kernel.protective_stop()

    @abstractmethod
    def example_fault(self) -> Fault:
        """Put the controller into a typical fault that can be cleared; return what a driver must report of it."""

    async def set_mode(self, mode: OperationalMode) -> None:
        """Somebody turns the key switch."""
        await self.kernel.set_mode(mode)

    def fill_buffer(self) -> None:
        """From now on there is no room for a motion."""
        self.kernel.queue_depth = 0

    def stall(self) -> None:
        """From now on motions are accepted and never finished: the controller's own speed is turned to nothing."""
        self.kernel.set_speed_override(0.0)

    # --- for people ----------------------------------------------------------------------------------------------

    def status_line(self) -> str:
        """One line of state."""
        kernel = self.kernel
        degrees = " ".join(f"{q * 57.29577951308232:.1f}" for q in kernel.joints().position)
        parts = [kernel.mode.name.lower().replace("_", " ")]
        if kernel.safety is not SafetyStatus.NORMAL:
            parts.append(kernel.safety.value)
        if kernel.fault is not None:
            parts.append(f"fault {kernel.fault.code}")
        parts.append("power off" if not kernel.powered else "moving" if kernel.moving else "standing")
        return f"{', '.join(parts)}; joints {degrees} deg"
