"""The beam of a distance or presence sensor: its plant, one set by hand, and one that fails."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from typing_extensions import override

from cellkit.controller.sensor_faults import SensorFault, SensorFaults


class ProximityPlant(Protocol):
    """A beam from the sensor's origin along its z axis."""

    def distance(self) -> float | None:
        """Distance (m) to the first body in the beam, None when nothing is within range."""

    def on_change(self, callback: Callable[[], None]) -> None:
        """Call when something enters or leaves the beam."""


class BenchBeam(ProximityPlant):
    """A ``ProximityPlant``: whatever stands in the beam; NaN: it measures nothing."""

    def __init__(self) -> None:
        self._distance: float | None = None
        self._callbacks: list[Callable[[], None]] = []

    def put(self, distance: float | None) -> None:
        """Something stands so many m away, or nothing does."""
        self._distance = distance
        for callback in tuple(self._callbacks):
            callback()

    @override
    def distance(self) -> float | None:
        return self._distance

    @override
    def on_change(self, callback: Callable[[], None]) -> None:
        self._callbacks.append(callback)


class FaultyBeam(ProximityPlant):
    """A ``ProximityPlant`` whose sensor can fail: it drifts, is blinded by glare, or repeats its last value."""

    def __init__(self, plant: ProximityPlant, faults: SensorFaults) -> None:
        self._plant, self._faults = plant, faults
        self._last: float | None = None
        self._looked = False

    @override
    def distance(self) -> float | None:
        fault = self._faults.fault
        if fault is SensorFault.LIES and self._looked:
            return self._last
        true = self._plant.distance()
        if fault is SensorFault.SATURATED:
            return float("nan")
        self._last, self._looked = None if true is None else true + self._faults.drifted, True
        return self._last

    @override
    def on_change(self, callback: Callable[[], None]) -> None:
        self._plant.on_change(callback)
        self._faults.on_change(callback)
