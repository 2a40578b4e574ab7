"""The findings about one concept while its study runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from cellkit.cell.plan import CellPlan
from cellkit.study.advice import Advice, advise
from cellkit.study.analysis import ProductionFindings
from cellkit.study.business.result import BusinessCase
from cellkit.study.concepts import Concept
from cellkit.study.criteria import Criterion, judge
from cellkit.study.cycle.table import CycleTable
from cellkit.study.energy.result import EnergyResult, EnergyYear
from cellkit.study.feasibility.result import Feasibility, ReachMap
from cellkit.study.headline import Headline, headline
from cellkit.study.runs.job import Observation
from cellkit.study.runs.sweep import ConceptRuns


@dataclass
class Findings:
    """All findings about one concept; the study fills them in step by step."""

    concept: Concept
    plan: CellPlan | None = None
    impossible: str | None = None
    observations: list[Observation] = field(default_factory=list)
    feasibility: Feasibility | None = None
    reach_map: ReachMap | None = None
    runs: ConceptRuns | None = None
    cycle: CycleTable | None = None
    production: ProductionFindings = field(default_factory=lambda: ProductionFindings([]))
    energy: EnergyResult | None = None
    year: EnergyYear | None = None
    business: BusinessCase | None = None

    @property
    def good(self) -> list[Observation]:
        """The runs that succeeded."""
        return [run for run in self.observations if run.record.success]

    def headline(self) -> Headline:
        """Return the concept's row of the comparison."""
        return headline(
            self.concept.id,
            feasibility=self.feasibility,
            runs=self.runs,
            shift=self.production.shift,
            energy=self.energy,
            business=self.business,
        )

    def advice(self, limits: Sequence[Criterion]) -> Advice:
        """Advise go, pilot or no-go by the criteria of the study."""
        row = self.headline()
        checks = None if self.feasibility is None else self.feasibility.checks
        return advise(row, judge(list(limits), row), checks, self.impossible, self.business)
