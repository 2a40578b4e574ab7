"""The thread of a cell, and the way of calls into it and of results out of it.

A cell runs entirely on one thread with one event loop. Other threads (a notebook's, a script's) submit calls and wait.
In virtual time the cell's thread sleeps while no call runs, so the world stands still between two calls; paced time
goes on, as with real devices.
"""

from __future__ import annotations

import asyncio
import atexit
import threading
import weakref
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from types import TracebackType
from typing import Any, TypeVar

from cellkit.cell.cell import Cell
from cellkit.end_signals import interrupt_on_end_signals
from cellkit.errors import CellkitError
from cellkit.scenario.program import Program
from cellkit.scenario.record import RunRecord
from cellkit.timing.virtual_loop import INSISTING

T = TypeVar("T")
Host = Callable[[Program], RunRecord | None]
"""Opens a cell, runs a program in it to its end, closes it, and returns the record, if there is one."""


class CellClosed(CellkitError):
    """The cell is closed: it accepts no more calls."""


class Call:
    """One call into the cell, with its result or error."""

    def __init__(self, work: Callable[[], Coroutine[Any, Any, Any]], scopes: tuple[Scope, ...]) -> None:
        self.work = work
        self.scopes = scopes
        self.ended_by: Scope | None = None
        self.interrupted = False
        self.task: asyncio.Task[Any] | None = None
        self.over = threading.Event()
        self.value: Any = None
        self.error: BaseException | None = None

    def deliver(self, value: Any, error: BaseException | None = None) -> None:
        """Store the outcome and wake the waiting thread."""
        self.value, self.error = value, error
        self.over.set()


