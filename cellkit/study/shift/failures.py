"""The failures of devices, by the working time of the cell, not by the clock."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass

from cellkit.study.shift.chance import exponential, lognormal, stream
from cellkit.study.shift.config import FaultRate


@dataclass(frozen=True)
class Failure:
    """One failure of a device: s of repair, whether it spoils the part in work, whether it ends the program."""

    device: str
    repair: float
    scrap: bool
    abort: bool


class Failures:
    """The future failures of several devices that fail independently."""

    def __init__(self, rates: Mapping[str, FaultRate], seed: int) -> None:
        self._rates = rates
        self._streams = {device: stream(seed, f"fault of {device}") for device in rates}
        self._left = {device: self._next(device) for device in rates}

    def until_next(self) -> float:
        """Return the s of operation until the next failure; infinite if no device fails."""
        return min(self._left.values(), default=math.inf)

    def worked(self, seconds: float) -> None:
        """Record that all devices have worked for so long, at most ``until_next``."""
        for device in self._left:
            self._left[device] -= seconds

    def fail(self) -> Failure:
        """Return the next failure, now due; after its repair the device is as new."""
        device = min(self._left, key=self._left.__getitem__)
        rate, chance = self._rates[device], self._streams[device]
        repair = lognormal(rate.repair.value * 60.0, rate.spread.value, chance)
        scrap = chance.random() < rate.scrap.value
        self._left[device] = self._next(device)
        return Failure(device, repair, scrap, rate.stop == "abort")

    def _next(self, device: str) -> float:
        chance: random.Random = self._streams[device]
        return exponential(self._rates[device].mtbf.value * 3600.0, chance)
