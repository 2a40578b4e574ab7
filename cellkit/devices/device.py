"""The base class of all devices: name, life cycle and events."""

from __future__ import annotations

import asyncio
import contextlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Self

from cellkit.errors import (
    CommandRejected,
    ConnectionLost,
)
from cellkit.timing import now


class Lifecycle(Enum):
    """Whether a device accepts commands: only an open one does."""

    CLOSED = "closed"
    OPEN = "open"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class DeviceEvent:
    """An event of a device: a command, its end, or a change that the device has detected.

    ``time`` is cell time in s, ``what`` is the name of the event, ``data`` holds plain values (numbers, texts and
    lists of them).
    """

    time: float
    device: str
    what: str
    data: dict[str, Any] = field(default_factory=dict)


class Device(ABC):
    """A device with the name of its role. Drivers subclass one of the open interfaces, not this class."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._lifecycle = Lifecycle.CLOSED
        self._loss = ""
        self._closing = False
        self._opening_or_closing = asyncio.Lock()
        self._listeners: list[Callable[[DeviceEvent], None]] = []

    @property
    def lifecycle(self) -> Lifecycle:
        """The state of the link: closed, open or lost."""
        return self._lifecycle

    async def connect(self) -> None:
        """Connect the device. Does nothing when it is open already. A lost device stays lost when this fails.

        Raises ``ConnectionFailed``.
        """
        async with self._opening_or_closing:
            if self._lifecycle is Lifecycle.OPEN:
                return
            if self._lifecycle is Lifecycle.LOST:
                # The rest of the broken link is closed first, so that a driver never opens a second one beside it.
                await self._close()
            await self._connect()
            self._lifecycle = Lifecycle.OPEN
            self._emit("connected")
            self._when_open()

    async def close(self) -> None:
        """Stop the device and close its link. Does nothing when it is closed already."""
        async with self._opening_or_closing:
            if self._lifecycle is Lifecycle.CLOSED:
                return
            self._closing = True  # no command begins from now on: without a link it could not be stopped
            try:
                await self._before_close()
            finally:
                self._lifecycle = Lifecycle.CLOSED
                self._closing = False
                await self._close()
                self._emit("closed")

    async def __aenter__(self) -> Self:
        await self.connect()
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self.close()

    def on_event(self, listener: Callable[[DeviceEvent], None]) -> Callable[[], None]:
        """Call ``listener`` for every event; return a function that ends this.

        A listener observes; it must not send commands to the device.
        """
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def _emit(self, what: str, **data: Any) -> None:
        if self._listeners:
            event = DeviceEvent(now(), self.name, what, data)
            for listener in tuple(self._listeners):
                try:
                    listener(event)
                except Exception as error:  # an error of an observer must not interrupt a command that begins
                    asyncio.get_running_loop().call_exception_handler(
                        {"message": f"{self.name}: a listener failed on {what!r}", "exception": error}
                    )

    @contextlib.contextmanager
    def _reporting(self, command: str) -> Iterator[None]:
        """Emit events for begin and end of a command, with the names that an ``Actuator`` uses."""
        self._emit("command", command=command)
        try:
            yield
        except BaseException as error:
            self._emit("failed", command=command, why=str(error) or type(error).__name__)
            raise
        self._emit("done", command=command)

    def _require_open(self) -> None:
        if self._lifecycle is Lifecycle.LOST:
            raise ConnectionLost(self.name, self._loss)
        if self._lifecycle is Lifecycle.CLOSED:
            raise CommandRejected(self.name, "is not connected; call connect() first")
        if self._closing:
            raise CommandRejected(self.name, "is being closed")

    def _link_lost(self, why: str) -> None:
        """Set the life cycle to lost, so that all pending calls fail at once. Drivers call this for a broken link."""
        if self._lifecycle is Lifecycle.OPEN:
            self._lifecycle = Lifecycle.LOST
            self._loss = why
            self._emit("connection_lost", why=why)

    def _when_open(self) -> None:  # noqa: B027 - most devices have nothing to do here
        """Start work that needs an open link."""

    async def _before_close(self) -> None:  # noqa: B027 - most devices have nothing to do here
        """Finish work that needs an open link."""

    @abstractmethod
    async def _connect(self) -> None:
        """Open the link; none is open before (driver hook).

        When this fails, the hook must leave nothing open and raise ``ConnectionFailed``.
        """

    @abstractmethod
    async def _close(self) -> None:
        """Close the link (driver hook). Must work in every state, also after a lost link."""


async def to_completion(work: Coroutine[Any, Any, None]) -> None:
    """Finish ``work`` even if the caller is cancelled meanwhile; raise the cancellation afterwards.

    A cancellation takes precedence over an error of ``work``.
    """
    task = asyncio.ensure_future(work)
    cancelled = False
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError:
            cancelled = True
    if cancelled:
        raise asyncio.CancelledError from (None if task.cancelled() else task.exception())
    task.result()
