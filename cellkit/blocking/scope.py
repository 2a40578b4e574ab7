"""``with`` blocks of a thread that hold something of the cell: a guard, for one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from types import TracebackType

from cellkit.blocking.portal import Portal


class Scope(AbstractContextManager[None]):
    """A block of one thread that holds an asynchronous context of the cell open."""

    def __init__(self, portal: Portal, make: Callable[[], AbstractAsyncContextManager[None]]) -> None:
        self._portal = portal
        self._make = make
        self._task: asyncio.Task[None]
        self._leave: asyncio.Event
        self.error: BaseException | None = None
        self.told = False

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
            self.tell()

    def tell(self) -> None:
        """Raise the error of the context, once."""
        if self.error is not None and not self.told:
            self.told = True
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
