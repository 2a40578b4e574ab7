"""The pinhole geometry of cameras, for both worlds."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from cellkit.controller.world import CameraGeometry
from cellkit.geometry import Array


def inside(camera: CameraGeometry, pose: Array, points: Array) -> NDArray[np.bool_]:
    """Return which points (n, 3) in world are in the image and range of a camera at ``pose``.

    Axes of ``pose``: z forwards, x right, y down.
    """
    x, y, z = ((points - pose[:3, 3]) @ pose[:3, :3]).T
    half_width = math.tan(camera.field_of_view / 2)
    half_height = half_width * camera.height / camera.width
    within: NDArray[np.bool_] = (np.abs(x) <= half_width * z) & (np.abs(y) <= half_height * z)
    within &= (z >= camera.near) & (z <= camera.far)
    return within


def vertical_angle(camera: CameraGeometry) -> float:
    """Return the vertical field of view in rad, for square pixels."""
    return 2 * math.atan(math.tan(camera.field_of_view / 2) * camera.height / camera.width)
