"""The thread that a cell lives on, and how calls get in there and results out.

Everything of a cell happens on one thread with one event loop. Other threads (a notebook's, a script's) hand it work
and wait. In virtual time that thread sleeps as long as nobody waits, so the world stands still between two calls;
paced time goes on, as it does with real devices.
"""

from __future__ import annotations

import asyncio
import atexit
import threading
import weakref
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

from cellkit.cell.cell import Cell
from cellkit.errors import CellkitError
from cellkit.scenario.program import Program
from cellkit.scenario.record import RunRecord
from cellkit.timing.virtual_loop import INSISTING

if TYPE_CHECKING:
    from cellkit.blocking.scope import Scope

T = TypeVar("T")
Host = Callable[[Program], RunRecord | None]
"""Opens a cell, runs a program in it to its end, closes it, and returns the record of that, if one is kept."""


class CellClosed(CellkitError):
    """The cell, or what it was opened for, is over: nothing can be asked of it any more."""


class Call:
    """One piece of work on its way in, and what came of it on its way out."""

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
        """Wake the thread that waits."""
        self.value, self.error = value, error
        self.over.set()


class Portal:
    """The way into a cell that runs on a thread of its own. ``paced``: its time goes on while nobody waits.

    Several threads may call at once: their work runs side by side, as tasks do. So ``stop()`` from another thread
    ends a motion that the first one waits for.
    """

    def __init__(self, host: Host, *, paced: bool) -> None:
        self._host = host
        self._paced = paced
        self._lock = threading.Lock()
        self._settled = threading.Event()  # open, or never going to be
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

    # --- for the thread that wants something --------------------------------------------------------------------

    def open(self) -> Cell:
        """Start, and return the cell once its devices are connected. Raises what opening raises."""
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
        """Run a coroutine in the cell and return its result, or raise its error as it is.

        Ctrl+C cancels it, which stops the device, and raises ``KeyboardInterrupt`` when that has been done.
        Raises ``CellClosed``.
        """
        if threading.current_thread() is self._thread:
            raise RuntimeError("a listener runs on the cell's own thread and cannot wait for the cell there")
        scopes = self.scopes()
        for scope in scopes:
            scope.tell()
        call = Call(work, tuple(scopes))
        try:
            self._submit(call)
            call.over.wait()
        except BaseException:
            self._interrupt(call)
            raise
        if call.error is not None:
            error, call.error = call.error, None  # no cycle of frames and error
            raise error.with_traceback(None)  # how the loop came there is nothing that the caller could use
        result: T = call.value
        return result

    def do(self, work: Callable[[], T]) -> T:
        """Run a plain function in the cell's thread, where nothing else runs meanwhile."""

        async def at_once() -> T:
            return work()

        return self.call(at_once)

    def end(self, reason: Exception | None = None) -> RunRecord | None:
        """End the program (with an error, where one ended the caller's) and close everything. Harmless twice.

        Returns the record. Raises what closing raises.
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
        """Whether nothing can be called any more."""
        return self._closing or self._over

    def scopes(self) -> list[Scope]:
        """The blocks that the calling thread is in, the innermost last."""
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
        """Cancel a call and wait until its device stands; only who insists does not wait."""
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
                self._crash = None  # told

    async def _program(self, cell: Cell) -> None:
        """What runs in place of a cell program: it does what is asked for, until the end is."""
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
                    self._wake.wait()  # blocks the loop: virtual time stands still
                    self._wake.clear()
                    await asyncio.sleep(0)  # what was handed in begins
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
            call.deliver(None, asyncio.CancelledError())  # it never came in

    def _done(self, call: Call, task: asyncio.Task[Any]) -> None:
        self._running.discard(call)
        self._changed.set()
        if not task.cancelled():
            error = task.exception()
            if call.ended_by is not None and error is not None:
                call.ended_by.told = True  # it became an error of the call's own, which says more
            call.deliver(None if error is not None else task.result(), error)
        elif call.ended_by is not None:
            call.ended_by.told = True
            call.deliver(None, call.ended_by.error)
        elif call.interrupted or not self._closing:
            call.deliver(None, asyncio.CancelledError())
        else:
            self._left.append(call)

    def end_calls(self, scope: Scope) -> None:
        """A context failed: what its thread waits for inside its block ends."""
        for call in tuple(self._running):
            if scope in call.scopes and call.task is not None and call.ended_by is None:
                call.ended_by = scope
                call.task.cancel()


_OPEN: weakref.WeakSet[Portal] = weakref.WeakSet()


def _close_all() -> None:
    """When the interpreter ends, what is still open is closed: devices stop and let go of their links."""
    for portal in tuple(_OPEN):
        portal.end()


atexit.register(_close_all)
