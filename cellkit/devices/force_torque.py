"""The open interface of force/torque sensors between an arm's flange and its tool."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from cellkit.devices.observed import Observed
from cellkit.errors import CommandRejected, DeviceFault, LimitViolation
from cellkit.geometry import Array, Wrench, frozen
from cellkit.models.sensor import ForceTorqueModel

OUT_OF_RANGE = "out-of-range"
"""Code of the ``DeviceFault`` for a measurement at the end of the range, where the true value is not known."""


@dataclass(frozen=True, slots=True, eq=False)
class WrenchReading:
    """A measurement of a force/torque sensor at ``stamp`` (s of the source's time), in N and N m."""

    stamp: float
    wrench: Wrench


class ForceTorqueSensor(Observed):
    """A six-axis sensor at the flange.

    It measures the force (N) and torque (N m) that the tool exerts on the arm, in frame ``flange``.
    """

    def __init__(self, name: str, model: ForceTorqueModel | None = None) -> None:
        super().__init__(name)
        self.model = model
        self._bias = Wrench(np.zeros(3), np.zeros(3), "flange")

    async def read(self) -> WrenchReading:
        """Return the newest measurement, less the bias that ``zero()`` stored.

        Raises ``DeviceFault`` for a saturated measurement (code ``out-of-range``, or the vendor's code) and
        ``ConnectionLost`` when the newest measurement is too old.
        """
        raw = await self._measured()
        wrench = Wrench(raw.wrench.force - self._bias.force, raw.wrench.torque - self._bias.torque, "flange")
        return WrenchReading(raw.stamp, wrench)

    async def zero(self) -> None:
        """Store the present measurement as the bias: the weight of the tool, valid for this orientation.

        Raises the errors of ``read``.
        """
        self._bias = (await self._measured()).wrench
        self._emit("zeroed")

    async def wait_for(self, force: float, *, along: Sequence[float] | None = None, timeout: float = 60.0) -> float:
        """Wait until the measured force reaches ``force`` (N), and return the force (N) of that sample.

        Every sample is compared: the magnitude of its force or, with ``along`` (3,), the component in that direction
        of frame ``flange``. ``timeout`` is in s. Raises ``LimitViolation`` for a force that is not positive or beyond
        the sensor's range, ``MotionTimeout`` and the errors of ``read``.
        """
        if not 0.0 < force < np.inf:
            raise LimitViolation(self.name, f"the force to wait for is {force:g} N; it must be above zero and finite")
        if self.model is not None and force > (least := min(self.model.force_range)):
            raise LimitViolation(self.name, f"{force:g} N is beyond the {least:g} N that {self.model.name} measures")
        direction = None if along is None else self._direction(along)

        def size(measured: Array) -> float:
            return float(np.linalg.norm(measured) if direction is None else measured @ direction)

        return size(await self._felt(lambda measured: size(measured) >= force, timeout, f"did not reach {force:g} N"))

    async def wait_until(self, felt: Callable[[Array], bool], *, timeout: float = 60.0) -> Array:
        """Wait until ``felt`` returns True for a measured force, and return that force.

        ``felt`` receives the force of every sample, (3,) in N in frame ``flange``. ``timeout`` is in s. Raises
        ``MotionTimeout`` and the errors of ``read``.
        """
        return await self._felt(felt, timeout, "did not meet the condition")

    async def _felt(self, felt: Callable[[Array], bool], timeout: float, complaint: str) -> Array:
        force: Array = np.zeros(3)

        async def reached() -> bool:
            nonlocal force
            force = (await self.read()).wrench.force
            return felt(force)

        await self._wait_until(reached, self._watch, timeout, f"the force {complaint}", "force")
        return force

    def _direction(self, along: Sequence[float]) -> Array:
        try:
            direction = frozen(along, (3,))
        except (TypeError, ValueError) as error:
            raise CommandRejected(self.name, f"along: {error}") from None
        length = float(np.linalg.norm(direction))
        if length == 0.0:
            raise CommandRejected(self.name, "along: the direction must have a length above zero")
        return direction / length

    async def _measured(self) -> WrenchReading:
        self._require_open()
        raw = await self._read()
        if self.model is not None:
            for quantity, unit, values, ranges in (
                ("force", "N", raw.wrench.force, self.model.force_range),
                ("torque", "N m", raw.wrench.torque, self.model.torque_range),
            ):
                for axis, value, end in zip("xyz", values, ranges, strict=True):
                    if abs(value) >= end:
                        text = f"{quantity} {axis} is saturated: {value:.4g} {unit}, the range ends at {end:g} {unit}"
                        raise DeviceFault(self.name, text, code=OUT_OF_RANGE)
        return raw

    @abstractmethod
    async def _read(self) -> WrenchReading:
        """Return the newest raw measurement, in frame ``flange`` (driver hook).

        Must raise ``DeviceFault`` for a measurement that the sensor itself marks as wrong, and ``ConnectionLost`` when
        the newest one is stale.
        """

    def _watch(self, on_change: Callable[[], None]) -> Callable[[], None]:
        """Call ``on_change`` for every new measurement; return a function that ends this (driver hook).

        The default calls it when the driver calls ``_notify_observers``.
        """
        return self._observe(on_change)
