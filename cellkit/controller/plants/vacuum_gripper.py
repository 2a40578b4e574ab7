"""The suction cup of a vacuum gripper."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class SuctionState:
    """Vacuum (Pa below ambient) and whether the vacuum switch sees a part."""

    stamp: float
    vacuum: float
    part_present: bool


class SuctionPlant(Protocol):
    """One suction cup."""

    def switch(self, on: bool) -> asyncio.Future[SuctionState]:
        """Start or end suction; the future ends after the model's evacuation or release time."""

    def state(self) -> SuctionState:
        """The cup as it is now."""

    def on_slip(self, callback: Callable[[], None]) -> None:
        """Call when a part that was held breaks away while suction is on."""

    def leak(self, rate: float) -> None:
        """From now on the cup loses ``rate`` Pa of vacuum a second; 0 mends it."""
