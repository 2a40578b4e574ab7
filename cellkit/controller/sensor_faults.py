"""The switch that makes a sensor fail. The file of each plant has the failing plant, for all drivers and paths.

Silence is a fault of the line, not of the sensor.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from cellkit.timing import now

UNLIMITED = 1e6  # N or N m: the range of a sensor whose range is not known


class SensorFault(Enum):
    """The ways in which a sensor fails."""

    DRIFT = "drift"
    SATURATED = "saturated"
    LIES = "lies"


@dataclass(slots=True)
class _Active:
    fault: SensorFault
    since: float
    rate: float


class SensorFaults:
    """The switch of one sensor, which works before ``begin``.

    A failing plant (``FaultyWrench``, ``FaultyBeam``, …) stands between the true plant and the device and reads this
    switch. Its class states what each fault does to its kind of sensor.
    """

    def __init__(self) -> None:
        self._active: _Active | None = None
        self._listeners: list[Callable[[], None]] = []

    def begin(self, fault: SensorFault, rate: float = 0.0) -> None:
        """Begin a fault of the sensor; ``rate`` is the rate of a drift, in the sensor's unit per second."""
        self._active = _Active(fault, now(), rate)
        self._notify()

    def end(self) -> None:
        """End the fault."""
        self._active = None
        self._notify()

    def _notify(self) -> None:
        for listener in tuple(self._listeners):
            listener()

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call ``listener`` whenever a fault begins or ends."""
        self._listeners.append(listener)

    @property
    def fault(self) -> SensorFault | None:
        """The present fault; None: the sensor works."""
        return None if self._active is None else self._active.fault

    @property
    def drifted(self) -> float:
        """The present drift of the measurement, in the sensor's unit."""
        active = self._active
        if active is None or active.fault is not SensorFault.DRIFT:
            return 0.0
        return active.rate * (now() - active.since)
