"""The process of a served scenario: parts that enter and leave the cell are counted and judged."""

from __future__ import annotations

from typing import Any

from cellkit.cell.build import BuiltCell
from cellkit.scenario.config import Scenario
from cellkit.scenario.processes.make import make_process
from cellkit.scenario.processes.process import Process
from cellkit.supervision.refusal import RefusalCode, RequestRefused


class Production:
    """The process of a scenario, order after order. Without a scenario or a process, no parts are simulated."""

    def __init__(self, built: BuiltCell, scenario: Scenario | None, seed: int) -> None:
        self._built = built
        self._scenario = scenario
        self._seed = seed
        self._process: Process | None = None
        self._orders = 0
        self._over = False
        self._good_before = self._judged_before = 0

    @property
    def simulated(self) -> bool:
        """True when parts are simulated."""
        return self._scenario is not None and self._scenario.file.process is not None

    def start(self) -> None:
        """Start the first order."""
        if self._scenario is None or not self.simulated:
            return
        seed = self._seed + self._orders
        self._process = make_process(self._scenario, self._built, seed, lambda *_, **__: None)
        assert self._process is not None
        self._orders += 1
        self._over = False
        self._process.start()

    def new_order(self) -> None:
        """Remove loose parts from the cell and start the next order.

        Raises ``RequestRefused`` without simulated parts.
        """
        if self._process is None:
            raise RequestRefused(
                RefusalCode.WRONG_STATE, "no parts are simulated here: start an order at the plant that feeds the cell"
            )
        self.finish()
        self._good_before += self._process.tally.good
        self._judged_before += self._process.tally.judged
        for body in self._built.world.loose_bodies():
            self._built.world.remove_body(body)
        self.start()

    def renew_if_over(self) -> None:
        """Start the next order if the last one is over; call it before a program starts."""
        if self._process is not None and (self._over or self._process.tally.judged >= self._built.cell.quantity):
            self.new_order()

    def finish(self) -> None:
        """End the order, done or not: judge the parts that are left."""
        if self._process is not None and not self._over:
            self._over = True
            self._process.finish()

    def counts(self) -> dict[str, Any]:
        """Return the counts since the start."""
        good = judged = 0
        faults: list[str] = []
        if self._process is not None:
            tally = self._process.tally
            good, judged, faults = tally.good, tally.judged, list(tally.faults)
        return {
            "simulated": self.simulated,
            "orders": self._orders,
            "order_quantity": self._built.cell.quantity,
            "good": self._good_before + good,
            "judged": self._judged_before + judged,
            "last_faults": faults[-5:],
            "collisions": self._built.world.collisions(),
        }
