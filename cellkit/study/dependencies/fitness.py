"""Feasibility checks of variants of the cell. Each takes seconds, so they are tasks for other processes."""

from __future__ import annotations

from dataclasses import dataclass

from typing_extensions import override

from cellkit.errors import CellkitError
from cellkit.scenario.config import read_scenario
from cellkit.study.concepts import Concept
from cellkit.study.feasibility.assess import assess
from cellkit.study.feasibility.config import FeasibilityConfig
from cellkit.study.feasibility.result import Verdict
from cellkit.study.runs.task import Task, imports_of, one_line


@dataclass(frozen=True)
class Fitness:
    """The checks that fail: key → sentence. ``unchecked`` is the reason why no check could be made."""

    failed: dict[str, str]
    unchecked: str | None = None


@dataclass(frozen=True)
class FitnessTask(Task[Fitness]):
    """All feasibility checks of one concept."""

    concept: Concept
    config: FeasibilityConfig
    quantity: int | None

    @override
    def carry_out(self) -> Fitness:
        try:
            scenario = read_scenario(self.concept.scenario)
            with imports_of(scenario):
                result = assess(scenario, self.concept, self.config, quantity=self.quantity)
        except CellkitError as error:
            return Fitness({}, str(error))
        except Exception as error:  # a bug must not end the checks of the other variants
            return Fitness({}, one_line(error))
        return Fitness({check.key: check.text for check in result.checks if check.verdict is Verdict.FAIL})

    @override
    def failed(self, reason: str) -> Fitness:
        return Fitness({}, reason)
