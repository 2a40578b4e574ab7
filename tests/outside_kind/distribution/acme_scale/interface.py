"""The open interface of weighing scales."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

from cellkit.devices.observed import Observed


@dataclass(frozen=True, slots=True)
class Weight:
    """A measurement: cell time (s) at the source, and the mass (kg) on the plate."""

    stamp: float
    mass: float


class Scale(Observed):
    """A plate that measures the mass of what stands on it, less the tare."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._tare = 0.0

    async def weight(self) -> Weight:
        """Return the newest measurement, less the tare.

        Raises ``DeviceFault`` when the scale is overloaded and ``ConnectionLost`` when it is silent.
        """
        self._require_open()
        measured = await self._read()
        return Weight(measured.stamp, measured.mass - self._tare)

    async def tare(self) -> None:
        """Take the present mass as zero. Raises what ``weight`` raises."""
        self._require_open()
        self._tare = (await self._read()).mass

    async def wait_for(self, least: float, *, timeout: float = 60.0) -> None:
        """Wait until at least ``least`` kg are on the plate. Raises ``MotionTimeout`` and what ``weight`` raises."""

        async def reached() -> bool:
            return (await self._read()).mass - self._tare >= least

        await self._wait_until(reached, self._watch, timeout, f"the scale did not show {least:g} kg")

    @abstractmethod
    async def _read(self) -> Weight:
        """Hook: return the newest measurement, without tare."""

    @abstractmethod
    def _watch(self, on_change: Callable[[], None]) -> Callable[[], None]:
        """Hook: call ``on_change`` whenever the mass may have changed; return what ends that."""
