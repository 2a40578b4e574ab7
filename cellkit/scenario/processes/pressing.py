"""A pad that is pressed, with a load cell of its own, independent of the robot's sensor."""

from __future__ import annotations

from typing_extensions import override

from cellkit.cell.build import BuiltCell
from cellkit.scenario.config import Scenario
from cellkit.scenario.processes.config import Pressing
from cellkit.scenario.processes.judging import Report, require
from cellkit.scenario.processes.load_cell import SAMPLE, require_forces
from cellkit.scenario.processes.process import Process
from cellkit.timing import Periodic, now

TOUCHED, FREE = 1.0, 0.2
"""Force (N) at which a press begins, and ends."""


class PressingProcess(Process):
    """Runs a ``pressing`` in a world that knows contact forces."""

    def __init__(self, config: Pressing, scenario: Scenario, built: BuiltCell, seed: int, report: Report) -> None:
        super().__init__(scenario, built, seed, report)
        require(scenario, "pad", config.pad, built.plan.file.structures, "structure")
        require_forces(scenario, built.world, config.pad)
        self._config = config
        self._peak: float | None = None

    @override
    def start(self) -> None:
        self._beat = Periodic(SAMPLE, self._look)

    @override
    def finish(self) -> None:
        super().finish()
        if self._peak is not None:
            self._judge(self._peak)

    def _look(self) -> None:
        force = self._world.pressed(self._config.pad) or 0.0
        if self._peak is None:
            if force >= TOUCHED:
                self._peak = force
        else:
            self._peak = max(self._peak, force)
            if force <= FREE:
                self._judge(self._peak)
                self._peak = None

    def _judge(self, peak: float) -> None:
        config = self._config
        over = config.overshoot[self.tally.judged % len(config.overshoot)]
        fault = None
        if peak > config.force + over:
            fault = f"{peak:.1f} N, {peak - config.force:.1f} N more than {config.force:g} N (allowed {over:g} N)"
        elif peak < config.force - config.undershoot:
            fault = f"{peak:.1f} N, {config.force:g} N were to be reached"
        name = f"press {self.tally.judged + 1}"
        self.tally.note(name, fault)
        self._report(now(), "process", "judged", part=name, peak=peak, fault=fault)
