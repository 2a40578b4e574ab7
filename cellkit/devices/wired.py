"""A device at the other end of a wire: opening and closing streams, background readers, and what a lost link means."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
from abc import abstractmethod
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from typing_extensions import override

from cellkit.devices.arm import Arm
from cellkit.devices.device import Device, Lifecycle
from cellkit.devices.guardian import Guardian
from cellkit.errors import ConnectionFailed, DeviceError, TransportError
from cellkit.models.arm import ArmModel
from cellkit.transport.network import ByteStream, Datagram, Network
from cellkit.yamlfile import StrictModel

_LOG = logging.getLogger("cellkit")


class DriverConfig(StrictModel):
    """The address of a device, and its driver's settings.

    Drivers add one ``<endpoint>_port`` per port or ``<endpoint>_line`` per serial line, and the vendor's own settings.
    ``local_host`` is the address of this machine at which a robot finds it, for protocols in which the robot
    sends first.
    """

    as_installed: ClassVar[tuple[str, ...]] = ()
    """Settings of one installation, such as passwords and names; a virtual device has the defaults."""

    host: str = "127.0.0.1"
    local_host: str = "127.0.0.1"

    @property
    def far(self) -> str | None:
        """Where it is, if that is outside this machine: something real may move there."""
        return None if is_loopback(self.host) else self.host

    @property
    def place(self) -> str:
        """The device's address, for messages; with the port where there is only one."""
        ports = [getattr(self, name) for name in type(self).model_fields if name.endswith("_port")]
        return f"{self.host}:{ports[0]}" if len(ports) == 1 else self.host

    @property
    def place_missing(self) -> str | None:
        """What must be written for a device that is really there, and is not; None: nothing is missing."""
        return None if "host" in self.model_fields_set else "host: ADDRESS"


class SerialConfig(DriverConfig):
    """A device on a serial line; ``baud`` in bits a second. Add ``<endpoint>_line``, and name it in ``line``."""

    baud: int = 115200

    @property
    def line(self) -> str:
        """The serial port."""
        raise NotImplementedError

    @property
    @override
    def far(self) -> str | None:
        """Pseudo-terminals stay on this machine."""
        return self.line if self.line.startswith("/dev/") and not self.line.startswith("/dev/pts/") else None

    @property
    @override
    def place(self) -> str:
        return self.line

    @property
    @override
    def place_missing(self) -> str | None:
        lines = [name for name in type(self).model_fields if name.endswith("_line")]
        return None if self.model_fields_set.intersection(lines) else f"{lines[0]}: /dev/ttyUSB0"


ConfigT = TypeVar("ConfigT", bound=DriverConfig)
FrameT = TypeVar("FrameT")
_UNREACHED = (DeviceError, TransportError, TimeoutError)


class _Closable(Protocol):
    def close(self) -> None: ...


class Pending(Protocol):
    """What waits for a device: pending requests, or a state to come."""

    def fail(self, why: str) -> None:
        """Let everything that waits fail with ``ConnectionLost``, now and later."""


PendingT = TypeVar("PendingT", bound=Pending)


