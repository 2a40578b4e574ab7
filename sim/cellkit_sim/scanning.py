"""What 2D scanners of both worlds share: directions of the beams, and measurements as a real one makes them."""

from __future__ import annotations

import zlib

import numpy as np

from cellkit.geometry import Array, Pose
from cellkit.models.sensor import ScannerModel


class Beams:
    """The beams of a scanner at a pose, and its noise, drawn by seed."""

    def __init__(self, name: str, pose: Pose, model: ScannerModel, seed: int) -> None:
        self.near, self.far = model.range_min.known(), model.range_max.known()
        self._noise = model.noise.value or 0.0
        self._random = np.random.default_rng((seed, zlib.crc32(name.encode())))
        half = model.field_of_view.known() / 2
        angles = np.linspace(-half, half, model.beams)
        flat = np.column_stack([np.cos(angles), np.sin(angles), np.zeros(len(angles))])
        self.origin = pose.position.copy()
        self.directions: Array = flat @ pose.matrix[:3, :3].T

    def measured(self, true: Array) -> Array:
        """(n,) what is measured of true distances (m, infinite for nothing in range)."""
        seen = np.isfinite(true)
        ranges = true.copy()
        ranges[seen] = np.maximum(self.near, true[seen] + self._noise * self._random.standard_normal(int(seen.sum())))
        return ranges
