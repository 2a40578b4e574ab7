"""The plant of a force/torque sensor, one for the device bench, and one that fails."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from typing_extensions import override

from cellkit.controller.sensor_faults import UNLIMITED, SensorFault, SensorFaults
from cellkit.geometry import Wrench
from cellkit.models.sensor import ForceTorqueModel


class WrenchPlant(Protocol):
    """A force/torque sensor between flange and tool."""

    def wrench(self) -> Wrench:
        """Return the wrench of the tool on the flange, in frame ``flange``, including weight and inertia."""


class BenchWrench(WrenchPlant):
    """A ``WrenchPlant`` with a wrench that is set by hand."""

    def __init__(self) -> None:
        self.value = Wrench(np.zeros(3), np.zeros(3), "flange")

    @override
    def wrench(self) -> Wrench:
        return self.value


class FaultyWrench(WrenchPlant):
    """A ``WrenchPlant`` whose sensor can fail: it drifts along z, saturates, or repeats its last value."""

    def __init__(self, plant: WrenchPlant, faults: SensorFaults, model: ForceTorqueModel | None) -> None:
        self._plant, self._faults = plant, faults
        self._end = UNLIMITED if model is None else model.force_range[2]
        self._last: Wrench | None = None

    @override
    def wrench(self) -> Wrench:
        fault = self._faults.fault
        if fault is SensorFault.LIES and self._last is not None:
            return self._last
        true = self._plant.wrench()
        if fault is SensorFault.DRIFT:
            return Wrench(true.force + np.array([0.0, 0.0, self._faults.drifted]), true.torque, true.frame)
        if fault is SensorFault.SATURATED:
            return Wrench(np.array([true.force[0], true.force[1], self._end]), true.torque, true.frame)
        self._last = true
        return true
