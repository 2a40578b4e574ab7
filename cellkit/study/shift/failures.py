"""When devices fail: by the hours that the cell has worked, not by the clock."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass

from cellkit.study.shift.chance import exponential, lognormal, stream
from cellkit.study.shift.config import FaultRate


@dataclass(frozen=True)
class Failure:
    """One failure: whose, s of work to repair it, whether it spoils the part in work and ends the program."""

    device: str
    repair: float
    scrap: bool
    abort: bool


class Failures:
    """The failures to come of several devices that work and fail independently of each other."""

    def __init__(self, rates: Mapping[str, FaultRate], seed: int) -> None:
        self._rates = rates
        self._streams = {device: stream(seed, f"fault of {device}") for device in rates}
        self._left = {device: self._next(device) for device in rates}

    def until_next(self) -> float:
        """S of operation until something fails; infinite where nothing does."""
        return min(self._left.values(), default=math.inf)

    def worked(self, seconds: float) -> None:
        """All of them have worked for so long, at most ``until_next``."""
        for device in self._left:
            self._left[device] -= seconds

    def fail(self) -> Failure:
        """What fails next has failed now; it works like new afterwards."""
        device = min(self._left, key=self._left.__getitem__)
        rate, chance = self._rates[device], self._streams[device]
        repair = lognormal(rate.repair.value * 60.0, rate.spread.value, chance)
        scrap = chance.random() < rate.scrap.value
        self._left[device] = self._next(device)
        return Failure(device, repair, scrap, rate.stop == "abort")

    def _next(self, device: str) -> float:
        chance: random.Random = self._streams[device]
        return exponential(self._rates[device].mtbf.value * 3600.0, chance)
