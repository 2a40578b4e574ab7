"""The plant of a vacuum gripper: its suction cup."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class SuctionState:
    """The state of a cup: vacuum (Pa below ambient), and whether the vacuum switch detects a part."""

    stamp: float
    vacuum: float
    part_present: bool


class SuctionPlant(Protocol):
    """One suction cup."""

    def switch(self, on: bool) -> asyncio.Future[SuctionState]:
        """Start or end suction; the future ends after the model's evacuation or release time."""

    def state(self) -> SuctionState:
        """Return the present state of the cup."""

    def on_slip(self, callback: Callable[[], None]) -> None:
        """Call ``callback`` when a held part breaks away while suction is on."""

    def leak(self, rate: float) -> None:
        """Make the cup lose ``rate`` Pa of vacuum per second from now on; 0 ends the leak."""
