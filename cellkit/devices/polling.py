"""Looking at a device again and again: for protocols in which it tells nothing unless it is asked."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from cellkit.timing import now, sleep_until

StateT = TypeVar("StateT")


@dataclass(slots=True)
class _Wait(Generic[StateT]):
    begun: int
    reached: Callable[[StateT], bool]
    future: asyncio.Future[StateT]


class Poller(Generic[StateT]):
    """Reads a state every ``period`` s and hands it to whoever waits; ``noticed`` is called with each, first."""

    def __init__(
        self,
        read: Callable[[], Awaitable[StateT]],
        period: float,
        noticed: Callable[[StateT], None] = lambda _state: None,
    ) -> None:
        self._read = read
        self._period = period
        self._noticed = noticed
        self._begun = 0
        self._waiting: list[_Wait[StateT]] = []
        self._latest: StateT | None = None
        self.stamp = 0.0
        """Cell time (s) at which the newest state came."""

    @property
    def latest(self) -> StateT:
        """The newest state. Raises ``RuntimeError`` before there is one."""
        if self._latest is None:
            raise RuntimeError("nothing was read yet")
        return self._latest

    async def once(self) -> StateT:
        """Read now."""
        self._begun += 1
        number = self._begun
        state = await self._read()
        self._latest, self.stamp = state, now()
        self._noticed(state)
        for wait in tuple(self._waiting):
            if number > wait.begun and not wait.future.done() and wait.reached(state):
                wait.future.set_result(state)
        return state

    async def run(self) -> None:
        """Read until cancelled. Raises what reading raises."""
        moment = now()
        while True:
            await self.once()
            moment = max(moment + self._period, now())
            await sleep_until(moment)

    async def until(self, reached: Callable[[StateT], bool]) -> StateT:
        """The first state that was asked for after this call, and that ``reached`` accepts."""
        wait = _Wait(self._begun, reached, asyncio.get_running_loop().create_future())
        self._waiting.append(wait)
        try:
            state: StateT = await wait.future
            return state
        finally:
            self._waiting.remove(wait)
