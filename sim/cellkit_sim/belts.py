"""The body of a conveyor, for both worlds."""

from __future__ import annotations

from cellkit.controller.world import Body, Shape
from cellkit.geometry import Pose

BELT = "conveyor"
COLOUR = (0.23, 0.25, 0.28)
FRICTION = 1.0


def belt_body(name: str, pose: Pose, size: tuple[float, float, float]) -> Body:
    """Return the body of a belt; ``pose`` is the middle of its top."""
    centre = pose.offset(z=-size[2] / 2)
    return Body(name, BELT, (Shape("box", size),), centre, 0.0, FRICTION, COLOUR)
