"""Conducts a study: everything is run, and comes to one result. What a run shows is never written here by hand."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
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
from cellkit.study.dependencies.assess import dependencies
from cellkit.study.dependencies.result import Dependencies
from cellkit.study.energy.profile import PowerProfile, power_profile
from cellkit.study.energy.result import energy_result, energy_year
from cellkit.study.feasibility.collisions import collisions_of_runs
from cellkit.study.findings import Findings
from cellkit.study.result import StudyResult
from cellkit.study.runs.execute import execute_runs
from cellkit.study.runs.job import Observation
from cellkit.study.runs.local import run_locally
from cellkit.study.runs.store import RunStore
from cellkit.study.runs.sweep import concept_runs
from cellkit.study.runs.task import Task, imports_of, in_words
from cellkit.study.study_file import Study

ResultT = TypeVar("ResultT")
Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is."""


@dataclass(frozen=True)
class StudyResources:
    """What a study is conducted with: where finished runs are kept, and who works, ``places`` processes or ``dask``."""

    store: RunStore | None = None
    places: int = 1
    dask: str | None = None
    progress: Progress = lambda what, done, total: None

    def all(self, what: str, tasks: Sequence[Task[ResultT]]) -> list[ResultT]:
        """All results, in the order of ``tasks``."""
        done = 0

        def told(number: int, result: ResultT) -> None:
            nonlocal done
            done += 1
            self.progress(what, done, len(tasks))

        if self.dask is None:
            return run_locally(tasks, self.places, told)
        from cellkit.study.runs.dask_cluster import run_on_dask

        return run_on_dask(tasks, self.dask, told)


def run_study(study: Study, means: StudyResources, today: str, command: str) -> StudyResult:
    """Run the whole study. ``today`` (as 2026-11-27) is held against dates; ``command`` gets the same figures again.

    Raises ``ConfigError`` for what is wrong in itself, and ``KeyboardInterrupt`` once all processes are ended; what was
    finished until then is in the store.
    """
    every = [_planned(study, concept) for concept in study.concepts]
    planned = [one for one in every if one.impossible is None]
    _run(study, planned, means)
    _check(study, planned, means)
    built = [one for one in planned if one.impossible is None]
    _produce(study, built, means)
    for one in built:
        _weigh(study, one, today)
    return build_result(study, every, _depend(study, every, means), command)


def _planned(study: Study, concept: Concept) -> Findings:
    """A cell that cannot be built is no error of the study: it is what was found out about this concept."""
    found = Findings(concept)
    scenario = study.scenarios[study.layout_of(concept)]
    try:
        with imports_of(scenario):
            found.plan = Run(scenario, study.job(concept, 1).options()).plan
    except CellkitError as error:
        found.impossible = in_words(error)
    return found


def _run(study: Study, every: Sequence[Findings], means: StudyResources) -> None:
    """All runs of all concepts; a cell that turns out to be impossible only when it is built is so from here on."""
    jobs = [study.job(one.concept, seed) for one in every for seed in study.seeds]
    done = 0

    def told(number: int, observation: Observation) -> None:
        nonlocal done
        done += 1
        means.progress("runs", done, len(jobs))

    observations = execute_runs(jobs, means.store, means.places, means.dask, told)
    each = len(study.seeds)
    for number, one in enumerate(every):
        one.observations = observations[number * each : (number + 1) * each]
        runs = concept_runs(one.concept, one.observations)
        one.impossible = runs.impossible
        if one.impossible is not None:
            continue
        one.runs = runs
        if study.file.cycle is not None and any(run.activities for run in one.good):
            takt = study.file.demand.takt
            one.cycle = cycle_table(
                [run.activities for run in one.good], study.file.cycle, None if takt is None else takt.value
            )


