"""The line around the cell: arriving material, trays before and after the cell, and the next station."""

from __future__ import annotations

import math

from cellkit.study.shift.agenda import Agenda, Process, Signal
from cellkit.study.shift.chance import lognormal, stream
from cellkit.study.shift.config import ShiftConfig
from cellkit.study.shift.people import Operators, Urgency

MATERIAL, LOADING = "no material", "waits for loading"
STATION, UNLOADING = "next station is behind", "waits for unloading"
EXCHANGE = "exchange of trays"
STARVED, BLOCKED = (MATERIAL, LOADING), (STATION, UNLOADING)


class Line:
    """The trays of ``quantity`` parts before and after the cell.

    A tray occupies a place before the cell until its batch ends, and a place after the cell from the start of its
    batch.
    """

    def __init__(self, agenda: Agenda, config: ShiftConfig, quantity: int, people: Operators, seed: int) -> None:
        self._agenda, self._config, self._quantity, self._people = agenda, config, quantity, people
        self._chance = stream(seed, "arrivals")
        self._stock = math.inf if config.arrivals is None else 0.0
        self._free_before = 1 + int(config.buffer_before.value)
        self._free_after = 1 + int(config.buffer_after.value)
        self._loaded = 0
        self._finished = 0
        self._full_until = 0.0  # s until which the next station has parts
        self.changed = Signal(agenda)

    def missing(self) -> str | None:
        """Return the reason why the cell cannot begin a batch now; None if it can."""
        if self._loaded == 0:
            return MATERIAL if self._stock < self._quantity and self._free_before > 0 else LOADING
        if self._free_after == 0:
            return STATION if self._agenda.now < self._full_until else UNLOADING
        return None

    def begin(self) -> None:
        """Record that the cell begins a tray."""
        self._loaded -= 1
        self._free_after -= 1

    def end(self) -> None:
        """Record that the cell has finished its tray."""
        self._free_before += 1
        self._finished += 1
        self.changed.give()

    def arrive(self) -> Process:
        """Run the arrival of material from upstream."""
        arrivals = self._config.arrivals
        while arrivals is not None:
            yield lognormal(arrivals.interval.value, arrivals.spread.value, self._chance)
            self._stock += arrivals.lot.value
            self.changed.give()

    def load(self) -> Process:
        """Run the loading of trays, as soon as parts and a place are available."""
        while True:
            while self._free_before == 0 or self._stock < self._quantity:
                yield self.changed
            self._free_before -= 1
            self._stock -= self._quantity
            yield from self._people.work(self._config.loading.value * 60.0, Urgency.LOAD)
            self._loaded += 1
            self.changed.give()

    def unload(self) -> Process:
        """Run the unloading of finished trays, as soon as the next station takes them."""
        takt = 0.0 if self._config.takt is None else self._config.takt.value
        while True:
            while self._finished == 0:
                yield self.changed
            if self._agenda.now < self._full_until:
                yield self._full_until - self._agenda.now
            yield from self._people.work(self._config.unloading.value * 60.0, Urgency.UNLOAD)
            self._finished -= 1
            self._free_after += 1
            self._full_until = self._agenda.now + takt * self._quantity
            self.changed.give()
