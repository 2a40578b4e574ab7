"""The plant of a distance or presence sensor, one for the device bench, and one that fails."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from typing_extensions import override

from cellkit.controller.sensor_faults import SensorFault, SensorFaults


class ProximityPlant(Protocol):
    """A beam from the sensor's origin along its z axis."""

    def distance(self) -> float | None:
        """Return the distance (m) to the first body in the beam; None: no body is within range."""

    def on_change(self, callback: Callable[[], None]) -> None:
        """Call ``callback`` when a body enters or leaves the beam."""


class BenchBeam(ProximityPlant):
    """A ``ProximityPlant`` with a distance that is set by hand; NaN: the sensor cannot measure."""

    def __init__(self) -> None:
        self._distance: float | None = None
        self._callbacks: list[Callable[[], None]] = []

    def put(self, distance: float | None) -> None:
        """Put an object into the beam at ``distance`` (m), or remove it (None)."""
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
