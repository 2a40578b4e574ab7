"""What devices that move have in common: one command at a time, and a stop that always gets through."""

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
STOP_TIMEOUT = 10.0  # s until a stop that has not ended counts as failed: no arm brakes for that long


@dataclass(slots=True, eq=False)
class _Command:
    what: str
    task: asyncio.Task[Any]
    done: asyncio.Future[None]
    verdict: DeviceError | None = None
    aborting: bool = False


class Actuator(Device):
    """A device that moves. One command at a time; cancelling, timing out or losing one stops the device."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._active: _Command | None = None
        self._successor: str | None = None
        self._stops_asked = 0
        self._stops: set[asyncio.Task[None]] = set()
        self._gate: asyncio.Future[None] | None = None

    @property
    def busy(self) -> bool:
        """Whether a command is running, or being stopped."""
        return self._active is not None or self._successor is not None

    async def stop(self) -> None:
        """Stop now, in any state; whoever waits for a command gets ``MotionAborted``. A functional stop.

        Does nothing on a closed device. Raises ``ConnectionLost`` when the stop cannot be delivered.
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
        """Whether commands that come now have to wait."""
        return self._gate is not None

    def hold(self) -> None:
        """Let commands that come from now on wait until ``resume()``; the one that runs goes on to its end.

        A stop, closing and a lost link end the hold as well; whoever waits then hears of that.
        """
        if self._gate is None:
            self._gate = asyncio.get_running_loop().create_future()

    def resume(self) -> None:
        """End a hold: what waits begins. Does nothing where there is none."""
        gate, self._gate = self._gate, None
        if gate is not None:
            gate.set_result(None)

    async def _admitted(self, what: str) -> None:
        """Wait while commands are held."""
        asked = self._stops_asked
        while self._gate is not None:
            await asyncio.shield(self._gate)
        self._require_open()
        if self._stops_asked != asked:
            raise MotionAborted(self.name, f"{what}: stopped by stop() before it began")

    @abstractmethod
    async def _stop(self) -> None:
        """Hook: bring the device to rest and return once it stands. Must be harmless when nothing moves.

        May be called while another stop is under way. It is cancelled when the link is lost meanwhile.
        """

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
        if not 0 < timeout < math.inf:
            raise CommandRejected(self.name, f"timeout must be above zero and finite, not {timeout}")
        if self._gate is not None:
            await self._admitted(what)
        if self._successor is not None:
            raise DeviceBusy(self.name, f"{what} refused: {self._successor} is taking over")
        if self._active is not None:
            if not replace:
                raise DeviceBusy(self.name, f"{what} refused: {self._active.what} is running (replace=True takes over)")
            await self._take_over(what, self._active)
        loop = asyncio.get_running_loop()
        task: asyncio.Task[ResultT] = loop.create_task(operation())
        command = _Command(what, task, loop.create_future())
        task.add_done_callback(lambda _: _ended(command))
        timer = loop.call_later(timeout, _end, command)
        self._active = command
        self._emit("command", command=what, **data)
        try:
            try:
                await command.done
            except asyncio.CancelledError:
                if self._active is command:
                    with contextlib.suppress(DeviceError):  # the cancellation is what the caller must hear of
                        await to_completion(self._abort(f"{what} was cancelled", command))
                self._emit("aborted", command=what, why="cancelled")
                raise
            return await self._outcome(command, task, timeout)
        finally:
            timer.cancel()
            if self._active is command:
                self._active = None

    async def _take_over(self, what: str, running: _Command) -> None:
        """End the running command for ``what``; nobody gets in between, but a stop asked for meanwhile wins."""
        asked, self._successor = self._stops_asked, what
        try:
            await to_completion(self._abort(f"replaced by {what}", running))
        finally:
            self._successor = None
        self._require_open()
        if self._stops_asked != asked:
            raise MotionAborted(self.name, f"{what}: stopped by stop() before it began")

    async def _outcome(self, command: _Command, task: asyncio.Task[ResultT], timeout: float) -> ResultT:
        what = command.what
        if command.verdict is None and not task.done():
            command.verdict = MotionTimeout(self.name, f"{what} took longer than {timeout:g} s and was stopped")
            try:
                await to_completion(self._abort(f"{what} timed out", command))
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
            self._emit("aborted", command=what, why="ended by the driver")
            raise MotionAborted(self.name, f"{what} was ended by the driver") from None
        except Exception as error:
            self._emit("failed", command=what, why=str(error))
            raise
        self._emit("done", command=what)
        return result

    async def _abort(self, why: str, command: _Command | None) -> None:
        """Stop the device, then end ``command`` with the verdict it has or ``MotionAborted``.

        Whoever waits for the command hears of it when the device stands, not before: the next command may follow.
        """
        if command is not None:
            command.aborting = True
            if command.verdict is None:
                command.verdict = MotionAborted(self.name, f"{command.what}: {why}")
        try:
            if self._lifecycle is Lifecycle.OPEN:
                await self._halt()
        except DeviceError as error:
            if command is not None and isinstance(command.verdict, MotionAborted):
                command.verdict = MotionAborted(
                    self.name, f"{command.what}: {why}, but the stop failed: {error.message}"
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
        """The driver's stop; ends also when the link breaks or no answer comes."""
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
                task.exception()  # whatever it was, the link is the cause
            raise ConnectionLost(self.name, f"the stop cannot be delivered: {self._loss}")
        if not stood:
            raise MotionTimeout(self.name, f"the stop took longer than {STOP_TIMEOUT:g} s")
        if task.cancelled():
            raise MotionAborted(self.name, "the driver gave its stop up")
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
    """The driver's part is over, whatever became of it."""
    if not command.task.cancelled():
        command.task.exception()  # heard of, also where the verdict is another one
    _end(command)


def _end(command: _Command) -> None:
    """Wake whoever waits for the command, unless a stop is under way: that does it when the device stands."""
    if not command.aborting and not command.done.done():
        command.done.set_result(None)
