"""Load cells under things that are pressed on: the world's own forces, whatever the robot's sensor says."""

from __future__ import annotations

from cellkit.controller.world import World
from cellkit.scenario.config import Scenario

SAMPLE = 1.0 / 480.0
"""s between two readings: a step of the physics world."""


def require_forces(scenario: Scenario, world: World, structure: str) -> None:
    """Raise ``ConfigError`` when the world does not know how hard a structure is pressed."""
    if world.pressed(structure) is None:
        text = f"the {world.name} world knows no contact forces; use --world physics"
        raise scenario.document.error(text, ("process",))