class Wired(Device, Generic[ConfigT]):
    """A device that is reached over a ``Network``. Inherit it before the open interface, and call both constructors.

    What belongs to one connection is made in ``_open_link``; what can wait there is registered with ``_pending``, so
    that it fails when the link is lost or closed.
    """

    proven_on_hardware: ClassVar[bool] = False
    """Whether the driver's quality record holds evidence from a real device."""

    config: ConfigT
    network: Network

    def _use(self, config: ConfigT, network: Network) -> None:
        """Take the settings and the network: the second constructor."""
        self.config = config
        self.network = network
        self._open_ends: list[_Closable] = []
        self._readers: set[asyncio.Task[None]] = set()
        self._waiting_for_device: list[Pending] = []
        self._broken: str | None = None
        self._farewell: Callable[[], Awaitable[object]] | None = None
        """Says goodbye before the link is closed, unless it is broken; set in ``_open_link``."""
        self._last_word: Callable[[], object] | None = None
        """Sends a stop over one line and awaits no answer, when another line is lost; set in ``_open_link``."""

    async def _connect(self) -> None:
        if not self.proven_on_hardware and self.config.far is not None:
            _LOG.warning(
                "%s: this driver has been tried on virtual controllers only, never on a real %s (%s)",
                self.name,
                self._title(),
                self.config.far,
            )
        self._broken = self._farewell = self._last_word = None
        try:
            await self._open_link()
        except BaseException as error:
            await self._close()
            if isinstance(error, ConnectionFailed) or not isinstance(error, _UNREACHED):
                raise
            why = error.message if isinstance(error, DeviceError) else str(error) or "no answer"
            raise ConnectionFailed(self.name, f"{self._title()} at {self.config.place}: {why}") from None

    def _title(self) -> str:
        """Return the name of the real device: its model, unless a driver has a better word."""
        model = getattr(self, "model", None)
        return "device" if model is None else str(model.name)

    @abstractmethod
    async def _open_link(self) -> None:
        """Open what is needed and make the device ready (hook). What was opened is closed when this raises.

        Errors of the device and of the line become ``ConnectionFailed``.
        """

    def _pending(self, pending: PendingT) -> PendingT:
        """Let what waits for the device fail when the link is lost or closed."""
        self._waiting_for_device.append(pending)
        return pending

    def _link_lost(self, why: str) -> None:
        if self._broken is None:
            self._broken = why
            for pending in self._waiting_for_device:
                pending.fail(why)
            self._give_up_lines()
        super()._link_lost(self._broken)  # the first reason is the cause: giving up the other lines follows from it

    def _give_up_lines(self) -> None:
        """Stop the device when one line is lost: by the last word, or by closing the other lines, which it watches.

        After a last word the lines stay open until ``close()``, so that it arrives. A failed attempt to connect has
        moved nothing: a stop would hold an arm that another client may move by then.
        """
        if self._last_word is not None and self._lifecycle is Lifecycle.OPEN:
            with contextlib.suppress(TransportError):
                self._last_word()
            return
        for end in self._open_ends:
            with contextlib.suppress(TransportError):
                end.close()

    def _guard(self, port: int, stop: bytes, *, datagram: bool = False) -> None:
        """Let a process of its own send ``stop`` to a port of the device when this process dies.

        For controllers that do not watch their client. A network in memory ends with this process: nothing to guard.
        """
        if self.network.outlives_process:
            self._open_ends.append(Guardian(self.config.host, port, stop, datagram=datagram))

    async def _open_stream(self, port: int, what: str) -> ByteStream:
        """Open a stream to the device, closed with it. Raises ``ConnectionFailed``."""
        try:
            stream = await self.network.connect(self.config.host, port)
        except TransportError as error:
            raise ConnectionFailed(self.name, f"no {what} at {self.config.host}:{port}: {error}") from None
        self._open_ends.append(stream)
        return stream

    async def _open_serial(self, line: str, baud: int, what: str) -> ByteStream:
        """Open a serial line to the device, closed with it. Raises ``ConnectionFailed``."""
        try:
            stream = await self.network.serial(line, baud)
        except TransportError as error:
            raise ConnectionFailed(self.name, f"no {what} on {line}: {error}") from None
        self._open_ends.append(stream)
        return stream

    async def _open_datagram(self, port: int = 0, host: str | None = None) -> Datagram:
        """Open a datagram socket of this side, closed with the device. Raises ``ConnectionFailed``."""
        try:
            end = await self.network.datagram(host or self.config.local_host, port)
        except TransportError as error:
            raise ConnectionFailed(self.name, str(error)) from None
        self._open_ends.append(end)
        return end

    def _background(self, work: Coroutine[Any, Any, None], what: str) -> asyncio.Task[None]:
        """Run a reader or streamer until the device closes; when it ends before, the link counts as lost."""
        task = asyncio.get_running_loop().create_task(self._watched(work, what))
        self._readers.add(task)
        task.add_done_callback(self._readers.discard)
        task.add_done_callback(lambda _: work.close())  # a task that was cancelled before it began has not touched it
        return task

    def _every(self, period: float, work: Callable[[], Awaitable[object]], what: str) -> asyncio.Task[None]:
        """Do something again and again, with pauses of ``period`` s, until the device closes; see ``_background``."""

        async def again() -> None:
            while True:
                await asyncio.sleep(period)
                await work()

        return self._background(again(), what)

    async def _watched(self, work: Coroutine[Any, Any, None], what: str) -> None:
        try:
            await work
            why = f"{what}: the controller closed the connection"
        except TransportError as error:
            why = f"{what}: {error}"
        except DeviceError as error:
            why = f"{what}: {error.message}"
        except Exception as error:  # a defect of the driver: a device that is no longer heard must not count as open
            _LOG.debug("%s: %s", self.name, what, exc_info=True)
            why = f"{what}: the driver failed on what it received: {type(error).__name__}: {error}"
        self._link_lost(why)

    async def _close(self) -> None:
        farewell, self._farewell = self._farewell, None
        if farewell is not None and self._broken is None:
            with contextlib.suppress(DeviceError, TransportError):  # the device is gone already
                await farewell()
        readers = [task for task in self._readers if task is not asyncio.current_task()]
        for task in readers:
            task.cancel()
        ends, self._open_ends = self._open_ends, []
        for end in ends:
            with contextlib.suppress(TransportError):
                end.close()
        waiting, self._waiting_for_device = self._waiting_for_device, []
        self._broken = self._broken or "the connection is closed"
        for pending in waiting:
            pending.fail(self._broken)
        if readers:
            await asyncio.wait(readers)


class WiredArm(Wired[ConfigT], Arm):
    """An arm whose controller is reached over a ``Network``, by the settings in ``config``."""

    def __init__(self, name: str, model: ArmModel, config: ConfigT, network: Network) -> None:
        Arm.__init__(self, name, model)
        self._use(config, network)


async def read_frames(
    stream: ByteStream, split: Callable[[bytes], Iterable[FrameT]], take: Callable[[FrameT], object]
) -> None:
    """Read a stream to its end and hand every frame in it to ``take``; ``split`` returns those that bytes complete.

    Raises ``TransportError``, and what ``split`` and ``take`` raise.
    """
    while data := await stream.read():
        for frame in split(data):
            take(frame)


def is_loopback(host: str) -> bool:
    """Whether an address stays on this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
