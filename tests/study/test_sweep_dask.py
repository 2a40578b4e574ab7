"""A sweep of 200 runs on a Dask cluster of two workers, one of which is killed half-way, against the serial one."""

from __future__ import annotations

import asyncio
import time
from contextlib import ExitStack
from itertools import product
from pathlib import Path

import pytest
from dask_rig import Cluster
from distributed import Client

from cellkit.study.concepts import Concept
from cellkit.study.runs import dask_cluster
from cellkit.study.runs.execute import execute_runs
from cellkit.study.runs.job import Observation, StudyJob
from cellkit.study.runs.store import RunStore
from cellkit.study.runs.sweep import by_concept, concept_runs, sweep

SEEDS = range(1, 26)


def jobs() -> list[StudyJob]:
    """Two arms, two grippers, two speeds, 25 seeds."""
    every = [
        Concept("", "pick_and_place", *models)
        for models in product(["ur5e", "crx-10ia"], ["2f-85", "2f-140"], [1.0, 0.5])
    ]
    return sweep(every, SEEDS, world="kinematic", quantity=5)


def timeless(observations: list[Observation]) -> list[Observation]:
    """Without what this machine took."""
    never = {"wall_time": 0.0, "realtime_factor": 0.0}
    return [one.model_copy(update={"record": one.record.model_copy(update=never)}) for one in observations]


@pytest.mark.long
def test_two_hundred_runs_with_a_worker_killed_half_way(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Complete, and equal to the serial sweep: every record, trace hash and activity, and what is made of them."""
    monkeypatch.setattr(dask_cluster, "PATIENCE", 90.0)
    work = jobs()
    assert len(work) == 200
    serial = [job.carry_out() for job in work]
    assert all(one.record.success for one in serial), [one.record.failure for one in serial]

    with ExitStack() as stack, RunStore(tmp_path / "killed.sqlite") as store:
        cluster = Cluster(stack)
        victim, _ = cluster.worker(), cluster.worker()
        seen: list[int] = []

        def told(number: int, _: Observation) -> None:
            seen.append(number)
            if len(seen) == 100:
                victim.kill()

        found = execute_runs(work, store, dask=cluster.address, on_result=told)
        assert victim.wait() < 0
        assert sorted(seen) == list(range(200))
        assert len(store) == 200
    assert timeless(found) == timeless(serial)
    assert len({one.record.trace_sha256 for one in found}) == 200
    rows = [[concept_runs(*row) for row in by_concept(work, those).items()] for those in (found, serial)]
    assert rows[0] == rows[1]
    assert [(row.runs, row.good) for row in rows[0]] == [(25, 25)] * 8

    with RunStore(tmp_path / "killed.sqlite") as store:
        nobody = "tcp://127.0.0.1:9"
        assert execute_runs(work, store, dask=nobody) == found, "all are kept: no cluster is asked"

    took = {workers: measured(workers, serial) for workers in (1, 2)}
    with capsys.disabled():
        times = ", ".join(f"{workers} worker{'s'[: workers - 1]} {wall:.1f} s" for workers, wall in took.items())
        print(f"\n200 runs on a Dask cluster: {times}: {took[1] / took[2]:.2f} times as fast with two workers")


async def warmed(address: str, workers: int) -> None:
    """Every worker has come, and has run something, so that its imports are paid."""
    async with Client(address, asynchronous=True, set_as_default=False, timeout=90) as client:
        await client.wait_for_workers(workers, timeout=90)
        await client.run(jobs()[0].carry_out)


def measured(workers: int, serial: list[Observation]) -> float:
    """Wall time (s) of the sweep on so many workers that have run something already."""
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
