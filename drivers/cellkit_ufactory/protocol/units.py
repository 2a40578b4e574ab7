"""Conversion between poses of the wire (mm, rad) and of cellkit (m)."""

from __future__ import annotations

from collections.abc import Sequence

from cellkit.geometry import (
    Array,
    rotation_from_rotvec,
    rotation_from_rpy,
    rotvec_from_rotation,
    rpy_from_rotation,
    transform,
)

MM = 1000.0


def pose_values(matrix: Array, axis_angle: bool = False) -> tuple[float, ...]:
    """Return x, y, z in mm, then roll, pitch, yaw (fixed axes) or a rotation vector in rad, of a (4, 4) pose in m."""
    turn = rotvec_from_rotation(matrix[:3, :3]).tolist() if axis_angle else rpy_from_rotation(matrix[:3, :3])
    return (*(MM * value for value in matrix[:3, 3].tolist()), *turn)


def pose_matrix(values: Sequence[float], axis_angle: bool = False) -> Array:
    """Return the (4, 4) pose in m of six wire values."""
    turn = rotation_from_rotvec(values[3:]) if axis_angle else rotation_from_rpy(*values[3:])
    return transform(turn, [value / MM for value in values[:3]])


def lead(changes: Sequence[float], limits: Sequence[float]) -> int:
    """Return the index of the leading axis of a joint motion: the one that needs the longest at its own limit."""
    needs = [abs(change) / limit for change, limit in zip(changes, limits, strict=True)]
    return needs.index(max(needs))
