"""A sweep: every concept with every seed, and what the runs of each concept come to together."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from cellkit.study.concepts import Concept
from cellkit.study.proportion import lower_bound
from cellkit.study.runs.job import Observation, StudyJob

CONFIDENCE = 0.95
_FIGURE = re.compile(r"-?\d+(?:\.\d+)?")


class FailureReason(BaseModel):
    """Runs that failed for the same reason, but for the figures in it; ``what`` is that of the first."""

    model_config = ConfigDict(frozen=True)

    what: str
    where: str
    runs: int
    seeds: list[int]


class ConceptRuns(BaseModel):
    """The runs of one concept. Cycle times (s) and energy are those of good runs, all else is of all runs."""

    model_config = ConfigDict(frozen=True)

    concept: str
    world: str
    path: str
    seeds: list[int]
    runs: int
    good: int
    at_least: float = Field(description="share of good runs that is proven (Clopper and Pearson, one-sided)")
    confidence: float
    impossible: str | None = Field(description="why the cell cannot be built with these models, whatever the seed")
    lost: int = Field(description="runs that came to no end of their own; they count as not good")
    parts_good: int
    parts_total: int
    cycle_mean: float | None
    cycle_p95: float | None = Field(description="95th percentile by linear interpolation, of all cycles")
    cycle_worst: float | None
    worst_error: float | None = Field(description="m: the farthest that a part lay from its place")
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
    """All runs, concept by concept."""
    return [StudyJob(concept, seed, world, quantity, path) for concept in concepts for seed in seeds]


def by_concept(jobs: Sequence[StudyJob], observations: Sequence[Observation]) -> dict[Concept, list[Observation]]:
    """The observations of each concept, in the order of its jobs."""
    found: dict[Concept, list[Observation]] = {}
    for job, observation in zip(jobs, observations, strict=True):
        found.setdefault(job.concept, []).append(observation)
    return found


def concept_runs(concept: Concept, observations: Sequence[Observation]) -> ConceptRuns:
    """Those of one concept, in one world by one path. Raises ``ValueError`` when there are none."""
    if not observations:
        raise ValueError(f"{concept.id}: no runs")
    records = [one.record for one in observations]
    good = [record for record in records if record.success]
    cycles = [cycle for record in good for cycle in record.cycle_time.list]
    energies = [record.energy for record in good if record.energy is not None]
    errors = [record.max_place_error for record in records if record.max_place_error is not None]
    watched = [record.collisions for record in records if record.collisions is not None]
    reasons = _reasons(observations)
    never = all(one.unfinished == "impossible" for one in observations)
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
        lost=sum(one.unfinished == "lost" for one in observations),
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
    """Alike but for their figures is the same reason: ``3 of 4 parts good`` and ``2 of 4 parts good``."""
    found: dict[tuple[str, str], list[Observation]] = {}
    for one in observations:
        failure = one.record.failure
        if failure is not None:
            found.setdefault((_FIGURE.sub("#", failure.what), failure.where), []).append(one)
    reasons = []
    for alike in sorted(found.values(), key=len, reverse=True):
        first = alike[0].record.failure
        assert first is not None
        seeds = [one.record.seed for one in alike]
        reasons.append(FailureReason(what=first.what, where=first.where, runs=len(alike), seeds=seeds))
    return reasons
