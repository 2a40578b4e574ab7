"""The rules of gripping for both worlds: travel time of jaws, parts between pads, reach of a cup."""

from __future__ import annotations

import math
from dataclasses import dataclass

from cellkit.geometry import Array
from cellkit.models.gripper import ParallelGripperModel
from cellkit_sim.compound_shape import CompoundShape

SETTLE = 0.020
"""s without motion after which jaws count as stopped."""
SLIP_WIDTH = 0.0015
"""Distance (m) that jaws on a part may close further before the part counts as lost."""
PAD_FRICTION = 1.0
"""Coulomb coefficient of the pads; that of a contact is this times the part's coefficient."""
CUP_REACH = 0.003
"""Largest distance (m) in front of a cup at which it seals on a face."""
CUP_PRESS = 0.010
"""Depth (m) to which a soft cup may be pressed into a part and still seal."""
LEAK = 0.1
"""Share of the full vacuum that an open cup builds up."""
MIN_PAD_OVERLAP = 0.002
"""Smallest overlap (m) of part and pads, in height and width."""

_SQUARE_ARM = (math.sqrt(2.0) + math.log(1.0 + math.sqrt(2.0))) / 6.0
"""Mean distance of the points of a square from its middle, in units of its side."""


def twist_arm(model: ParallelGripperModel) -> float:
    """Return the lever arm (m) of the friction of an evenly pressed pad against a twist about the closing axis.

    The pad counts as a square of its smaller side, since a part seldom covers more.
    """
    return _SQUARE_ARM * min(model.finger_size[1:])


def jaw_travel_time(distance: float, speed: float) -> float:
    """Return the time (s) until jaws stop, for ``distance`` (m of opening) at ``speed`` (m/s)."""
    return abs(distance) / speed + SETTLE


def friction_holds(mass: float, friction: float, force: float, gravity: float) -> bool:
    """Return whether two pads that press with ``force`` (N) each hold a part of ``mass`` (kg) by friction."""
    return 2.0 * force * PAD_FRICTION * friction >= mass * gravity


@dataclass(frozen=True, slots=True)
class PartBetweenPads:
    """A part between the pads: its extent (m) along x of the gripper frame."""

    low: float
    high: float

    @property
    def width(self) -> float:
        """Opening (m) at which both pads touch the part."""
        return self.high - self.low


def between_pads(
    shape: CompoundShape, in_gripper: Array, model: ParallelGripperModel, opening: float
) -> PartBetweenPads | None:
    """Return the extent of a part if it is between pads ``opening`` m apart, else None.

    ``in_gripper``: pose (4, 4) of the part in the gripper frame.
    """
    length = model.body_size[2] + model.finger_size[2]
    x, y, z = float(in_gripper[0, 3]), float(in_gripper[1, 3]), float(in_gripper[2, 3])
    if abs(x) > opening / 2 or abs(y) > shape.radius + model.finger_size[1] or z - shape.radius > length:
        return None
    rotation = in_gripper[:3, :3]
    for axis, centre, pad_low, pad_high in (
        (1, y, -model.finger_size[1] / 2, model.finger_size[1] / 2),
        (2, z, model.body_size[2], length),
    ):
        low, high = shape.interval(rotation, axis)
        if min(centre + high, pad_high) - max(centre + low, pad_low) < MIN_PAD_OVERLAP:
            return None
    low, high = shape.interval(rotation, 0)
    if x + low < -opening / 2 - 1e-4 or x + high > opening / 2 + 1e-4:
        return None
    return PartBetweenPads(x + low, x + high)


def cup_gap(shape: CompoundShape, pose: Array, face: Array) -> float | None:
    """Return the distance (m) from a cup's face (4, 4; z outwards) to a part at ``pose``; None if it does not seal."""
    direction = face[:3, 2]
    origin = face[:3, 3] - direction * CUP_PRESS
    distance = shape.ray(pose, origin, direction, CUP_PRESS + CUP_REACH)
    return None if distance is None else distance - CUP_PRESS
