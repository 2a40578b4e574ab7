"""What every device has in common: a name, a life cycle, events; and, for those that move, one command at a time."""

from __future__ import annotations

import asyncio
import contextlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Self, TypeVar

from cellkit.errors import (
    CommandRejected,
    ConnectionLost,
    DeviceBusy,
    DeviceError,
    MotionAborted,
    MotionTimeout,
)
from cellkit.timing import now

ResultT = TypeVar("ResultT")


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
        self._listeners: list[Callable[[DeviceEvent], None]] = []

    @property
    def lifecycle(self) -> Lifecycle:
        """Closed, open, or lost."""
        return self._lifecycle

    async def connect(self) -> None:
        """Open the device. Does nothing when it is open already. Raises ``ConnectionFailed``."""
        if self._lifecycle is Lifecycle.OPEN:
            return
        await self._connect()
        self._lifecycle = Lifecycle.OPEN
        self._emit("connected")

    async def close(self) -> None:
        """Close the device, stopping it first. Does nothing when it is closed already."""
        if self._lifecycle is Lifecycle.CLOSED:
            return
        try:
            await self._before_close()
        finally:
            self._lifecycle = Lifecycle.CLOSED
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
                listener(event)

    def _require_open(self) -> None:
        if self._lifecycle is Lifecycle.LOST:
            raise ConnectionLost(self.name, self._loss)
        if self._lifecycle is Lifecycle.CLOSED:
            raise CommandRejected(self.name, "is not connected; call connect() first")

    def _link_lost(self, why: str) -> None:
        """For drivers: the link broke. Everything that is pending fails at once."""
        if self._lifecycle is Lifecycle.OPEN:
            self._lifecycle = Lifecycle.LOST
            self._loss = why
            self._emit("connection_lost", why=why)

    async def _before_close(self) -> None:
        """What must happen while the device can still be talked to."""

    @abstractmethod
    async def _connect(self) -> None:
        """Hook: open the link. Raise ``ConnectionFailed`` and leave nothing open when that fails."""

    @abstractmethod
    async def _close(self) -> None:
        """Hook: close the link; must work in every state, also after a lost link."""


@dataclass(slots=True, eq=False)
class _Command:
    what: str
    task: asyncio.Task[Any]
    done: asyncio.Future[None]
    verdict: DeviceError | None = None


class Actuator(Device):
    """A device that moves. One command at a time; cancelling, timing out or losing one stops the device."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._active: _Command | None = None

    @property
    def busy(self) -> bool:
        """Whether a command is running."""
        return self._active is not None

    async def stop(self) -> None:
        """Stop now, in any state; whoever waits for a command gets ``MotionAborted``. A functional stop.

        Does nothing on a closed device. Raises ``ConnectionLost`` when the stop cannot be delivered.
        """
        if self._lifecycle is Lifecycle.CLOSED:
            return
        if self._lifecycle is Lifecycle.LOST:
            raise ConnectionLost(self.name, f"the stop cannot be delivered: {self._loss}")
        await self._to_completion(self._abort("stopped by stop()"))

    @abstractmethod
    async def _stop(self) -> None:
        """Hook: bring the device to rest and return once it stands. Must be harmless when nothing moves."""

    async def _run(
        self,
        what: str,
        operation: Callable[[], Coroutine[Any, Any, ResultT]],
        *,
        timeout: float,
        replace: bool,
        **data: Any,
    ) -> ResultT:
        """Run one command under all the rules; ``operation`` calls the driver's hook.

        Raises ``DeviceBusy``, ``MotionAborted``, ``MotionTimeout``, ``ConnectionLost`` and what the hook raises.
        """
        self._require_open()
        if not timeout > 0:
            raise CommandRejected(self.name, f"timeout must be above zero, not {timeout}")
        if self._active is not None:
            if not replace:
                raise DeviceBusy(self.name, f"{what} refused: {self._active.what} is running (replace=True takes over)")
            await self._to_completion(self._abort(f"replaced by {what}"))
            if self._active is not None:
                raise DeviceBusy(self.name, f"{what} refused: {self._active.what} was quicker")
        loop = asyncio.get_running_loop()
        task: asyncio.Task[ResultT] = loop.create_task(operation())
        command = _Command(what, task, loop.create_future())
        task.add_done_callback(lambda _: _finish(command))
        timer = loop.call_later(timeout, _finish, command)
        self._active = command
        self._emit("command", command=what, **data)
        try:
            await command.done
        except asyncio.CancelledError:
            command.verdict = MotionAborted(self.name, f"{what} was cancelled")
            with contextlib.suppress(DeviceError):  # the cancellation is what the caller must hear of
                await self._to_completion(self._abort(f"{what} was cancelled"))
            self._emit("aborted", command=what, why="cancelled")
            raise
        finally:
            timer.cancel()
            if self._active is command:
                self._active = None
        return await self._outcome(command, task, timeout)

    async def _outcome(self, command: _Command, task: asyncio.Task[ResultT], timeout: float) -> ResultT:
        what = command.what
        if command.verdict is None and not task.done():
            command.verdict = MotionTimeout(self.name, f"{what} took longer than {timeout:g} s and was stopped")
            try:
                await self._to_completion(self._abort(f"{what} timed out", command))
            except DeviceError as error:
                command.verdict = MotionTimeout(
                    self.name, f"{what} took longer than {timeout:g} s; the stop failed too: {error.message}"
                )
        if command.verdict is not None:
            self._emit("aborted", command=what, why=command.verdict.message)
            raise command.verdict
        try:
            result = task.result()
        except asyncio.CancelledError:
            raise MotionAborted(self.name, f"{what} was ended by the driver") from None
        except Exception as error:
            self._emit("failed", command=what, why=str(error))
            raise
        self._emit("done", command=what)
        return result

    async def _abort(self, why: str, command: _Command | None = None) -> None:
        """Stop the device, then end the running command with the verdict it has or ``MotionAborted``."""
        command = command or self._active
        if command is not None and command.verdict is None:
            command.verdict = MotionAborted(self.name, f"{command.what}: {why}")
        try:
            if self._lifecycle is Lifecycle.OPEN:
                await self._stop()
        finally:
            if command is not None:
                command.task.cancel()
                await asyncio.wait({command.task})
                if self._active is command:
                    self._active = None
                _finish(command)

    async def _to_completion(self, work: Coroutine[Any, Any, None]) -> None:
        """Finish ``work`` even if the caller is cancelled meanwhile; the cancellation comes afterwards."""
        task = asyncio.ensure_future(work)
        cancelled = False
        while not task.done():
            try:
                await asyncio.shield(task)
            except asyncio.CancelledError:
                cancelled = True
            except DeviceError:
                break
        task.result()
        if cancelled:
            raise asyncio.CancelledError

    def _link_lost(self, why: str) -> None:
        super()._link_lost(why)
        command = self._active
        if command is not None and self._lifecycle is Lifecycle.LOST:
            command.verdict = ConnectionLost(self.name, why)
            command.task.cancel()
            _finish(command)

    async def _before_close(self) -> None:
        if self._lifecycle is Lifecycle.OPEN:
            with contextlib.suppress(ConnectionLost):
                await self._to_completion(self._abort("the device is being closed"))


def _finish(command: _Command) -> None:
    if not command.done.done():
        command.done.set_result(None)
