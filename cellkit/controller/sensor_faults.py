"""The switch that makes a sensor fail. Each plant file has the plant that fails, for all drivers and paths alike.

Silence is not a fault of a sensor but of its line.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

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
    """The switch of one sensor: nothing is wrong before ``begin``.

    A failing plant (``FaultyWrench``, ``FaultyBeam``, …) stands between the true plant and the device and reads this
    switch. Its class states what each fault does to its kind of sensor.
    """

    def __init__(self) -> None:
        self._active: _Active | None = None
        self._listeners: list[Callable[[], None]] = []

    def begin(self, fault: SensorFault, rate: float = 0.0) -> None:
        """Make the sensor fail from now on; ``rate`` is that of a drift, in the sensor's unit per second."""
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
        """How far the measurement has drifted, in the sensor's unit."""
        active = self._active
        if active is None or active.fault is not SensorFault.DRIFT:
            return 0.0
        return active.rate * (now() - active.since)
