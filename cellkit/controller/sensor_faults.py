"""What can be wrong with a sensor itself, put between it and what it measures: the same for all drivers and paths.

Silence is not here: that is a matter of the line.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np

from cellkit.controller.plant import MachinePlant, MachineReport, ProximityPlant, ScannerPlant, WrenchPlant
from cellkit.devices.machine import Clamping
from cellkit.geometry import Array, Wrench
from cellkit.models.sensor import ForceTorqueModel
from cellkit.timing import now

UNLIMITED = 1e6  # N or N m, of a sensor whose range is not known


class SensorFault(Enum):
    """How a sensor fails."""

    DRIFT = "drift"
    SATURATED = "saturated"
    LIES = "lies"


@dataclass(slots=True)
class _Active:
    fault: SensorFault
    since: float
    rate: float


class SensorFaults:
    """The switch of one sensor: nothing is wrong until ``begin``.

    What a fault does goes by the kind of sensor:

    * force/torque: the force along z runs away by ``rate`` N/s; it stands at the end of its range; it repeats its last
      measurement.
    * beam: the distance grows by ``rate`` m/s; the sensor sees glare (nothing is measured); it repeats its last one.
    * scanner: all distances grow by ``rate`` m/s; the beams see glare; it repeats its last turn.
    * machine: its report stays as it is, whatever happens; everything it says is UNAVAILABLE; it says that its door is
      open, whatever it is.
    """

    def __init__(self) -> None:
        self._active: _Active | None = None
        self._listeners: list[Callable[[], None]] = []

    def begin(self, fault: SensorFault, rate: float = 0.0) -> None:
        """From now on it fails so."""
        self._active = _Active(fault, now(), rate)
        self._tell()

    def end(self) -> None:
        """It is whole again."""
        self._active = None
        self._tell()

    def _tell(self) -> None:
        for listener in tuple(self._listeners):
            listener()

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call when it begins or ends."""
        self._listeners.append(listener)

    @property
    def fault(self) -> SensorFault | None:
        """What is wrong now."""
        return None if self._active is None else self._active.fault

    @property
    def drifted(self) -> float:
        """How far it has run away."""
        active = self._active
        if active is None or active.fault is not SensorFault.DRIFT:
            return 0.0
        return active.rate * (now() - active.since)

    def wrench(self, plant: WrenchPlant, model: ForceTorqueModel | None) -> WrenchPlant:
        """A force/torque sensor that can fail."""
        return _Wrench(plant, self, model)

    def beam(self, plant: ProximityPlant) -> ProximityPlant:
        """A beam that can fail."""
        return _Beam(plant, self)

    def scanner(self, plant: ScannerPlant) -> ScannerPlant:
        """A scanner that can fail."""
        return _Scanner(plant, self)

    def machine(self, plant: MachinePlant) -> MachinePlant:
        """A machine whose report can fail."""
        return _Machine(plant, self)


class _Wrench:
    def __init__(self, plant: WrenchPlant, faults: SensorFaults, model: ForceTorqueModel | None) -> None:
        self._plant, self._faults = plant, faults
        self._end = UNLIMITED if model is None else model.force_range[2]
        self._last: Wrench | None = None

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


class _Beam:
    def __init__(self, plant: ProximityPlant, faults: SensorFaults) -> None:
        self._plant, self._faults = plant, faults
        self._last: float | None = None
        self._looked = False

    def distance(self) -> float | None:
        fault = self._faults.fault
        if fault is SensorFault.LIES and self._looked:
            return self._last
        true = self._plant.distance()
        if fault is SensorFault.SATURATED:
            return float("nan")
        self._last, self._looked = None if true is None else true + self._faults.drifted, True
        return self._last

    def on_change(self, callback: Callable[[], None]) -> None:
        self._plant.on_change(callback)
        self._faults.on_change(callback)


class _Scanner:
    def __init__(self, plant: ScannerPlant, faults: SensorFaults) -> None:
        self._plant, self._faults = plant, faults
        self._last: Array | None = None

    def ranges(self) -> Array:
        fault = self._faults.fault
        if fault is SensorFault.LIES and self._last is not None:
            return self._last
        true = self._plant.ranges()
        if fault is SensorFault.SATURATED:
            return np.full_like(true, np.nan)
        self._last = true + self._faults.drifted
        return self._last


class _Machine:
    def __init__(self, plant: MachinePlant, faults: SensorFaults) -> None:
        self._plant, self._faults = plant, faults
        self._old: MachineReport | None = None

    def report(self) -> MachineReport:
        true = self._plant.report()
        fault = self._faults.fault
        if fault is SensorFault.DRIFT and self._old is not None:  # it has lost touch: what it told last stays
            return self._old
        if fault is SensorFault.SATURATED:
            return replace(true, available=False)
        if fault is SensorFault.LIES:
            return replace(true, door=Clamping.OPEN)
        self._old = true
        return true

    def on_change(self, callback: Callable[[], None]) -> None:
        self._plant.on_change(callback)
        self._faults.on_change(callback)
