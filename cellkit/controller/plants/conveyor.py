"""A conveyor belt."""

from __future__ import annotations

from typing import Protocol


class ConveyorPlant(Protocol):
    """A belt that carries what lies on it along its x axis."""

    def set_speed(self, speed: float) -> None:
        """Belt speed in m/s."""
