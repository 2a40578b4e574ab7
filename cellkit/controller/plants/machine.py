"""The plant of a machine tool's report, and one that fails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from typing_extensions import override

from cellkit.controller.sensor_faults import SensorFault, SensorFaults
from cellkit.devices.machine import Clamping, Execution, MachineAlarm


@dataclass(frozen=True, slots=True)
class MachineReport:
    """The reported state of a machine tool."""

    available: bool
    door: Clamping
    chuck: Clamping
    execution: Execution
    mode: str
    alarms: tuple[MachineAlarm, ...] = ()


class MachinePlant(Protocol):
    """A machine tool that reports its state."""

    def report(self) -> MachineReport:
        """Return the present state of the machine."""

    def on_change(self, callback: Callable[[], None]) -> None:
        """Call ``callback`` after every change."""


class FaultyMachine(MachinePlant):
    """A ``MachinePlant`` whose report can fail: it is frozen, is unavailable, or states that the door is open."""

    def __init__(self, plant: MachinePlant, faults: SensorFaults) -> None:
        self._plant, self._faults = plant, faults
        self._old: MachineReport | None = None

    @override
    def report(self) -> MachineReport:
        true = self._plant.report()
        fault = self._faults.fault
        if fault is SensorFault.DRIFT and self._old is not None:  # the report is frozen at its last state
            return self._old
        if fault is SensorFault.SATURATED:
            return replace(true, available=False)
        if fault is SensorFault.LIES:
            return replace(true, door=Clamping.OPEN)
        self._old = true
        return true

    @override
    def on_change(self, callback: Callable[[], None]) -> None:
        self._plant.on_change(callback)
        self._faults.on_change(callback)
