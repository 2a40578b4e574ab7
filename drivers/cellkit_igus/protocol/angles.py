"""Angles and poses of CRI: degrees with the controller's zero, millimetres, Euler angles."""

from __future__ import annotations

import math
from collections.abc import Sequence

from cellkit.geometry import Array, rotation_from_rpy, rpy_from_rotation, transform

OFFSETS: dict[str, tuple[float, ...]] = {"rebel": (0.0, 30.0, 30.0, 0.0, -7.5, 0.0)}
"""deg; controller angle = joint angle + offset, by model id. Source: CommonplaceRobotics/iRC_ROS b8897e6,
``cri_joint_offset`` of its robot descriptions with the sign that ``irc_ros_cri.cpp`` reads them with. Other models: 0.
"""


class Angles:
    """Joint angles of one model, there and back. No signs differ."""

    def __init__(self, model: str, count: int) -> None:
        self._offsets = OFFSETS.get(model, (0.0,) * count)

    def to_wire(self, joints: Sequence[float]) -> list[float]:
        """(n,) rad → controller degrees."""
        return [math.degrees(q) + offset for q, offset in zip(joints, self._offsets, strict=True)]

    def from_wire(self, degrees: Sequence[float]) -> list[float]:
        """Convert degrees of the controller to (n,) rad."""
        return [math.radians(angle - offset) for angle, offset in zip(degrees, self._offsets, strict=True)]


def pose_to_wire(matrix: Array) -> tuple[float, float, float, float, float, float]:
    """(4, 4) pose → X, Y, Z in mm and A, B, C in degrees: turned about z by A, then y' by B, then x'' by C.

    The order of the angles is an assumption (see quality.toml).
    """
    x, y, z = (float(value) * 1000.0 for value in matrix[:3, 3])
    roll, pitch, yaw = rpy_from_rotation(matrix[:3, :3])
    return x, y, z, math.degrees(yaw), math.degrees(pitch), math.degrees(roll)


def pose_from_wire(x: float, y: float, z: float, a: float, b: float, c: float) -> Array:
    """Return the inverse of :func:`pose_to_wire`: (4, 4), in m."""
    rotation = rotation_from_rpy(math.radians(c), math.radians(b), math.radians(a))
    return transform(rotation, (x / 1000.0, y / 1000.0, z / 1000.0))
