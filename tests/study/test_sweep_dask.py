"""A sweep of 200 runs on a Dask cluster of two workers, one of which is killed half-way, against the serial one."""

from __future__ import annotations

import asyncio
import time
from contextlib import ExitStack
from itertools import product
from pathlib import Path

import pytest
from dask_rig import Cluster

from cellkit.study.concepts import Concept
from cellkit.study.runs import dask_cluster
from cellkit.study.runs.execute import execute_runs
from cellkit.study.runs.job import Observation, StudyJob
from cellkit.study.runs.store import RunStore
from cellkit.study.runs.sweep import by_concept, concept_runs, sweep

SEEDS = range(1, 26)


def jobs() -> list[StudyJob]:
    """Return the jobs of two arms, two grippers, two speeds and 25 seeds."""
    every = [
        Concept("", "pick_and_place", *models)
        for models in product(["ur5e", "crx-10ia"], ["2f-85", "2f-140"], [1.0, 0.5])
    ]
    return sweep(every, SEEDS, world="kinematic", quantity=5)


def timeless(observations: list[Observation]) -> list[Observation]:
    """Return the observation without the times of this machine."""
    never = {"wall_time": 0.0, "realtime_factor": 0.0}
    return [one.model_copy(update={"record": one.record.model_copy(update=never)}) for one in observations]


@pytest.mark.long
def test_two_hundred_runs_with_a_worker_killed_half_way(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The sweep is complete and equal to the serial one: every record, trace hash, activity and figure."""
    monkeypatch.setattr(dask_cluster, "PATIENCE", 90.0)
    work = jobs()
    assert len(work) == 200
    serial = [job.carry_out() for job in work]
    assert all(one.record.success for one in serial), [one.record.failure for one in serial]

    with ExitStack() as stack, RunStore(tmp_path / "killed.sqlite") as store:
        cluster = Cluster(stack)
        victim, _ = cluster.worker(), cluster.worker()
        seen: list[int] = []

        def on_result(number: int, _: Observation) -> None:
            seen.append(number)
            if len(seen) == 100:
                victim.kill()

        found = execute_runs(work, store, dask=cluster.address, on_result=on_result)
        assert victim.wait() < 0
        assert sorted(seen) == list(range(200))
        assert len(store) == 200
    assert timeless(found) == timeless(serial)
    assert len({one.record.trace_sha256 for one in found}) == 200
    rows = [[concept_runs(*row) for row in by_concept(work, those).items()] for those in (found, serial)]
    assert rows[0] == rows[1]
    assert [(row.runs, row.good) for row in rows[0]] == [(25, 25)] * 8

    with RunStore(tmp_path / "killed.sqlite") as store:
        unused = "tcp://127.0.0.1:9"
        assert execute_runs(work, store, dask=unused) == found, "all are stored: no cluster is needed"

    took = {workers: measured(workers, serial) for workers in (1, 2)}
    with capsys.disabled():
        times = ", ".join(f"{workers} worker{'s'[: workers - 1]} {wall:.1f} s" for workers, wall in took.items())
        print(f"\n200 runs on a Dask cluster: {times}: {took[1] / took[2]:.2f} times as fast with two workers")


async def warmed(address: str, workers: int) -> None:
    """Wait until every worker is connected and has run a job, so that its imports are done."""
    from distributed import Client

    async with Client(address, asynchronous=True, set_as_default=False, timeout=90) as client:
        await client.wait_for_workers(workers, timeout=90)
        await client.run(jobs()[0].carry_out)


def measured(workers: int, serial: list[Observation]) -> float:
    """Return the wall time (s) of the sweep on several workers that have run a job before."""
    with ExitStack() as stack:
        cluster = Cluster(stack)
        for _ in range(workers):
            cluster.worker()
        asyncio.run(warmed(cluster.address, workers))
        start = time.monotonic()
        found = execute_runs(jobs(), dask=cluster.address)
        wall = time.monotonic() - start
    assert timeless(found) == timeless(serial)
    return wall
