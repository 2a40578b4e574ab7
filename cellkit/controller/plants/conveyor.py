"""The plant of a conveyor belt."""

from __future__ import annotations

from typing import Protocol


class ConveyorPlant(Protocol):
    """A belt that carries the objects on it along its x axis."""

    def set_speed(self, speed: float) -> None:
        """Set the belt speed in m/s."""
