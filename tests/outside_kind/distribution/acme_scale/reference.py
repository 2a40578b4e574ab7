"""The reference scale, over a plant."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from acme_scale.interface import Scale, Weight
from acme_scale.plant import ScalePlant
from cellkit.errors import DeviceFault
from cellkit.timing import Periodic, now

PERIOD = 0.02
"""s between two looks at the plate while a program waits."""


class ReferenceScale(Scale):
    """A scale without a vendor; ``link`` is the line to it."""

    def __init__(self, name: str, plant: ScalePlant, link: Any) -> None:
        super().__init__(name)
        self._plant, self._link = plant, link

    async def _connect(self) -> None:
        self._link.open(self.name, self._link_lost)

    async def _close(self) -> None:
        self._link.close()

    async def _read(self) -> Weight:
        mass = self._plant.mass()
        if math.isnan(mass):
            raise DeviceFault(self.name, "the scale is overloaded", code="overload")
        return Weight(now(), mass)

    def _watch(self, on_change: Callable[[], None]) -> Callable[[], None]:
        return Periodic(PERIOD, on_change).close
