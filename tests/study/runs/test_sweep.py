"""The figures of a concept over its runs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cellkit.scenario.record import CycleTime, Failure, RunRecord
from cellkit.study.concepts import Concept
from cellkit.study.runs.job import Observation
from cellkit.study.runs.sweep import FailureReason, by_concept, concept_runs, sweep

FAST, SLOW = (Concept("", "pick_and_place", "ur5e", "2f-85", speed) for speed in (1.0, 0.5))


def observed(
    seed: int,
    failure: str | None = None,
    cycles: tuple[float, ...] = (2.0, 4.0),
    error: float | None = 0.001,
    collisions: int | None = 0,
    where: str = "fixture",
) -> Observation:
    record = RunRecord(
        scenario="pick_and_place",
        arm="ur5e",
        gripper="2f-85",
        world="physics",
        path="direct",
        seed=seed,
        success=failure is None,
        parts_good=2 if failure is None else 1,
        parts_total=2,
        cycle_time=CycleTime(mean=None, list=list(cycles)),
        simulated_time=10.0,
        wall_time=1.0,
        realtime_factor=10.0,
        max_place_error=error,
        energy=50.0 if failure is None else 1e6,
        collisions=collisions,
        trace_sha256="0" * 64,
        failure=None if failure is None else Failure(what=failure, when=1.5, where=where),
    )
    return Observation(record=record)


def lost(seed: int) -> Observation:
    (job,) = sweep([FAST], [seed])
    return job.failed("its process died (SIGKILL: is there too little memory?)")


def test_a_sweep_is_every_concept_with_every_seed() -> None:
    jobs = sweep([FAST, SLOW], [1, 2, 3], world="kinematic", quantity=4)
    assert [(job.concept.speed, job.seed) for job in jobs] == [(s, n) for s in (1.0, 0.5) for n in (1, 2, 3)]
    assert jobs[-1].options().override == 0.5
    assert (jobs[-1].options().world, jobs[-1].options().quantity) == ("kinematic", 4)
    found = by_concept(jobs, [observed(job.seed) for job in jobs])
    assert {concept: [one.record.seed for one in of] for concept, of in found.items()} == {
        FAST: [1, 2, 3],
        SLOW: [1, 2, 3],
    }
    with pytest.raises(ValueError, match="shorter"):
        by_concept(jobs, [])


def test_good_runs() -> None:
    row = concept_runs(FAST, [observed(seed, error=seed / 1000) for seed in range(1, 21)])
    assert (row.concept, row.runs, row.good, row.lost, row.impossible) == ("ur5e · 2f-85", 20, 20, 0, None)
    assert row.at_least == pytest.approx(0.05 ** (1 / 20))
    assert (row.cycle_mean, row.cycle_p95, row.cycle_worst) == (3.0, 4.0, 4.0)
    assert (row.parts_good, row.parts_total) == (40, 40)
    assert (row.worst_error, row.collisions, row.energy, row.failures) == (0.02, 0, 50.0, [])


def test_failed_and_lost_runs_count_and_their_cycles_do_not() -> None:
    """Reasons that differ only in numbers are one; the most frequent reason is first."""
    row = concept_runs(
        FAST,
        [
            lost(1),
            observed(2, "1 of 2 parts good, 2 expected", cycles=(90.0,)),
            observed(3),
            observed(4, "0 of 2 parts good, 2 expected", error=0.009),
            observed(5, "2 collisions, 0 allowed", collisions=2, where="world"),
        ],
    )
    assert (row.runs, row.good, row.lost) == (5, 1, 1)
    assert row.at_least == pytest.approx(1 - 0.95 ** (1 / 5))
    assert (row.cycle_mean, row.cycle_worst, row.energy) == (3.0, 4.0, 50.0)
    assert (row.worst_error, row.collisions) == (0.009, 2)
    assert (row.parts_good, row.parts_total) == (5, 8), "the lost run counts no parts"
    died = "its process died (SIGKILL: is there too little memory?)"
    assert row.failures == [
        FailureReason(what="1 of 2 parts good, 2 expected", where="fixture", runs=2, seeds=[2, 4]),
        FailureReason(what=died, where="process", runs=1, seeds=[1]),
        FailureReason(what="2 collisions, 0 allowed", where="world", runs=1, seeds=[5]),
    ]


def test_what_was_not_measured_is_null() -> None:
    row = concept_runs(FAST, [observed(1, "no start", cycles=(), error=None, collisions=None)])
    assert row.cycle_mean is row.cycle_p95 is row.cycle_worst is row.worst_error is row.collisions is row.energy is None
    assert row.at_least == 0.0
    with pytest.raises(ValueError, match="no runs"):
        concept_runs(FAST, [])


def test_an_impossible_concept_has_a_reason() -> None:
    (job,) = sweep([replace(FAST, arm="gp7")], [1])
    record = job.failed("name the plate between them").record
    never = Observation(record=record, unfinished="impossible")
    row = concept_runs(job.concept, [never, never])
    assert (row.impossible, row.good, row.lost, row.at_least) == ("name the plate between them", 0, 0, 0.0)
    assert concept_runs(FAST, [never, observed(2)]).impossible is None