def _check(study: Study, every: Sequence[Findings], means: StudyResources) -> None:
    config = study.file.feasibility
    if config is None:
        return
    tasks = [FeasibilityTask(one.concept, config, study.file.task.quantity) for one in every]
    for one, found in zip(every, means.all("feasibility", tasks), strict=True):
        if isinstance(found, str):
            one.impossible = one.impossible or found
            continue
        feasibility, one.reach_map = found
        records = [run.record for run in one.observations]
        one.feasibility = feasibility.with_check(collisions_of_runs(records))


def _produce(study: Study, every: Sequence[Findings], means: StudyResources) -> None:
    """Shifts and other cycle times of those that have made a part at all."""
    file = study.file
    able = [one for one in every if one.good]
    tasks = [
        ProductionTask(
            one.concept,
            list(study.seeds),
            [run.record for run in one.good] if file.task.world == "physics" else [],
            file.task.quantity,
            one.cycle,
            file.cycle,
            file.shift,
            file.task.shifts,
        )
        for one in able
    ]
    for one, found in zip(able, means.all("shifts", tasks), strict=True):
        one.production = found


def _weigh(study: Study, one: Findings, today: str) -> None:
    """Energy and money, from what was run."""
    file, plan = study.file, one.plan
    assert plan is not None
    if file.energy is not None:
        profiles: list[PowerProfile | None] = []
        for run in one.observations:
            usable = run.record.success and run.power is not None
            profiles.append(
                power_profile(run.power, plan.arms, plan.grippers, file.energy, run.record.parts_good)
                if usable and run.power is not None
                else None
            )
        one.energy = energy_result(profiles, plan.arms, plan.grippers, file.energy)
    performance = _performance(one)
    if file.business is not None and performance is not None:
        one.business = business_case(
            file.business,
            file.incentives,
            performance,
            demand=file.demand.parts_per_year.value,
            arms=[model.id for model in plan.arms.values()],
            grippers=[model.id for model in plan.grippers.values()],
            layout=study.layout_of(one.concept),
            today=today,
        )
    if file.energy is not None and one.energy is not None:
        parts, business = file.demand.parts_per_year.value, file.business
        if business is None:
            one.year = energy_year(one.energy, file.energy, parts)
        else:
            worked = business.hours
            hours = worked.shifts.value * worked.hours_per_shift.value + worked.unattended.value
            one.year = energy_year(one.energy, file.energy, parts, hours, business.running.energy_price.value)


def _performance(one: Findings) -> Performance | None:
    """What the shifts came to; None where nothing good was made, or there is no shift."""
    shift = one.production.shift
    if shift is None or one.energy is None or one.energy.per_part is None:
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
        energy_per_part=one.energy.per_part.value,
        operators=sum(each.people.worked for each in shift.shifts) / hours,
        # One shift says nothing of how much shifts differ.
        spread={"parts_per_hour": (min(rates), max(rates))} if 0.0 < min(rates) < max(rates) else {},
    )


def _depend(study: Study, every: Sequence[Findings], means: StudyResources) -> list[Dependencies]:
    """Those of the concept that the study would choose: the best advice, then the greatest NPV, then the first."""
    config = study.file.dependencies
    able = [one for one in every if one.impossible is None and one.good]
    if config is None or not able:
        return []
    order, limits = {"go": 0, "pilot": 1, "no-go": 2}, criteria(study.file.criteria)

    def rank(one: Findings) -> tuple[int, float]:
        npv = one.headline().npv
        return order[one.advice(limits).word], math.inf if npv is None else -npv

    chosen = min(able, key=rank)
    business = study.file.business
    prices = {} if business is None else {model: price.value for model, price in business.prices.items()}
    return [
        dependencies(
            study.scenarios[study.layout_of(chosen.concept)],
            chosen.concept,
            config,
            prices=prices,
            capex=None if chosen.business is None else chosen.business.capex_total,
            quantity=study.file.task.quantity,
            world=study.file.task.world,
            runner=lambda tasks: means.all("dependencies", tasks),
            feasibility=study.file.feasibility,
        )
    ]
