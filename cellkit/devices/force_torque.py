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
"""Code of the ``DeviceFault`` for a measurement at the end of the range: what it would be is not known then."""


@dataclass(frozen=True, slots=True, eq=False)
class WrenchReading:
    """What a force/torque sensor measured at ``stamp`` (s of the source's time)."""

    stamp: float
    wrench: Wrench


class ForceTorqueSensor(Observed):
    """A six-axis sensor at the flange: what the tool exerts on the arm, in frame ``flange``."""

    def __init__(self, name: str, model: ForceTorqueModel | None = None) -> None:
        super().__init__(name)
        self.model = model
        self._bias = Wrench(np.zeros(3), np.zeros(3), "flange")

    async def read(self) -> WrenchReading:
        """The newest measurement, less the bias taken by ``zero()``.

        Raises ``DeviceFault`` for a saturated one (code ``out-of-range``, or the vendor's) and ``ConnectionLost`` when
        there is none that is fresh.
        """
        raw = await self._measured()
        wrench = Wrench(raw.wrench.force - self._bias.force, raw.wrench.torque - self._bias.torque, "flange")
        return WrenchReading(raw.stamp, wrench)

    async def zero(self) -> None:
        """Take what is measured now as zero (the tool's weight, in this orientation)."""
        self._bias = (await self._measured()).wrench
        self._emit("zeroed")

    async def wait_for(self, force: float, *, along: Sequence[float] | None = None, timeout: float = 60.0) -> float:
        """Wait until ``force`` (N) is reached and return what was measured then; every sample is looked at.

        Its magnitude counts, or with ``along`` (3,) its component in that direction of ``flange``. Raises
        ``MotionTimeout`` and what ``read`` raises.
        """
        if not 0.0 < force < np.inf:
            raise LimitViolation(self.name, f"a force of {force:g} N to wait for; it must be above zero and finite")
        if self.model is not None and force > (least := min(self.model.force_range)):
            raise LimitViolation(self.name, f"{force:g} N is beyond the {least:g} N that {self.model.name} measures")
        direction = None if along is None else self._direction(along)

        def size(measured: Array) -> float:
            return float(np.linalg.norm(measured) if direction is None else measured @ direction)

        return size(await self._felt(lambda measured: size(measured) >= force, timeout, f"did not reach {force:g} N"))

    async def wait_until(self, felt: Callable[[Array], bool], *, timeout: float = 60.0) -> Array:
        """Wait until ``felt`` says so of the force, (3,) in N in frame ``flange``, and return it; it is asked about
        every sample. Raises ``MotionTimeout`` and what ``read`` raises.
        """
        return await self._felt(felt, timeout, "was not what was waited for")

    async def _felt(self, felt: Callable[[Array], bool], timeout: float, complaint: str) -> Array:
        found: Array = np.zeros(3)

        async def reached() -> bool:
            nonlocal found
            found = (await self.read()).wrench.force
            return felt(found)

        await self._wait_until(reached, self._watch, timeout, f"the force {complaint}", "force")
        return found

    def _direction(self, along: Sequence[float]) -> Array:
        try:
            direction = frozen(along, (3,))
        except (TypeError, ValueError) as error:
            raise CommandRejected(self.name, f"along: {error}") from None
        length = float(np.linalg.norm(direction))
        if length == 0.0:
            raise CommandRejected(self.name, "along: a direction has a length above zero")
        return direction / length

    async def _measured(self) -> WrenchReading:
        self._require_open()
        raw = await self._read()
        if self.model is not None:
            for what, unit, values, ranges in (
                ("force", "N", raw.wrench.force, self.model.force_range),
                ("torque", "N m", raw.wrench.torque, self.model.torque_range),
            ):
                for axis, value, end in zip("xyz", values, ranges, strict=True):
                    if abs(value) >= end:
                        text = f"{what} {axis} is saturated: {value:.4g} {unit}, the range ends at {end:g} {unit}"
                        raise DeviceFault(self.name, text, code=OUT_OF_RANGE)
        return raw

    @abstractmethod
    async def _read(self) -> WrenchReading:
        """Hook: the newest raw measurement, in frame ``flange``.

        Raise ``DeviceFault`` for one that the sensor itself calls wrong, ``ConnectionLost`` when it is stale.
        """

    def _watch(self, on_change: Callable[[], None]) -> Callable[[], None]:
        """Hook: call ``on_change`` for every new measurement; return what ends that.

        Without one of its own, a driver calls ``_notify_observers``.
        """
        return self._observe(on_change)
