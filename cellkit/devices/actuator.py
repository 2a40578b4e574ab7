"""The base class of devices that move: one command at a time, and a stop that is accepted in every state."""

from __future__ import annotations

import asyncio
import contextlib
import math
from abc import abstractmethod
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

from cellkit.devices.device import Device, Lifecycle, to_completion
from cellkit.errors import (
    CommandRejected,
    ConnectionLost,
    DeviceBusy,
    DeviceError,
    MotionAborted,
    MotionTimeout,
)

ResultT = TypeVar("ResultT")
STOP_TIMEOUT = 10.0  # s after which a stop that has not ended counts as failed: no arm brakes for that long


@dataclass(slots=True, eq=False)
class _Command:
    name: str
    task: asyncio.Task[Any]
    done: asyncio.Future[None]
    verdict: DeviceError | None = None
    aborting: bool = False


class Actuator(Device):
    """A device that moves.

    It carries out one command at a time. The device stops when a command is cancelled, replaced or exceeds its time.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._active: _Command | None = None
        self._successor: str | None = None
        self._stops_asked = 0
        self._stops: set[asyncio.Task[None]] = set()
        self._gate: asyncio.Future[None] | None = None

    @property
    def busy(self) -> bool:
        """Whether a command is running or being stopped."""
        return self._active is not None or self._successor is not None

    async def stop(self) -> None:
        """Stop the device now and return when it is at rest. This is a functional stop, not a safety function.

        It is accepted in every state; on a closed device it does nothing. A command that is running or waiting raises
        ``MotionAborted``. Raises ``ConnectionLost`` when the stop cannot be delivered, and ``MotionTimeout`` when the
        device is not at rest after ``STOP_TIMEOUT`` s.
        """
        if self._lifecycle is Lifecycle.CLOSED:
            return
        if self._lifecycle is Lifecycle.LOST:
            raise ConnectionLost(self.name, f"the stop cannot be delivered: {self._loss}")
        self._stops_asked += 1
        self.resume()
        await to_completion(self._abort("stopped by stop()", self._active))

    @property
    def held(self) -> bool:
        """Whether new commands wait until ``resume()``."""
        return self._gate is not None

    def hold(self) -> None:
        """Let new commands wait until ``resume()``; a running command continues to its end.

        ``stop()``, ``close()`` and a lost link end the hold as well; a command that waits then raises the error.
        """
        if self._gate is None:
            self._gate = asyncio.get_running_loop().create_future()

    def resume(self) -> None:
        """End a hold, so that waiting commands begin. Does nothing without a hold."""
        gate, self._gate = self._gate, None
        if gate is not None:
            gate.set_result(None)

    async def _admitted(self, name: str) -> None:
        """Wait while commands are held. Raises ``MotionAborted`` after a stop, and the errors of a closed device."""
        asked = self._stops_asked
        while self._gate is not None:
            await asyncio.shield(self._gate)
        self._require_open()
        if self._stops_asked != asked:
            raise MotionAborted(self.name, f"{name}: stopped by stop() before it began")

    @abstractmethod
    async def _stop(self) -> None:
        """Bring the device to rest and return when it is at rest (driver hook).

        The hook must do no harm when nothing moves. It may be called while another stop is in progress. It is
        cancelled when the link is lost meanwhile.
        """

    async def _run(
        self,
        name: str,
        operation: Callable[[], Coroutine[Any, Any, ResultT]],
        *,
        timeout: float,
        replace: bool,
        **data: Any,
    ) -> ResultT:
        """Run one command under the rules of all actuators.

        ``name`` is the command's name in events and errors, ``operation`` calls the driver's hook, ``timeout`` is in s,
        ``replace`` ends a running command first, ``data`` is added to the event. Raises ``DeviceBusy``,
        ``MotionAborted``, ``MotionTimeout``, ``ConnectionLost`` and the errors of the hook.
        """
        self._require_open()
        if not 0 < timeout < math.inf:
            raise CommandRejected(self.name, f"timeout must be above zero and finite, not {timeout}")
        if self._gate is not None:
            await self._admitted(name)
        if self._successor is not None:
            raise DeviceBusy(self.name, f"{name} refused: {self._successor} is taking over")
        if self._active is not None:
            if not replace:
                raise DeviceBusy(self.name, f"{name} refused: {self._active.name} is running (replace=True takes over)")
            await self._take_over(name, self._active)
        loop = asyncio.get_running_loop()
        task: asyncio.Task[ResultT] = loop.create_task(operation())
        command = _Command(name, task, loop.create_future())
        task.add_done_callback(lambda _: _ended(command))
        timer = loop.call_later(timeout, _end, command)
        self._active = command
        self._emit("command", command=name, **data)
        try:
            try:
                await command.done
            except asyncio.CancelledError:
                if self._active is command:
                    with contextlib.suppress(DeviceError):  # the caller must receive the cancellation instead
                        await to_completion(self._abort(f"{name} was cancelled", command))
                self._emit("aborted", command=name, why="cancelled")
                raise
            return await self._outcome(command, task, timeout)
        finally:
            timer.cancel()
            if self._active is command:
                self._active = None

    async def _take_over(self, name: str, running: _Command) -> None:
        """End the running command in favour of ``name``.

        Until ``name`` begins, other commands raise ``DeviceBusy``; a ``stop()`` meanwhile prevents ``name`` as well.
        """
        asked, self._successor = self._stops_asked, name
        try:
            await to_completion(self._abort(f"replaced by {name}", running))
        finally:
            self._successor = None
        self._require_open()
        if self._stops_asked != asked:
            raise MotionAborted(self.name, f"{name}: stopped by stop() before it began")

    async def _outcome(self, command: _Command, task: asyncio.Task[ResultT], timeout: float) -> ResultT:
        name = command.name
        if command.verdict is None and not task.done():
            command.verdict = MotionTimeout(self.name, f"{name} took longer than {timeout:g} s and was stopped")
            try:
                await to_completion(self._abort(f"{name} timed out", command))
            except DeviceError as error:
                command.verdict = MotionTimeout(
                    self.name, f"{name} took longer than {timeout:g} s; the stop failed too: {error.message}"
                )
        if command.verdict is not None:
            self._emit("aborted", command=name, why=command.verdict.message)
            raise command.verdict
        try:
            result = task.result()
        except asyncio.CancelledError:
            self._emit("aborted", command=name, why="ended by the driver")
            raise MotionAborted(self.name, f"{name} was ended by the driver") from None
        except Exception as error:
            self._emit("failed", command=name, why=str(error))
            raise
        self._emit("done", command=name)
        return result

    async def _abort(self, why: str, command: _Command | None) -> None:
        """Stop the device, then end ``command`` with the verdict that it has, or with ``MotionAborted``.

        The caller of the command is notified only when the device is at rest, because the next command may follow.
        """
        if command is not None:
            command.aborting = True
            if command.verdict is None:
                command.verdict = MotionAborted(self.name, f"{command.name}: {why}")
        try:
            if self._lifecycle is Lifecycle.OPEN:
                await self._halt()
        except DeviceError as error:
            if command is not None and isinstance(command.verdict, MotionAborted):
                command.verdict = MotionAborted(
                    self.name, f"{command.name}: {why}, but the stop failed: {error.message}"
                )
            raise
        finally:
            if command is not None:
                command.task.cancel()
                await asyncio.wait({command.task})
                if self._active is command:
                    self._active = None
                command.aborting = False
                _end(command)

    async def _halt(self) -> None:
        """Call the driver's stop; return or raise also when the link breaks or no answer comes."""
        task = asyncio.ensure_future(self._stop())
        self._stops.add(task)
        try:
            await asyncio.wait({task}, timeout=STOP_TIMEOUT)
        finally:
            self._stops.discard(task)
            stood = task.done()
            task.cancel()
        if self._lifecycle is Lifecycle.LOST:
            if stood and not task.cancelled():
                task.exception()  # retrieved and ignored: the lost link is the cause
            raise ConnectionLost(self.name, f"the stop cannot be delivered: {self._loss}")
        if not stood:
            raise MotionTimeout(self.name, f"the stop took longer than {STOP_TIMEOUT:g} s")
        if task.cancelled():
            raise MotionAborted(self.name, "the driver cancelled its own stop")
        task.result()

    def _link_lost(self, why: str) -> None:
        super()._link_lost(why)
        if self._lifecycle is not Lifecycle.LOST:
            return
        self.resume()
        for task in tuple(self._stops):
            task.cancel()
        command = self._active
        if command is not None:
            command.verdict = ConnectionLost(self.name, why)
            command.task.cancel()
            command.aborting = False
            _end(command)

    async def _before_close(self) -> None:
        self.resume()
        if self._lifecycle is Lifecycle.OPEN:
            with contextlib.suppress(ConnectionLost):
                await to_completion(self._abort("the device is being closed", self._active))


def _ended(command: _Command) -> None:
    """End a command whose driver task has ended, with or without an error."""
    if not command.task.cancelled():
        command.task.exception()  # retrieved, so that asyncio does not report it when the verdict is another one
    _end(command)


def _end(command: _Command) -> None:
    """Wake the caller of a command, unless a stop is in progress: that stop wakes it when the device is at rest."""
    if not command.aborting and not command.done.done():
        command.done.set_result(None)
