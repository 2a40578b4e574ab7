"""An arm at the other end of a wire: opening and closing streams, background readers, and what a lost link means."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
from abc import abstractmethod
from collections.abc import Coroutine
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from cellkit.devices.arm import Arm
from cellkit.errors import ConnectionFailed, DeviceError, TransportError
from cellkit.models.arm import ArmModel
from cellkit.transport.network import ByteStream, Datagram, Network
from cellkit.yamlfile import StrictModel

_LOG = logging.getLogger("cellkit")


class DriverConfig(StrictModel):
    """Where a controller is. Drivers add one ``<endpoint>_port`` a port, and what else their maker asks for.

    ``local_host`` is the address of this machine at which a robot finds it, for protocols in which the robot
    sends first.
    """

    host: str = "127.0.0.1"
    local_host: str = "127.0.0.1"


ConfigT = TypeVar("ConfigT", bound=DriverConfig)


class _Closable(Protocol):
    def close(self) -> None: ...


class WiredArm(Arm, Generic[ConfigT]):
    """An arm whose controller is reached over a ``Network``, by the settings in ``config``."""

    proven_on_hardware: ClassVar[bool] = False
    """Whether the driver's quality record holds evidence from a real controller."""

    def __init__(self, name: str, model: ArmModel, config: ConfigT, network: Network) -> None:
        super().__init__(name, model)
        self.config = config
        self.network = network
        self._open_ends: list[_Closable] = []
        self._readers: set[asyncio.Task[None]] = set()

    async def _connect(self) -> None:
        if not self.proven_on_hardware and not is_loopback(self.config.host):
            _LOG.warning(
                "%s: this driver has been tried on virtual controllers only, never on a real %s (%s)",
                self.name,
                self.model.name,
                self.config.host,
            )
        try:
            await self._open_link()
        except BaseException:
            await self._close()
            raise

    @abstractmethod
    async def _open_link(self) -> None:
        """Hook: open what is needed and make the controller ready. What was opened is closed when this raises."""

    async def _open_stream(self, port: int, what: str) -> ByteStream:
        """A stream to the controller, closed with the device. Raises ``ConnectionFailed``."""
        try:
            stream = await self.network.connect(self.config.host, port)
        except TransportError as error:
            raise ConnectionFailed(self.name, f"no {what} at {self.config.host}:{port}: {error}") from None
        self._open_ends.append(stream)
        return stream

    async def _open_datagram(self, port: int = 0) -> Datagram:
        """A datagram socket of this side, closed with the device. Raises ``ConnectionFailed``."""
        try:
            end = await self.network.datagram(self.config.local_host, port)
        except TransportError as error:
            raise ConnectionFailed(self.name, str(error)) from None
        self._open_ends.append(end)
        return end

    def _background(self, work: Coroutine[Any, Any, None], what: str) -> asyncio.Task[None]:
        """Run a reader or streamer until the device closes; when it ends before, the link counts as lost."""
        task = asyncio.get_running_loop().create_task(self._watched(work, what))
        self._readers.add(task)
        task.add_done_callback(self._readers.discard)
        return task

    async def _watched(self, work: Coroutine[Any, Any, None], what: str) -> None:
        try:
            await work
            why = f"{what}: the controller closed the connection"
        except TransportError as error:
            why = f"{what}: {error}"
        except DeviceError as error:
            why = f"{what}: {error.message}"
        self._link_lost(why)

    async def _close(self) -> None:
        readers = [task for task in self._readers if task is not asyncio.current_task()]
        for task in readers:
            task.cancel()
        ends, self._open_ends = self._open_ends, []
        for end in ends:
            with contextlib.suppress(TransportError):
                end.close()
        if readers:
            await asyncio.wait(readers)


def is_loopback(host: str) -> bool:
    """Whether an address stays on this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
