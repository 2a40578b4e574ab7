"""The newest state of a device that sends its states unasked."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from cellkit.errors import ConnectionLost
from cellkit.timing import now, sleep_until

StateT = TypeVar("StateT")


class Latest(Generic[StateT]):
    """The newest state of one connection. A state older than ``limit`` s means that the device is silent.

    ``noticed`` is called with every state, before those who wait for one.
    """

    def __init__(
        self,
        device: str,
        what: str = "state",
        limit: float = math.inf,
        noticed: Callable[[StateT], None] = lambda _state: None,
    ) -> None:
        self._device = device
        self._what = what
        self.noticed = noticed
        self._value: StateT | None = None
        self._mark: Hashable = None
        self._waiting: list[tuple[Callable[[StateT], bool], asyncio.Future[StateT]]] = []
        self._lost: str | None = None
        self.limit = limit
        self.stamp = now()
        """Cell time (s) at which the newest state came; before the first one, at which the connection began."""

    @property
    def known(self) -> bool:
        """Whether a state has come."""
        return self._value is not None

    @property
    def age(self) -> float:
        """Time (s) since the newest state came."""
        return now() - self.stamp

    @property
    def value(self) -> StateT:
        """The newest state. Raises ``ConnectionLost`` before the first one, and when it is too old."""
        if self._value is None:
            raise ConnectionLost(self._device, self._lost or f"no {self._what} has come yet")
        if self.limit < math.inf and self.age > self.limit:
            raise ConnectionLost(self._device, self._silence())
        return self._value

    def put(self, state: StateT, mark: Hashable = None) -> None:
        """Take a state that has come. ``mark``: its time stamp or counter, where the protocol has one.

        A state with the mark of the one before is dropped: a device that repeats itself counts as silent.
        """
        if mark is not None and mark == self._mark:
            return
        self._mark = mark
        self._value, self.stamp = state, now()
        self.noticed(state)
        if not self._waiting:
            return
        for reached, future in tuple(self._waiting):
            if not future.done():
                try:
                    if reached(state):
                        future.set_result(state)
                except Exception as error:
                    future.set_exception(error)

    async def next(self) -> StateT:
        """Wait for the next state to come. Raises ``ConnectionLost`` when none comes within the age limit."""
        try:
            return await self.until(lambda _state: True, None if math.isinf(self.limit) else self.limit, newest=False)
        except TimeoutError:
            raise ConnectionLost(self._device, self._silence()) from None

    async def since(self, moment: float) -> StateT:
        """Wait until the newest state is one that came after ``moment`` (s), and return it. Raises as ``next`` does."""
        while self._value is None or self.stamp <= moment:
            await self.next()
        return self.value

    async def until(
        self, reached: Callable[[StateT], bool], within: float | None = None, *, newest: bool = True
    ) -> StateT:
        """Wait for the first state that ``reached`` accepts; the newest one counts unless ``newest`` is false.

        Raises ``TimeoutError`` after ``within`` s, ``ConnectionLost`` when the link breaks, and as ``reached`` does.
        """
        if self._lost is not None:
            raise ConnectionLost(self._device, self._lost)
        if newest and self._value is not None and reached(self._value):
            return self._value
        future: asyncio.Future[StateT] = asyncio.get_running_loop().create_future()
        wait = reached, future
        self._waiting.append(wait)
        try:
            async with asyncio.timeout(within):
                return await future
        finally:
            self._waiting.remove(wait)

    async def guard(self, grace: float = 1e-3) -> None:
        """Run until the device is silent, then raise ``ConnectionLost``.

        ``grace``: s beyond the age limit, for a state that comes late because this computer was busy elsewhere.
        """
        while self.age < self.limit + grace - 1e-9:
            await sleep_until(self.stamp + self.limit + grace)
        raise ConnectionLost(self._device, f"no {self._what} for {self.limit:g} s")

    def fail(self, why: str) -> None:
        """End the connection: every wait fails at once with ``ConnectionLost``, as do all later ones."""
        self._lost = why
        for _, future in self._waiting:
            if not future.done():
                future.set_exception(ConnectionLost(self._device, why))

    def _silence(self) -> str:
        return f"no {self._what} for {self.age:.3g} s"
