"""Pinhole geometry that both worlds share: where a point lies in an image."""

from __future__ import annotations

import math

from cellkit.controller.world import CameraGeometry
from cellkit.geometry import Array


def pixel(camera: CameraGeometry, pose: Array, point: Array) -> tuple[float, float] | None:
    """Column and row (pixels) of a point in world seen from ``pose`` (z forwards, x right, y down); None outside."""
    x, y, z = (pose[:3, :3].T @ (point - pose[:3, 3])).tolist()
    if not camera.near <= z <= camera.far:
        return None
    focal = camera.width / 2 / math.tan(camera.field_of_view / 2)
    column, row = camera.width / 2 + focal * x / z, camera.height / 2 + focal * y / z
    return (column, row) if 0 <= column < camera.width and 0 <= row < camera.height else None


def vertical_angle(camera: CameraGeometry) -> float:
    """Vertical field of view in rad, pixels being square."""
    return 2 * math.atan(math.tan(camera.field_of_view / 2) * camera.height / camera.width)
