"""Pulses per radian of every axis, the robot frame, and the figure of an arm: what the server does not tell.

Joint positions cross the wire in pulses of the motors' encoders, whose number a radian can not be read over the
server (it is in the controller's parameters RC1G and SV1G). A wrong figure means wrong motions, so the driver compares
the position in pulses with the Cartesian one when it connects, and refuses an arm for which they do not agree.

==== ========= =================================================================================================
arm  verified  source of the pulses
==== ========= =================================================================================================
hc10 read      adv4ncr/motoman_ROS2, hc10_params: figures that an HC10's controller has printed. Never tried by us.
gp7  invented  No public source was found. Round figures of our own: fit for the virtual controller alone; a real GP7
               needs ``pulses_per_radian`` in its configuration.
==== ========= =================================================================================================

Positive pulses turn the way positive joint angles do in the models, which is the pendant's way too (medium certainty:
the models' limits equal the vendor's ranges). The robot frame's origin is on axis S at the height of axis L (high:
frame ``base`` of the model's source).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cellkit.errors import ConfigError
from cellkit.geometry import Array, rotation_from_rpy, rpy_from_rotation, transform

AXIS_NAMES = ("S", "L", "U", "R", "B", "T", "E")


@dataclass(frozen=True, slots=True)
class Axes:
    """``pulses_per_radian`` (n,); ``base_height`` (m) of the robot frame over the mounting face."""

    pulses_per_radian: tuple[float, ...]
    base_height: float

    def pulses(self, joints: Sequence[float] | Array) -> tuple[int, ...]:
        """Joints (n,) in rad as pulses."""
        return tuple(round(float(q) * p) for q, p in zip(joints, self.pulses_per_radian, strict=True))

    def joints(self, pulses: Sequence[int]) -> Array:
        """Pulses, of which the first n count, as joints (n,) in rad."""
        return np.array([n / p for n, p in zip(pulses, self.pulses_per_radian, strict=False)])

    def coordinates(self, pose: Array) -> tuple[int, ...]:
        """Convert a pose (4, 4) in the model's base to X, Y, Z (µm) and Rx, Ry, Rz (0.0001 deg) in the robot frame."""
        x, y, z = pose[:3, 3].tolist()
        angles = rpy_from_rotation(pose[:3, :3])
        metres = (x, y, z - self.base_height)
        return (*(round(value * 1e6) for value in metres), *(round(math.degrees(a) * 1e4) for a in angles))

    def pose(self, coordinates: Sequence[int]) -> Array:
        """Convert the first six numbers of ``coordinates`` back to a pose."""
        x, y, z = (value * 1e-6 for value in coordinates[:3])
        angles = (math.radians(value * 1e-4) for value in coordinates[3:6])
        return transform(rotation_from_rpy(*angles), (x, y, z + self.base_height))


TABLE = {
    "gp7": Axes((90_000.0, 90_000.0, 80_000.0, 60_000.0, 60_000.0, 40_000.0), 0.330),
    "hc10": Axes((153_054.453125, 153_054.453125, 134_496.984375, 92_770.1875, 92_770.1875, 92_770.1875), 0.275),
}


def axes_of(model: str, dof: int, pulses: Sequence[float] | None = None, base_height: float | None = None) -> Axes:
    """Return the axes of a model, from the table or from configured figures. Raises ``ConfigError``."""
    known = TABLE.get(model)
    if known is None and (pulses is None or base_height is None):
        raise ConfigError(
            f"no pulses per radian are known for {model!r}: set pulses_per_radian and base_height "
            f"(models with a table: {', '.join(sorted(TABLE))})"
        )
    figures = tuple(pulses) if pulses is not None else known.pulses_per_radian if known else ()
    if len(figures) != dof:
        raise ConfigError(f"pulses_per_radian has {len(figures)} figures, {model!r} has {dof} axes")
    height = base_height if base_height is not None else known.base_height if known else 0.0
    return Axes(figures, height)


FLIP, R_TURNED, T_TURNED, S_TURNED = 1 << 2, 1 << 3, 1 << 4, 1 << 5
HALF_TURN = math.pi


def figure(joints: Sequence[float] | Array) -> int:
    """Return the figure ("form", "type") of six joints (rad), as far as it is derived here.

    Bit 2: no flip (here: axis B at or above zero), 3, 4, 5: axes R, T, S turned by half a turn or more. Front or back
    (bit 0) and upper or lower arm (bit 1) are left 0: an assumption, right for arms in their usual pose.
    """
    s, _, _, r, b, t = (float(q) for q in joints[:6])
    bits = FLIP if b >= 0.0 else 0
    for bit, angle in ((R_TURNED, r), (T_TURNED, t), (S_TURNED, s)):
        if abs(angle) >= HALF_TURN:
            bits |= bit
    return bits
