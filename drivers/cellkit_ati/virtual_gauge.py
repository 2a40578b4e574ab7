"""The measurement of a virtual sensor: the load in counts, less its own bias, and whether the load was too high."""

from __future__ import annotations

import math

from cellkit.controller.plants.force_torque import WrenchPlant
from cellkit.models.sensor import ForceTorqueModel
from cellkit_ati.protocol import units
from cellkit_ati.protocol.status import Family

AXIA_LIMIT = 1.05
"""Share of the calibrated range, of two groups of axes together, above which an Axia calls a load out of range."""

Counts = tuple[int, int, int, int, int, int]


class Gauge:
    """A transducer with its calibration. ``bias`` in counts."""

    def __init__(
        self,
        model: ForceTorqueModel,
        plant: WrenchPlant,
        family: Family,
        force_unit: str,
        torque_unit: str,
        counts_per_unit: tuple[int, int],
    ) -> None:
        self._plant = plant
        self._family = family
        self._ends = (*model.force_range, *model.torque_range)
        newtons, newton_metres = units.newtons(force_unit), units.newton_metres(torque_unit)
        self.force_unit, self.torque_unit, self.counts_per_unit = force_unit, torque_unit, counts_per_unit
        self.ranges = tuple(end / (newtons if axis < 3 else newton_metres) for axis, end in enumerate(self._ends))
        self._per_newton = counts_per_unit[0] / newtons
        self._per_newton_metre = counts_per_unit[1] / newton_metres
        self.bias = [0] * 6
        self.exceeded = False
        """Whether the newest sample was beyond what the transducer measures."""

    def wrench(self) -> tuple[list[float], list[float]]:
        """Force (N) and torque (N m) as they are."""
        wrench = self._plant.wrench()
        return wrench.force.tolist(), wrench.torque.tolist()

    def counts(self) -> Counts:
        """Return a sample, taken now."""
        raw = self._raw()
        a, b, c, d, e, f = (value - bias for value, bias in zip(raw, self.bias, strict=True))
        return a, b, c, d, e, f

    def take_bias(self) -> None:
        """Take the present load as zero."""
        self.bias = self._raw()

    def _raw(self) -> list[int]:
        (fx, fy, fz), (tx, ty, tz) = self.wrench()
        self.exceeded = self._too_much(fx, fy, fz, tx, ty, tz)
        force, torque = self._per_newton, self._per_newton_metre
        return [
            round(fx * force), round(fy * force), round(fz * force),
            round(tx * torque), round(ty * torque), round(tz * torque),
        ]  # fmt: skip

    def _too_much(self, fx: float, fy: float, fz: float, tx: float, ty: float, tz: float) -> bool:
        ends = self._ends
        if self._family is Family.NET_BOX:
            return any(abs(value) > end for value, end in zip((fx, fy, fz, tx, ty, tz), ends, strict=True))
        # Manual 9610-05-Ethernet Axia-09, "Status Code: Force/Torque Out of Range".
        across = math.hypot(fx, fy) / ends[0] + abs(tz) / ends[5]
        along = abs(fz) / ends[2] + math.hypot(tx, ty) / ends[3]
        return across > AXIA_LIMIT or along > AXIA_LIMIT
