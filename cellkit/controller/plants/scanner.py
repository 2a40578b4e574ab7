"""The plant of a 2D scanner, one for the device bench, and one that fails."""

from __future__ import annotations

import math
from typing import Protocol

import numpy as np
from typing_extensions import override

from cellkit.controller.sensor_faults import SensorFault, SensorFaults
from cellkit.geometry import Array
from cellkit.models.sensor import ScannerModel


class ScannerPlant(Protocol):
    """A 2D scanner that turns in the x-y plane of its pose; x is forwards."""

    def ranges(self) -> Array:
        """Return the distances (n,) in m of one turn, from right (negative angles) to left.

        Infinite: no object is in range.
        """


class BenchScan(ScannerPlant):
    """A ``ScannerPlant`` of an empty room with a post, which is set by hand. Every turn has noise, like a real one."""

    def __init__(self, model: ScannerModel) -> None:
        half = model.field_of_view.known() / 2
        self._angles = np.linspace(-half, half, model.beams)
        self._true = np.full(model.beams, np.inf)
        self._noise = model.noise.value or 0.0
        self._random = np.random.default_rng(0)
        self.dazzled = False
        self.repeats = False
        self._last: Array | None = None

    def put(self, distance: float | None, direction: float = 0.0, width: float = 0.1) -> None:
        """Place a post of ``width`` (m) at ``distance`` (m) in ``direction`` (rad); None: remove it."""
        self._true[:] = np.inf
        if distance is not None:
            half = math.atan2(width / 2, distance)
            self._true[np.abs(self._angles - direction) <= half] = distance

    @override
    def ranges(self) -> Array:
        if self.repeats and self._last is not None:
            return self._last
        if self.dazzled:
            return np.full_like(self._true, np.nan)
        self._last = np.where(
            np.isfinite(self._true), self._true + self._noise * self._random.standard_normal(len(self._true)), np.inf
        )
        return self._last


class FaultyScan(ScannerPlant):
    """A ``ScannerPlant`` whose sensor can fail: all distances drift, glare blinds it, or it repeats its last turn."""

    def __init__(self, plant: ScannerPlant, faults: SensorFaults) -> None:
        self._plant, self._faults = plant, faults
        self._last: Array | None = None

    @override
    def ranges(self) -> Array:
        fault = self._faults.fault
        if fault is SensorFault.LIES and self._last is not None:
            return self._last
        true = self._plant.ranges()
        if fault is SensorFault.SATURATED:
            return np.full_like(true, np.nan)
        self._last = true + self._faults.drifted
        return self._last
