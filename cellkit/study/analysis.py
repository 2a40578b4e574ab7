"""What is found out about one concept besides its runs: as one task for another process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from typing_extensions import override

from cellkit.errors import CellkitError
from cellkit.scenario.config import Scenario, read_scenario
from cellkit.scenario.record import RunRecord
from cellkit.study.concepts import Concept
from cellkit.study.cycle.config import CycleConfig
from cellkit.study.cycle.table import CycleTable
from cellkit.study.cycle.what_if import WhatIf, what_if
from cellkit.study.feasibility.assess import assess
from cellkit.study.feasibility.config import FeasibilityConfig
from cellkit.study.feasibility.reach_map import reach_map
from cellkit.study.feasibility.result import Feasibility, ReachMap
from cellkit.study.runs.task import Task, imports_of, in_words
from cellkit.study.shift.batches import Batches
from cellkit.study.shift.buffers import BufferGain, extra_buffer
from cellkit.study.shift.calibration import calibrate
from cellkit.study.shift.config import ShiftConfig
from cellkit.study.shift.result import ShiftStudy
from cellkit.study.shift.simulate import shifts

CALIBRATED_BY = 3
"""Seeds, at most, that are run in both worlds to correct the times of a shift."""


@dataclass(frozen=True)
class FeasibilityTask(Task[tuple[Feasibility, ReachMap] | str]):
    """The checks that need no run, and the reach map."""

    concept: Concept
    config: FeasibilityConfig
    quantity: int | None

    def carry_out(self) -> tuple[Feasibility, ReachMap] | str:
        """Both, or why the cell cannot even be built."""
        try:
            scenario = read_scenario(self.concept.scenario)
            found = assess(scenario, self.concept, self.config, quantity=self.quantity, checked=True)
            return found, reach_map(scenario, self.concept, self.config, poses=found.poses)
        except CellkitError as error:
            return in_words(error)

    @override
    def failed(self, what: str) -> str:
        return what


@dataclass(frozen=True)
class ProductionFindings:
    """Null and empty where it was not asked for, or could not be made, for the reason in ``why_not``."""

    what_if: list[WhatIf]
    shift: ShiftStudy | None = None
    buffers: tuple[BufferGain, ...] = ()
    why_not: str | None = None


@dataclass(frozen=True)
class ProductionTask(Task[ProductionFindings]):
    """How a concept produces: other cycle times, and shifts. For concepts whose runs were good in part at least."""

    concept: Concept
    seeds: Sequence[int]
    physics: Sequence[RunRecord]
    quantity: int | None
    table: CycleTable | None
    cycle: CycleConfig | None
    shift: ShiftConfig | None
    shifts: int

    def carry_out(self) -> ProductionFindings:
        """All of it, in this process."""
        try:
            scenario = read_scenario(self.concept.scenario)
            with imports_of(scenario):
                return self._found(scenario)
        except CellkitError as error:
            return self.failed(in_words(error))

    @override
    def failed(self, what: str) -> ProductionFindings:
        return ProductionFindings([], why_not=what)

    def _found(self, scenario: Scenario) -> ProductionFindings:
        changed: list[WhatIf] = []
        if self.cycle is not None and self.table is not None:
            changed = what_if(
                scenario, self.concept, self.seeds, self.cycle, quantity=self.quantity, physics=self.table
            )
        if self.shift is None:
            return ProductionFindings(changed)
        calibration = calibrate(
            scenario, self.concept, self.seeds[:CALIBRATED_BY], quantity=self.quantity, physics=self.physics
        )
        batches, seeds = Batches(scenario, self.concept, quantity=self.quantity), range(1, self.shifts + 1)
        found = shifts(scenario, self.concept, self.shift, seeds, calibration, batches)
        gains = extra_buffer(scenario, self.concept, self.shift, seeds, calibration, batches)
        return ProductionFindings(changed, found, tuple(gains))
