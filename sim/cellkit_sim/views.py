"""Pinhole geometry that both worlds share: what lies in an image."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from cellkit.controller.world import CameraGeometry
from cellkit.geometry import Array


def inside(camera: CameraGeometry, pose: Array, points: Array) -> NDArray[np.bool_]:
    """Which points (n, 3) in world lie in the image and range seen from ``pose`` (z forwards, x right, y down)."""
    x, y, z = ((points - pose[:3, 3]) @ pose[:3, :3]).T
    half_width = math.tan(camera.field_of_view / 2)
    half_height = half_width * camera.height / camera.width
    seen: NDArray[np.bool_] = (np.abs(x) <= half_width * z) & (np.abs(y) <= half_height * z)
    seen &= (z >= camera.near) & (z <= camera.far)
    return seen


def vertical_angle(camera: CameraGeometry) -> float:
    """Vertical field of view in rad, pixels being square."""
    return 2 * math.atan(math.tan(camera.field_of_view / 2) * camera.height / camera.width)
