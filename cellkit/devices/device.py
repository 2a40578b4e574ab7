"""What every device has in common: a name, a life cycle, events."""

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
    """Whether the device can be talked to."""

    CLOSED = "closed"
    OPEN = "open"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class DeviceEvent:
    """Something a device did or noticed. ``data`` holds plain values (numbers, texts, lists of them)."""

    time: float
    device: str
    what: str
    data: dict[str, Any] = field(default_factory=dict)


class Device(ABC):
    """A device under its role name. Subclass one of the open interfaces, not this."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._lifecycle = Lifecycle.CLOSED
        self._loss = ""
        self._closing = False
        self._opening_or_closing = asyncio.Lock()
        self._listeners: list[Callable[[DeviceEvent], None]] = []

    @property
    def lifecycle(self) -> Lifecycle:
        """Closed, open, or lost."""
        return self._lifecycle

    async def connect(self) -> None:
        """Open the device. Does nothing when it is open already. Raises ``ConnectionFailed``."""
        async with self._opening_or_closing:
            if self._lifecycle is Lifecycle.OPEN:
                return
            if self._lifecycle is Lifecycle.LOST:
                # What is left of the broken link goes first, so that drivers never open one over another.
                self._lifecycle = Lifecycle.CLOSED
                await self._close()
            await self._connect()
            self._lifecycle = Lifecycle.OPEN
            self._emit("connected")
            self._when_open()

    async def close(self) -> None:
        """Close the device, stopping it first. Does nothing when it is closed already."""
        async with self._opening_or_closing:
            if self._lifecycle is Lifecycle.CLOSED:
                return
            self._closing = True  # from here on nothing new begins, or it would run on without anybody
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
        """Call ``listener`` for every event; the function returned ends that. Listeners observe, never control."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def _emit(self, what: str, **data: Any) -> None:
        if self._listeners:
            event = DeviceEvent(now(), self.name, what, data)
            for listener in tuple(self._listeners):
                try:
                    listener(event)
                except Exception as error:  # an observer's mistake must not leave a command half begun
                    asyncio.get_running_loop().call_exception_handler(
                        {"message": f"{self.name}: a listener failed on {what!r}", "exception": error}
                    )

    @contextlib.contextmanager
    def _telling(self, command: str) -> Iterator[None]:
        """Tell of begin and end of a command, in the words of an ``Actuator``."""
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
        """For drivers: the link broke. Everything that is pending fails at once."""
        if self._lifecycle is Lifecycle.OPEN:
            self._lifecycle = Lifecycle.LOST
            self._loss = why
            self._emit("connection_lost", why=why)

    def _when_open(self) -> None:  # noqa: B027 - most devices have nothing to do here
        """What begins once the device can be talked to."""

    async def _before_close(self) -> None:  # noqa: B027 - most devices have nothing to do here
        """What must happen while the device can still be talked to."""

    @abstractmethod
    async def _connect(self) -> None:
        """Hook: open the link; none is open. Raise ``ConnectionFailed`` and leave nothing open when that fails."""

    @abstractmethod
    async def _close(self) -> None:
        """Hook: close the link; must work in every state, also after a lost link."""


async def to_completion(work: Coroutine[Any, Any, None]) -> None:
    """Finish ``work`` even if the caller is cancelled meanwhile; the cancellation comes afterwards, and wins."""
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