class Portal:
    """The way into a cell that runs on a thread of its own. ``paced``: its time goes on while no call runs.

    Several threads may call at once: their work runs side by side, as tasks do. So ``stop()`` from another thread
    ends a motion that the first thread waits for.
    """

    def __init__(self, host: Host, *, paced: bool) -> None:
        self._host = host
        self._paced = paced
        self._lock = threading.Lock()
        self._settled = threading.Event()  # the cell is open, or it will never be
        self._open = False
        self._over = False
        self._wake = threading.Event()
        self._changed: asyncio.Event
        self._loop: asyncio.AbstractEventLoop
        self._cell: Cell
        self._running: set[Call] = set()
        self._left: list[Call] = []
        self._closing = False
        self._reason: Exception | None = None
        self._crash: BaseException | None = None
        self._record: RunRecord | None = None
        self._local = threading.local()
        self._thread = threading.Thread(target=self._live, name="cellkit cell", daemon=True)

    # --- on the calling thread ----------------------------------------------------------------------------------

    def open(self) -> Cell:
        """Start the cell and return it once its devices are connected. Raises the errors of opening."""
        interrupt_on_end_signals()  # a script that SIGTERM ended at once would leave its arms moving
        self._thread.start()
        _OPEN.add(self)
        try:
            self._settled.wait()
        except BaseException:
            self.end()
            raise
        if not self._open:
            self.end()
            raise CellClosed("the cell was closed before it was open")
        return self._cell

    def call(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Run a coroutine in the cell and return its result, or raise its error.

        Ctrl+C cancels the coroutine, which stops the device, and then raises ``KeyboardInterrupt``.
        Raises ``CellClosed``.
        """
        if threading.current_thread() is self._thread:
            raise RuntimeError("a listener runs on the cell's own thread and cannot wait for the cell there")
        scopes = self.scopes()
        for scope in scopes:
            scope.raise_error()
        call = Call(work, tuple(scopes))
        try:
            self._submit(call)
            call.over.wait()
        except BaseException:
            self._interrupt(call)
            raise
        if call.error is not None:
            error, call.error = call.error, None  # avoids a reference cycle of frames and error
            raise error.with_traceback(None)  # the frames of the loop do not help the caller
        result: T = call.value
        return result

    def do(self, work: Callable[[], T]) -> T:
        """Run a plain function in the cell's thread, undisturbed by other work there."""

        async def at_once() -> T:
            return work()

        return self.call(at_once)

    def end(self, reason: Exception | None = None) -> RunRecord | None:
        """End the program, with the caller's error if there is one, and close the cell. A second call has no effect.

        Returns the record. Raises the errors of closing.
        """
        if threading.current_thread() is self._thread:
            raise RuntimeError("a listener runs on the cell's own thread and cannot close the cell there")
        with self._lock:
            if not self._closing:
                self._closing, self._reason = True, reason
                if self._open:
                    self._loop.call_soon_threadsafe(self._changed.set)
                self._wake.set()
        self._thread.join()
        _OPEN.discard(self)
        crash, self._crash = self._crash, None
        if crash is not None and crash is not reason:
            raise crash.with_traceback(None)
        return self._record

    @property
    def closed(self) -> bool:
        """Whether the cell accepts no more calls."""
        return self._closing or self._over

    def scopes(self) -> list[Scope]:
        """Return the blocks that the calling thread is in, the innermost last."""
        if not hasattr(self._local, "scopes"):
            self._local.scopes = []
        scopes: list[Scope] = self._local.scopes
        return scopes

    def _submit(self, call: Call) -> None:
        with self._lock:
            if self.closed:
                raise CellClosed("the cell is closed; open it again with open_cell()")
            self._loop.call_soon_threadsafe(self._begin, call)
            self._wake.set()

    def _interrupt(self, call: Call) -> None:
        """Cancel a call and wait until its device has stopped; repeated Ctrl+C ends the waiting."""
        call.interrupted = True
        with self._lock:
            if self.closed:
                return
            self._loop.call_soon_threadsafe(self._cancel, call)
            self._wake.set()
        for _ in range(INSISTING):
            try:
                call.over.wait()
                return
            except KeyboardInterrupt:
                continue

    # --- on the cell's own thread -------------------------------------------------------------------------------

    def _live(self) -> None:
        try:
            self._record = self._host(self._program)
        except BaseException as error:
            self._crash = error
        finally:
            with self._lock:
                self._over = True
            self._settled.set()
            closed = self._crash or CellClosed("the cell was closed meanwhile")
            for call in self._left:
                call.deliver(None, closed)
                self._crash = None  # the call reports it

    async def _program(self, cell: Cell) -> None:
        """Run in place of a cell program: carry out calls until the cell is closed."""
        self._cell = cell
        self._loop = asyncio.get_running_loop()
        self._changed = asyncio.Event()
        self._open = True
        self._settled.set()
        try:
            while not self._closing:
                if self._running or self._paced:
                    await self._changed.wait()
                    self._changed.clear()
                else:
                    self._wake.wait()  # blocks the loop, so virtual time stands still
                    self._wake.clear()
                    await asyncio.sleep(0)  # submitted calls begin
        finally:
            with self._lock:
                self._closing = True
            tasks = [call.task for call in self._running if call.task is not None]
            for task in tasks:
                task.cancel()
            if tasks:
                await asyncio.wait(tasks)
        if self._reason is not None:
            raise self._reason

    def _begin(self, call: Call) -> None:
        self._changed.set()
        if self._closing:
            self._left.append(call)
            return
        call.task = self._loop.create_task(call.work())
        self._running.add(call)
        call.task.add_done_callback(lambda task: self._done(call, task))

    def _cancel(self, call: Call) -> None:
        if call.task is not None:
            call.task.cancel()
        else:
            call.deliver(None, asyncio.CancelledError())  # the call never began

    def _done(self, call: Call, task: asyncio.Task[Any]) -> None:
        self._running.discard(call)
        self._changed.set()
        if not task.cancelled():
            error = task.exception()
            if call.ended_by is not None and error is not None:
                call.ended_by.reported = True  # the call raised an error of its own, which is more specific
            call.deliver(None if error is not None else task.result(), error)
        elif call.ended_by is not None:
            call.ended_by.reported = True
            call.deliver(None, call.ended_by.error)
        elif call.interrupted or not self._closing:
            call.deliver(None, asyncio.CancelledError())
        else:
            self._left.append(call)

    def end_calls(self, scope: Scope) -> None:
        """End the calls inside a block whose context failed."""
        for call in tuple(self._running):
            if scope in call.scopes and call.task is not None and call.ended_by is None:
                call.ended_by = scope
                call.task.cancel()


class Scope(AbstractContextManager[None]):
    """A ``with`` block of one thread that holds an asynchronous context of the cell open, for example a guard."""

    def __init__(self, portal: Portal, make: Callable[[], AbstractAsyncContextManager[None]]) -> None:
        self._portal = portal
        self._make = make
        self._task: asyncio.Task[None]
        self._leave: asyncio.Event
        self.error: BaseException | None = None
        self.reported = False

    def __enter__(self) -> None:
        self._portal.call(self._begin)
        self._portal.scopes().append(self)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._portal.scopes().remove(self)
        if self._portal.closed:
            return
        self._portal.call(self._finish)
        if error is None:
            self.raise_error()

    def raise_error(self) -> None:
        """Raise the error of the context, once."""
        if self.error is not None and not self.reported:
            self.reported = True
            raise self.error.with_traceback(None)

    async def _begin(self) -> None:
        loop = asyncio.get_running_loop()
        self._leave = asyncio.Event()
        entered: asyncio.Future[None] = loop.create_future()
        self._task = loop.create_task(self._hold(entered))
        self._task.add_done_callback(self._over)
        await entered

    async def _hold(self, entered: asyncio.Future[None]) -> None:
        try:
            async with self._make():
                entered.set_result(None)
                await self._leave.wait()
        except Exception as error:
            if entered.done():
                raise
            entered.set_exception(error)

    def _over(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self.error = error
            self._portal.end_calls(self)

    async def _finish(self) -> None:
        self._leave.set()
        await asyncio.wait({self._task})


_OPEN: weakref.WeakSet[Portal] = weakref.WeakSet()


def _close_all() -> None:
    """Close the open cells when the interpreter ends, so that devices stop and disconnect."""
    for portal in tuple(_OPEN):
        portal.end()


atexit.register(_close_all)
