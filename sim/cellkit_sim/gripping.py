"""The rules of gripping that both worlds share: how long jaws take, what lies between them, what a cup reaches."""

from __future__ import annotations

import math
from dataclasses import dataclass

from cellkit.geometry import Array
from cellkit.models.gripper import ParallelGripperModel
from cellkit_sim.forms import Form

SETTLE = 0.020
"""s for which jaws must stand still before they count as standing."""
SLIP_WIDTH = 0.0015
"""m that jaws which stood against a part may close further before the part counts as lost."""
PAD_FRICTION = 1.0
"""Coulomb coefficient of the pads; the pair's is this times the part's own."""
CUP_REACH = 0.003
"""m; a cup seals on a face at most this far in front of it."""
CUP_PRESS = 0.010
"""m that a (soft) cup may be pressed into a part and still seal."""
LEAK = 0.1
"""Share of the full vacuum that an open cup builds up."""
MIN_PAD_OVERLAP = 0.002
"""m of a part's height and width that must lie between the pads."""

_SQUARE_ARM = (math.sqrt(2.0) + math.log(1.0 + math.sqrt(2.0))) / 6.0
"""Mean distance of a square's points from its middle, in sides."""


def twist_arm(model: ParallelGripperModel) -> float:
    """Lever arm (m) at which the friction of an evenly pressed pad resists a twist about the closing axis.

    The pad counts as the square of its smaller side: a part seldom covers more.
    """
    return _SQUARE_ARM * min(model.finger_size[1:])


def jaw_travel_time(distance: float, speed: float) -> float:
    """Seconds from the command until jaws stand still: ``distance`` (m of opening width) at ``speed`` (m/s)."""
    return abs(distance) / speed + SETTLE


def friction_holds(mass: float, friction: float, force: float, gravity: float) -> bool:
    """Whether two pads pressing with ``force`` (N) each hold a part of ``mass`` (kg) by friction alone."""
    return 2.0 * force * PAD_FRICTION * friction >= mass * gravity


@dataclass(frozen=True, slots=True)
class PartBetweenPads:
    """A part between the pads: its extent (m) along x of the gripper frame."""

    low: float
    high: float

    @property
    def width(self) -> float:
        """Opening width (m) at which both pads touch."""
        return self.high - self.low


def between_pads(form: Form, in_gripper: Array, model: ParallelGripperModel, opening: float) -> PartBetweenPads | None:
    """The extent of a part (pose (4, 4) in the gripper frame) if it lies between pads ``opening`` m apart."""
    length = model.body_size[2] + model.finger_size[2]
    x, y, z = float(in_gripper[0, 3]), float(in_gripper[1, 3]), float(in_gripper[2, 3])
    if abs(x) > opening / 2 or abs(y) > form.radius + model.finger_size[1] or z - form.radius > length:
        return None
    rotation = in_gripper[:3, :3]
    for axis, centre, pad_low, pad_high in (
        (1, y, -model.finger_size[1] / 2, model.finger_size[1] / 2),
        (2, z, model.body_size[2], length),
    ):
        low, high = form.interval(rotation, axis)
        if min(centre + high, pad_high) - max(centre + low, pad_low) < MIN_PAD_OVERLAP:
            return None
    low, high = form.interval(rotation, 0)
    if x + low < -opening / 2 - 1e-4 or x + high > opening / 2 + 1e-4:
        return None
    return PartBetweenPads(x + low, x + high)


def cup_gap(form: Form, pose: Array, face: Array) -> float | None:
    """Distance (m) from a cup's face (4, 4; z outwards) to a part at ``pose``; None when it doesn't seal there."""
    direction = face[:3, 2]
    origin = face[:3, 3] - direction * CUP_PRESS
    distance = form.ray(pose, origin, direction, CUP_PRESS + CUP_REACH)
    return None if distance is None else distance - CUP_PRESS
