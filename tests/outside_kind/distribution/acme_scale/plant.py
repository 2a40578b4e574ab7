"""What stands on the plate: in a simulated world, on a test bench, and as a failing scale measures it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Protocol

from cellkit.controller.sensor_faults import SensorFault, SensorFaults
from cellkit.controller.world import World
from cellkit.geometry import Pose

REACH = 0.3
"""m above the plate within which a part counts as standing on it."""


class ScalePlant(Protocol):
    """The plate of a scale."""

    def mass(self) -> float:
        """Return the mass (kg) on the plate now; NaN: overloaded."""


class WorldScale(ScalePlant):
    """A round plate in a world: the masses of the loose bodies above it, by the kinds of parts."""

    def __init__(self, world: World, pose: Pose, radius: float, masses: Mapping[str, float]) -> None:
        self._world, self._pose, self._radius, self._masses = world, pose, radius, masses

    def mass(self) -> float:
        """Return the sum of the masses above the plate, in kg."""
        x, y, z = self._pose.position
        total = 0.0
        for name in self._world.loose_bodies():
            place = self._world.body_pose(name).position
            if math.dist((x, y), place[:2]) <= self._radius and 0.0 <= place[2] - z <= REACH:
                total += self._masses[name.rpartition("_")[0]]
        return total


class BenchScale(ScalePlant):
    """A plate that a test loads by hand."""

    def __init__(self) -> None:
        self.value = 0.0

    def mass(self) -> float:
        """Return the mass that was put, in kg."""
        return self.value


class FaultyScale(ScalePlant):
    """A plate whose scale drifts (kg/s), is overloaded, or repeats its last value."""

    def __init__(self, plant: ScalePlant, faults: SensorFaults) -> None:
        self._plant, self._faults, self._last = plant, faults, 0.0

    def mass(self) -> float:
        """Return the mass as the failing scale measures it, in kg."""
        if self._faults.fault is SensorFault.SATURATED:
            return math.nan
        if self._faults.fault is not SensorFault.LIES:
            self._last = self._plant.mass() + self._faults.drifted
        return self._last
