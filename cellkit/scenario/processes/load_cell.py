"""Load cells under pressed structures: the world's own forces, independent of the robot's sensor."""

from __future__ import annotations

from cellkit.controller.world import World
from cellkit.scenario.config import Scenario

SAMPLE = 1.0 / 480.0
"""Time (s) between two readings: a step of the physics world."""


def require_forces(scenario: Scenario, world: World, structure: str) -> None:
    """Raise ``ConfigError`` when the world does not know the force on a structure."""
    if world.pressed(structure) is None:
        text = f"the {world.name} world has no contact forces; use --world physics"
        raise scenario.document.error(text, ("process",))
