"""The analyses of one concept besides its runs, each as one task for another process."""

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
from cellkit.study.runs.task import Task, imports_of, one_line
from cellkit.study.shift.batches import Batches
from cellkit.study.shift.buffers import BufferGain, extra_buffer
from cellkit.study.shift.calibration import calibrate
from cellkit.study.shift.config import ShiftConfig
from cellkit.study.shift.result import ShiftStudy
from cellkit.study.shift.simulate import shifts

MAX_CALIBRATION_SEEDS = 3
"""Largest number of seeds that are run in both worlds to correct the times of a shift."""


@dataclass(frozen=True)
class FeasibilityTask(Task[tuple[Feasibility, ReachMap] | str]):
    """The checks that need no run, and the reach map."""

    concept: Concept
    config: FeasibilityConfig
    quantity: int | None

    def carry_out(self) -> tuple[Feasibility, ReachMap] | str:
        """Return the checks and the reach map, or the reason why the cell cannot be built."""
        try:
            scenario = read_scenario(self.concept.scenario)
            result = assess(scenario, self.concept, self.config, quantity=self.quantity, checked=True)
            return result, reach_map(scenario, self.concept, self.config, poses=result.poses)
        except CellkitError as error:
            return one_line(error)

    @override
    def failed(self, reason: str) -> str:
        return reason


@dataclass(frozen=True)
class ProductionFindings:
    """The production figures of a concept.

    A part is None or empty if the study does not ask for it, or if it cannot be made for the reason in ``why_not``.
    """

    what_if: list[WhatIf]
    shift: ShiftStudy | None = None
    buffers: tuple[BufferGain, ...] = ()
    why_not: str | None = None


@dataclass(frozen=True)
class ProductionTask(Task[ProductionFindings]):
    """The production of a concept: other cycle times, and shifts. Needs at least one good run."""

    concept: Concept
    seeds: Sequence[int]
    physics: Sequence[RunRecord]
    quantity: int | None
    table: CycleTable | None
    cycle: CycleConfig | None
    shift: ShiftConfig | None
    shifts: int

    def carry_out(self) -> ProductionFindings:
        """Run all variants and shifts in this process."""
        try:
            scenario = read_scenario(self.concept.scenario)
            with imports_of(scenario):
                return self._findings(scenario)
        except CellkitError as error:
            return self.failed(one_line(error))

    @override
    def failed(self, reason: str) -> ProductionFindings:
        return ProductionFindings([], why_not=reason)

    def _findings(self, scenario: Scenario) -> ProductionFindings:
        changed: list[WhatIf] = []
        if self.cycle is not None and self.table is not None:
            changed = what_if(
                scenario, self.concept, self.seeds, self.cycle, quantity=self.quantity, physics=self.table
            )
        if self.shift is None:
            return ProductionFindings(changed)
        calibration = calibrate(
            scenario,
            self.concept,
            self.seeds[:MAX_CALIBRATION_SEEDS],
            quantity=self.quantity,
            physics=self.physics,
        )
        batches, seeds = Batches(scenario, self.concept, quantity=self.quantity), range(1, self.shifts + 1)
        study = shifts(scenario, self.concept, self.shift, seeds, calibration, batches)
        gains = extra_buffer(scenario, self.concept, self.shift, seeds, calibration, batches)
        return ProductionFindings(changed, study, tuple(gains))
