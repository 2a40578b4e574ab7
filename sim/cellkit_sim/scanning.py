"""The common part of 2D scanners in both worlds: directions of the beams, range limits and noise."""

from __future__ import annotations

import zlib

import numpy as np

from cellkit.geometry import Array, Pose
from cellkit.models.sensor import ScannerModel


class ScannerBeams:
    """The beams of a scanner at a pose, with noise from a seeded generator."""

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
        """Return the measured distances (n,) for true distances (m; infinite: nothing in range)."""
        hit = np.isfinite(true)
        ranges = true.copy()
        ranges[hit] = np.maximum(self.near, true[hit] + self._noise * self._random.standard_normal(int(hit.sum())))
        return ranges
