"""Reading the state of a device again and again: for protocols in which it reports nothing unless it is asked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from cellkit.devices.latest import Latest
from cellkit.timing import now, sleep_until

StateT = TypeVar("StateT")


class Poller(Generic[StateT]):
    """Reads a state every ``period`` s and hands it to those who wait; ``noticed`` is called with each, first.

    A poller belongs to one connection to ``device``. ``basis``: what the answers of the device follow from, where it is
    known (``ByteStream.far_basis``). While it is equal to that of the newest state, this state counts as read again:
    nothing is sent.
    """

    def __init__(
        self,
        device: str,
        read: Callable[[], Awaitable[StateT]],
        period: float,
        noticed: Callable[[StateT], None] = lambda _state: None,
        basis: Callable[[], object] = lambda: None,
    ) -> None:
        self._read = read
        self._basis = basis
        self._read_on: object = None  # the basis of the newest state; None: not known
        self._period = period
        self._begun = 0
        self._readings: Latest[tuple[int, StateT]] = Latest(device, noticed=lambda reading: noticed(reading[1]))
        self.fail = self._readings.fail

    @property
    def latest(self) -> StateT:
        """The newest state. Raises ``ConnectionLost`` before there is one."""
        return self._readings.value[1]

    @property
    def stamp(self) -> float:
        """Cell time (s) at which the newest state came."""
        return self._readings.stamp

    async def once(self) -> StateT:
        """Read the state now."""
        self._begun += 1
        number, basis = self._begun, self._basis()
        state = await self._read()
        self._read_on = basis if basis is not None and basis == self._basis() else None
        self._readings.put((number, state))
        return state

    def _again(self) -> bool:
        """Take the newest state once more if reading it would give the same; return whether that is known."""
        if self._read_on is None or self._read_on != self._basis():
            return False
        self._begun += 1
        self._readings.put((self._begun, self.latest))
        return True

    async def run(self) -> None:
        """Read until cancelled. Raises what reading raises."""
        moment = now()
        while True:
            if not self._again():
                await self.once()
            moment = max(moment + self._period, now())
            await sleep_until(moment)

    async def until(self, reached: Callable[[StateT], bool]) -> StateT:
        """Return the first state that is asked for after this call and that ``reached`` accepts.

        Raises ``ConnectionLost`` when the link breaks.
        """
        begun = self._begun
        reading = await self._readings.until(lambda one: one[0] > begun and reached(one[1]), newest=False)
        return reading[1]
