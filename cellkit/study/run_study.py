"""Runs a study and returns one result. Every figure comes from the runs and analyses; none is written by hand."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import TypeVar

from cellkit.errors import CellkitError
from cellkit.scenario.runner import Run
from cellkit.study.analysis import FeasibilityTask, ProductionTask
from cellkit.study.build_result import build_result
from cellkit.study.business.case import business_case
from cellkit.study.business.performance import Performance
from cellkit.study.concepts import Concept
from cellkit.study.criteria import criteria
from cellkit.study.cycle.table import cycle_table
from cellkit.study.dependencies.assess import assess
from cellkit.study.dependencies.result import Dependencies
from cellkit.study.dependencies.subject import subject_of
from cellkit.study.energy.profile import power_profile
from cellkit.study.energy.result import energy_result, energy_year
from cellkit.study.feasibility.collisions import collisions_of_runs
from cellkit.study.findings import Findings
from cellkit.study.result import StudyResult
from cellkit.study.runs.execute import execute_runs, run_tasks
from cellkit.study.runs.store import RunStore
from cellkit.study.runs.sweep import concept_runs
from cellkit.study.runs.task import ResultCallback, Task, imports_of, one_line
from cellkit.study.study_file import Study

ResultT = TypeVar("ResultT")
Progress = Callable[[str, int, int], None]
"""Called with the name of the current step, the number of finished pieces, and the number of all pieces."""


@dataclass(frozen=True)
class StudyResources:
    """The store of finished runs, and the workers of a study: ``places`` processes, or the cluster at ``dask``."""

    store: RunStore | None = None
    places: int = 1
    dask: str | None = None
    progress: Progress = lambda step, done, total: None

    def all(self, step: str, tasks: Sequence[Task[ResultT]]) -> list[ResultT]:
        """Carry out all tasks and return their results in the order of ``tasks``."""
        return run_tasks(tasks, self.places, self.dask, self.counter(step, len(tasks)))

    def counter(self, step: str, total: int) -> ResultCallback[object]:
        """Return a callback for results that reports the progress of a step."""
        done = count(1)
        return lambda number, result: self.progress(step, next(done), total)


def run_study(study: Study, resources: StudyResources, today: str, command: str) -> StudyResult:
    """Run the whole study. ``today`` (as 2026-11-27) is compared with dates; ``command`` reproduces the figures.

    Raises ``ConfigError`` for invalid input, and ``KeyboardInterrupt`` once all processes have ended; the store then
    holds the runs that were finished.
    """
    every = [_planned(study, concept) for concept in study.concepts]
    planned = [findings for findings in every if findings.impossible is None]
    _run(study, planned, resources)
    _check(study, planned, resources)
    built = [findings for findings in planned if findings.impossible is None]
    _produce(study, built, resources)
    for findings in built:
        _weigh(study, findings, today)
    return build_result(study, every, _depend(study, every, resources), command)


def _planned(study: Study, concept: Concept) -> Findings:
    """Plan the cell of a concept. A cell that cannot be built is a finding about the concept, not an error."""
    findings = Findings(concept)
    scenario = study.scenarios[study.layout_of(concept)]
    try:
        with imports_of(scenario):
            findings.plan = Run(scenario, study.job(concept, 1).options()).plan
    except CellkitError as error:
        findings.impossible = one_line(error)
    return findings


def _run(study: Study, every: Sequence[Findings], resources: StudyResources) -> None:
    """Run all concepts with all seeds; a cell that fails when it is built becomes impossible here."""
    jobs = [study.job(findings.concept, seed) for findings in every for seed in study.seeds]
    on_result = resources.counter("runs", len(jobs))
    observations = execute_runs(jobs, resources.store, resources.places, resources.dask, on_result)
    each = len(study.seeds)
    for number, findings in enumerate(every):
        findings.observations = observations[number * each : (number + 1) * each]
        runs = concept_runs(findings.concept, findings.observations)
        findings.impossible = runs.impossible
        if findings.impossible is not None:
            continue
        findings.runs = runs
        if study.file.cycle is not None and any(run.activities for run in findings.good):
            takt = study.file.demand.takt
            findings.cycle = cycle_table(
                [run.activities for run in findings.good], study.file.cycle, None if takt is None else takt.value
            )


def _check(study: Study, every: Sequence[Findings], resources: StudyResources) -> None:
    config = study.file.feasibility
    if config is None:
        return
    tasks = [FeasibilityTask(findings.concept, config, study.file.task.quantity) for findings in every]
    for findings, result in zip(every, resources.all("feasibility", tasks), strict=True):
        if isinstance(result, str):
            findings.impossible = findings.impossible or result
            continue
        feasibility, findings.reach_map = result
        records = [run.record for run in findings.observations]
        findings.feasibility = feasibility.with_check(collisions_of_runs(records))


def _produce(study: Study, every: Sequence[Findings], resources: StudyResources) -> None:
    """Run shifts and other cycle times for the concepts that have at least one good run."""
    file = study.file
    able = [findings for findings in every if findings.good]
    tasks = [
        ProductionTask(
            findings.concept,
            list(study.seeds),
            [run.record for run in findings.good] if file.task.world == "physics" else [],
            file.task.quantity,
            findings.cycle,
            file.cycle,
            file.shift,
            file.task.shifts,
        )
        for findings in able
    ]
    for findings, production in zip(able, resources.all("shifts", tasks), strict=True):
        findings.production = production


def _weigh(study: Study, findings: Findings, today: str) -> None:
    """Work out energy and money from the runs."""
    file, plan = study.file, findings.plan
    assert plan is not None
    if file.energy is not None:
        profiles = [
            power_profile(run.power, plan.arms, plan.grippers, file.energy, run.record.parts_good)
            if run.record.success and run.power is not None
            else None
            for run in findings.observations
        ]
        findings.energy = energy_result(profiles, plan.arms, plan.grippers, file.energy)
    performance = _performance(findings)
    if file.business is not None and performance is not None:
        findings.business = business_case(
            file.business,
            file.incentives,
            performance,
            demand=file.demand.parts_per_year.value,
            arms=[model.id for model in plan.arms.values()],
            grippers=[model.id for model in plan.grippers.values()],
            layout=study.layout_of(findings.concept),
            today=today,
        )
    if file.energy is not None and findings.energy is not None:
        parts, business = file.demand.parts_per_year.value, file.business
        if business is None:
            findings.year = energy_year(findings.energy, file.energy, parts)
        else:
            worked = business.hours
            hours = worked.shifts.value * worked.hours_per_shift.value + worked.unattended.value
            price = business.running.energy_price.value
            findings.year = energy_year(findings.energy, file.energy, parts, hours, price)


def _performance(findings: Findings) -> Performance | None:
    """Return the performance over the shifts; None without shifts, or if no good part was made."""
    shift, energy = findings.production.shift, findings.energy
    if shift is None or energy is None or energy.per_part is None:
        return None
    made = [each.elements for each in shift.shifts]
    rates = [elements.pq / elements.pbt * 3600.0 for elements in made if elements.pbt > 0.0]
    parts, good = sum(elements.pq for elements in made), sum(elements.gq + elements.rq for elements in made)
    if not rates or good == 0:
        return None
    hours = sum(each.length for each in shift.shifts)
    return Performance(
        parts_per_hour=sum(rates) / len(rates),
        scrap=1.0 - good / parts,
        energy_per_part=energy.per_part.value,
        operators=sum(each.people.worked for each in shift.shifts) / hours,
        # One shift shows no spread between shifts.
        spread={"parts_per_hour": (min(rates), max(rates))} if 0.0 < min(rates) < max(rates) else {},
    )


def _depend(study: Study, every: Sequence[Findings], resources: StudyResources) -> list[Dependencies]:
    """Return the dependencies of the preferred concept: the best advice, then the greatest NPV, then the first."""
    config = study.file.dependencies
    able = [findings for findings in every if findings.impossible is None and findings.good]
    if config is None or not able:
        return []
    order, limits = {"go": 0, "pilot": 1, "no-go": 2}, criteria(study.file.criteria)

    def rank(findings: Findings) -> tuple[int, float]:
        npv = findings.headline().npv
        return order[findings.advice(limits).word], math.inf if npv is None else -npv

    chosen = min(able, key=rank)
    business = study.file.business
    prices = {} if business is None else {model: price.value for model, price in business.prices.items()}
    concept, task = chosen.concept, study.file.task
    scenario = study.scenarios[study.layout_of(concept)]
    return [
        assess(
            subject_of(scenario, concept.arm, concept.gripper, concept.speed, task.quantity),
            config,
            prices=prices,
            capex=None if chosen.business is None else chosen.business.capex_total,
            world=task.world,
            runner=lambda tasks: resources.all("dependencies", tasks),
            feasibility=study.file.feasibility,
            concept=concept.id,
        )
    ]
