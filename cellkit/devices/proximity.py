"""The open interface of beam, distance and presence sensors."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable

from cellkit.devices.observed import Observed


class ProximitySensor(Observed):
    """A sensor with one beam, which detects an object in the beam and measures its distance."""

    async def distance(self) -> float | None:
        """Return the distance (m) to the object in the beam; None: no object is within range.

        Raises ``DeviceFault`` when the sensor reports that it cannot measure, and ``ConnectionLost`` when it is silent.
        """
        self._require_open()
        return await self._distance()

    async def present(self, within: float | None = None) -> bool:
        """Return whether an object is in the beam.

        ``within`` (m) is the largest distance that counts, for a beam that ends on a background. Raises the errors of
        ``distance``.
        """
        return _present(await self.distance(), within)

    async def wait_for(self, present: bool = True, *, within: float | None = None, timeout: float = 60.0) -> None:
        """Wait until an object is in the beam or, with ``present=False``, until the beam is free.

        ``within`` (m) as in ``present``; ``timeout`` is in s. Raises ``MotionTimeout`` and the errors of ``distance``.
        """

        async def reached() -> bool:
            return _present(await self._distance(), within) == present

        awaited = "something" if present else "nothing"
        where = "" if within is None else f" within {within:g} m"
        await self._wait_until(reached, self._watch, timeout, f"the beam did not see {awaited}{where}", awaited)

    @abstractmethod
    async def _distance(self) -> float | None:
        """Return the newest distance (m); None: no object is within range (driver hook)."""

    def _watch(self, on_change: Callable[[], None]) -> Callable[[], None]:
        """Call ``on_change`` whenever the beam may have changed; return a function that ends this (driver hook).

        The default calls it when the driver calls ``_notify_observers``.
        """
        return self._observe(on_change)


def _present(distance: float | None, within: float | None) -> bool:
    return distance is not None and (within is None or distance <= within)
