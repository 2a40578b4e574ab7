"""The command queue of the control box: one command after the other, blended lines as one motion."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from cellkit.controller.arm_controller import ArmController
from cellkit.errors import CommandRejected, DeviceError, MotionAborted, PlanningError
from cellkit.timing import now
from cellkit_ufactory.protocol.commands import LineMove, Queueable, Sleep
from cellkit_ufactory.protocol.frames import FeedbackKind, FeedbackResult
from cellkit_ufactory.virtual_motion import Impossible, MotionFactory

DEPTH = 1024  # commands; the SDK expects this number
BLEND_WAIT = 0.2  # s that a blended line at the end of the queue waits for the line it blends into

Notify = Callable[[FeedbackKind, FeedbackResult], None]


@dataclass(slots=True, eq=False)
class Entry:
    """A motion or pause, or None with a function ``do`` to call in its turn; and the callback that reports it."""

    command: Queueable | None
    notify: Notify
    do: Callable[[], None] | None = None


class CommandQueue:
    """Queue that feeds the kernel.

    ``at_rest`` waits until a stop is over; ``fail`` is the callback for a motion that is impossible.
    """

    def __init__(
        self,
        kernel: ArmController,
        vendor: MotionFactory,
        at_rest: Callable[[], Awaitable[None]],
        fail: Callable[[int], None],
    ) -> None:
        self._kernel = kernel
        self._vendor = vendor
        self._at_rest = at_rest
        self._fail = fail
        self._waiting: deque[Entry] = deque()
        self._running: list[Entry] = []
        self._came = asyncio.Event()
        self._last = 0.0
        self._cleared: asyncio.Future[None] | None = None

    @property
    def count(self) -> int:
        """Commands that wait or run."""
        return len(self._waiting) + len(self._running)

    @property
    def full(self) -> bool:
        """Whether there is no room for another command."""
        return len(self._waiting) >= self._kernel.queue_depth

    def put(self, entry: Entry) -> None:
        """Append; only while it is not full."""
        self._waiting.append(entry)
        self._last = now()
        self._came.set()

    def clear(self) -> None:
        """Drop all commands; the caller must end the running motion too."""
        waiting, self._waiting = self._waiting, deque()
        if self._cleared is not None and not self._cleared.done():
            self._cleared.set_result(None)
        for entry in waiting:
            entry.notify(FeedbackKind.FINISH, FeedbackResult.DISCARDED)

    async def run(self) -> None:
        """Carry out the commands of the queue without end."""
        while True:
            while not self._waiting:
                self._came.clear()
                await self._came.wait()
            if not await self._complete():
                continue
            self._running = self._next()
            self._cleared = asyncio.get_running_loop().create_future()
            for entry in self._running:
                entry.notify(FeedbackKind.START, FeedbackResult.SUCCESS)
            result = await self._perform(self._running)
            done, self._running = self._running, []
            for entry in done:
                entry.notify(FeedbackKind.FINISH, result)

    async def _complete(self) -> bool:
        """Return whether the queue holds the whole of the next motion; else wait for more."""
        if not all(_blends(entry) for entry in self._waiting):
            return True
        left = self._last + BLEND_WAIT - now()
        if left <= 0.0:
            return True
        self._came.clear()
        await asyncio.wait({asyncio.ensure_future(self._came.wait())}, timeout=left)
        return False

    def _next(self) -> list[Entry]:
        """Take the next command, or the lines that blend into each other."""
        group = [self._waiting.popleft()]
        while _blends(group[-1]) and self._waiting and _follows(group[0], self._waiting[0]):
            group.append(self._waiting.popleft())
        return group

    async def _perform(self, group: list[Entry]) -> FeedbackResult:
        assert self._cleared is not None
        commands = [entry.command for entry in group if entry.command is not None]
        if not commands:
            for entry in group:
                if entry.do is not None:
                    entry.do()
            return FeedbackResult.SUCCESS
        try:
            await self._at_rest()
            if isinstance(commands[0], Sleep):
                await asyncio.wait({self._cleared}, timeout=commands[0].seconds)
            for motion in self._vendor.motions(commands):
                if not self._cleared.done():
                    await self._kernel.submit(motion)
        except Impossible as error:
            self._fail(error.code)
            return FeedbackResult.FAILURE
        except PlanningError as error:
            self._fail(Impossible.of(error, commands[0]).code)
            return FeedbackResult.FAILURE
        except MotionAborted:
            return FeedbackResult.DISCARDED
        except (DeviceError, CommandRejected):  # the kernel has reported the cause of the stop
            return FeedbackResult.FAILURE
        return FeedbackResult.DISCARDED if self._cleared.done() else FeedbackResult.SUCCESS


def _blends(entry: Entry) -> bool:
    """Return whether a command leads into the next one without a stop."""
    command = entry.command
    return isinstance(command, LineMove) and command.radius is not None and not (command.tool or command.relative)


def _follows(first: Entry, entry: Entry) -> bool:
    """Return whether a command can be part of the motion that ``first`` begins: the kernel has one speed for a path."""
    one, other = first.command, entry.command
    return (
        isinstance(one, LineMove)
        and isinstance(other, LineMove)
        and not (other.tool or other.relative)
        and (one.speed, one.acceleration) == (other.speed, other.acceleration)
    )
