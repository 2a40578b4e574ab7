"""A sweep: every concept with every seed, and the figures of each concept over its runs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Literal

import numpy as np
from pydantic import Field

from cellkit.study.concepts import Concept
from cellkit.study.frozen_model import FrozenModel
from cellkit.study.proportion import lower_bound
from cellkit.study.runs.job import Observation, StudyJob

CONFIDENCE = 0.95
_FIGURE = re.compile(r"-?\d+(?:\.\d+)?")


class FailureReason(FrozenModel):
    """Runs that failed for the same reason apart from numbers in it; ``what`` is the reason of the first run."""

    what: str
    where: str
    runs: int
    seeds: list[int]


class ConceptRuns(FrozenModel):
    """The runs of one concept. Cycle times (s) and energy are of good runs, all other figures are of all runs."""

    concept: str
    world: str
    path: str
    seeds: list[int]
    runs: int
    good: int
    at_least: float = Field(description="share of good runs that is proven (Clopper and Pearson, one-sided)")
    confidence: float
    impossible: str | None = Field(description="reason why the cell cannot be built with these models, for any seed")
    lost: int = Field(description="runs that did not end by themselves; they count as not good")
    parts_good: int
    parts_total: int
    cycle_mean: float | None
    cycle_p95: float | None = Field(description="95th percentile by linear interpolation, of all cycles")
    cycle_worst: float | None
    worst_error: float | None = Field(description="m: largest distance of a part from its place")
    collisions: int | None
    energy: float | None = Field(description="J a run: positive mechanical work of the joints, no electric energy")
    failures: list[FailureReason] = Field(description="the most frequent first")


def sweep(
    concepts: Iterable[Concept],
    seeds: Sequence[int],
    world: str = "physics",
    quantity: int | None = None,
    path: Literal["direct", "wire"] = "direct",
) -> list[StudyJob]:
    """Return all runs, concept by concept."""
    return [StudyJob(concept, seed, world, quantity, path) for concept in concepts for seed in seeds]


def by_concept(jobs: Sequence[StudyJob], observations: Sequence[Observation]) -> dict[Concept, list[Observation]]:
    """Group the observations by concept, in the order of its jobs."""
    groups: dict[Concept, list[Observation]] = {}
    for job, observation in zip(jobs, observations, strict=True):
        groups.setdefault(job.concept, []).append(observation)
    return groups


def concept_runs(concept: Concept, observations: Sequence[Observation]) -> ConceptRuns:
    """Sum up the runs of one concept, in one world by one path. Raises ``ValueError`` if there are no runs."""
    if not observations:
        raise ValueError(f"{concept.id}: no runs")
    records = [observation.record for observation in observations]
    good = [record for record in records if record.success]
    cycles = [cycle for record in good for cycle in record.cycle_time.list]
    energies = [record.energy for record in good if record.energy is not None]
    errors = [record.max_place_error for record in records if record.max_place_error is not None]
    watched = [record.collisions for record in records if record.collisions is not None]
    reasons = _reasons(observations)
    never = all(observation.unfinished == "impossible" for observation in observations)
    return ConceptRuns(
        concept=concept.id,
        world=records[0].world,
        path=records[0].path,
        seeds=[record.seed for record in records],
        runs=len(records),
        good=len(good),
        at_least=lower_bound(len(good), len(records), CONFIDENCE),
        confidence=CONFIDENCE,
        impossible=reasons[0].what if never else None,
        lost=sum(observation.unfinished == "lost" for observation in observations),
        parts_good=sum(record.parts_good for record in records),
        parts_total=sum(record.parts_total for record in records),
        cycle_mean=float(np.mean(cycles)) if cycles else None,
        cycle_p95=float(np.percentile(cycles, 95)) if cycles else None,
        cycle_worst=max(cycles, default=None),
        worst_error=max(errors, default=None),
        collisions=sum(watched) if watched else None,
        energy=float(np.mean(energies)) if energies else None,
        failures=reasons,
    )


def _reasons(observations: Sequence[Observation]) -> list[FailureReason]:
    """Group failures that are equal apart from numbers, as ``3 of 4 parts good`` and ``2 of 4 parts good``."""
    groups: dict[tuple[str, str], list[Observation]] = {}
    for observation in observations:
        failure = observation.record.failure
        if failure is not None:
            groups.setdefault((_FIGURE.sub("#", failure.what), failure.where), []).append(observation)
    reasons = []
    for alike in sorted(groups.values(), key=len, reverse=True):
        first = alike[0].record.failure
        assert first is not None
        seeds = [observation.record.seed for observation in alike]
        reasons.append(FailureReason(what=first.what, where=first.where, runs=len(alike), seeds=seeds))
    return reasons
