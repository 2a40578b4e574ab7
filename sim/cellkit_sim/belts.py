"""What a conveyor looks like, in either world."""

from __future__ import annotations

from cellkit.controller.world import Body, Shape
from cellkit.geometry import Pose

BELT = "conveyor"
COLOUR = (0.23, 0.25, 0.28)
FRICTION = 1.0


def belt_body(name: str, pose: Pose, size: tuple[float, float, float]) -> Body:
    """The body of a belt whose middle of the top is at ``pose``."""
    centre = pose.offset(z=-size[2] / 2)
    return Body(name, BELT, (Shape("box", size),), centre, 0.0, FRICTION, COLOUR)
