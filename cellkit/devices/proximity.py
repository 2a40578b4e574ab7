"""The open interface of beam, distance and presence sensors."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable

from cellkit.devices.observed import Observed


class ProximitySensor(Observed):
    """A beam: whether something is in it, and how far away."""

    async def distance(self) -> float | None:
        """Distance (m) to what is in the beam; None when nothing is within range.

        Raises ``DeviceFault`` when the sensor says that it cannot measure, ``ConnectionLost`` when it is silent.
        """
        self._require_open()
        return await self._distance()

    async def present(self, within: float | None = None) -> bool:
        """Whether something is in the beam, or nearer than ``within`` (m) where the beam ends on a background."""
        return _present(await self.distance(), within)

    async def wait_for(self, present: bool = True, *, within: float | None = None, timeout: float = 60.0) -> None:
        """Wait until something is (or nothing is) in the beam; ``within`` as in ``present``.

        Raises ``MotionTimeout`` and what ``distance`` raises.
        """

        async def reached() -> bool:
            return _present(await self._distance(), within) == present

        what = "something" if present else "nothing"
        where = "" if within is None else f" within {within:g} m"
        await self._wait_until(reached, self._watch, timeout, f"the beam did not see {what}{where}", what)

    @abstractmethod
    async def _distance(self) -> float | None:
        """Hook: the newest distance (m)."""

    def _watch(self, on_change: Callable[[], None]) -> Callable[[], None]:
        """Hook: call ``on_change`` whenever the beam may have changed; return what ends that.

        Without one of its own, a driver calls ``_notify_observers``.
        """
        return self._observe(on_change)


def _present(distance: float | None, within: float | None) -> bool:
    return distance is not None and (within is None or distance <= within)
