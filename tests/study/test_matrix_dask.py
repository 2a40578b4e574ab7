"""The matrix on a Dask cluster of separate processes: the same results, and a dead worker costs only its own runs."""

from __future__ import annotations

import gc
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from dask_rig import Cluster, cluster_ready, free_port
from matrix_rig import HOME, planned, report_of, scenario

from cellkit.errors import ConfigError
from cellkit.study.runs import dask_cluster
from cellkit.study.runs.dask_cluster import run_on_dask
from cellkit.study.runs.local import run_locally

DIES = "import os, signal\nasync def main(cell):\n    os.kill(os.getpid(), signal.SIGKILL)\n"


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    with ExitStack() as stack:
        yield Cluster(stack)


def ignore_result(*_: object) -> None:
    """Ignore the result."""


def test_without_a_scheduler(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from distributed import Client  # imported by the only test process that needs it: it takes a second

    monkeypatch.setattr(dask_cluster, "PATIENCE", 0.3)
    jobs = planned(scenario(tmp_path / "job", HOME)).jobs()
    address = f"tcp://127.0.0.1:{free_port()}"
    with pytest.raises(ConfigError, match=f"--dask {address}: no scheduler answers at this address"):
        run_on_dask(jobs, address, ignore_result)
    for wrong in ("nonsense", "ftp://127.0.0.1:1", "127.0.0.1:x", ""):
        with pytest.raises(ConfigError, match="--dask"):
            run_on_dask(jobs, wrong, ignore_result)
    half_made = [one for one in gc.get_objects() if type(one) is Client and one.status != "closed"]
    assert half_made == [], "the garbage collector may end such clients in a thread that then waits for itself"


def test_without_dask(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ConfigError, match=r"pip install 'cellkit-robotics\[dask\]'"):
        run_on_dask(planned(scenario(tmp_path / "job", HOME)).jobs(), "tcp://127.0.0.1:1", ignore_result)


@pytest.mark.long
def test_a_scheduler_without_workers(cluster: Cluster, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    jobs = planned(scenario(tmp_path / "job", HOME)).jobs()
    monkeypatch.setattr(dask_cluster, "PATIENCE", 30.0)
    with cluster_ready(cluster), pytest.raises(ConfigError, match="the scheduler has no worker"):
        run_on_dask(jobs, cluster.address, ignore_result)


@pytest.mark.long
def test_the_same_results_and_a_killed_worker_costs_nothing(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Kill one of two workers during its run; the run goes to the other worker."""
    monkeypatch.setattr(dask_cluster, "PATIENCE", 90.0)
    victim, _ = cluster.worker(), cluster.worker(threads=2)
    plan = planned("pick_and_place", arms="crx-10ia,gp7", paths="direct,wire", seeds=4, quantity=2)
    jobs = plan.jobs()
    seen: list[int] = []

    def on_result(number: int, _: object) -> None:
        seen.append(number)
        if len(seen) == 4:
            victim.kill()

    there = run_on_dask(jobs, cluster.address, on_result)
    assert victim.poll() is not None
    assert sorted(seen) == list(range(len(jobs)))
    assert all(one.record.success for one in there), [one.record.failure for one in there]
    here = run_locally(jobs, 2, ignore_result)
    assert [one.record.trace_sha256 for one in there] == [one.record.trace_sha256 for one in here]
    assert [program.lines_changed for program in report_of(plan, there).programs] == [0]


@pytest.mark.long
def test_a_run_that_kills_its_workers_is_recorded_and_so_is_the_want_of_workers(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The run kills two workers (``allowed-failures`` is 1 here); a third one completes the others."""
    monkeypatch.setattr(dask_cluster, "PATIENCE", 90.0)
    monkeypatch.setattr(dask_cluster, "_MAX_CHECKS", 5)
    workers = [cluster.worker() for _ in range(3)]
    plan = planned(scenario(tmp_path / "killer", DIES, "killer"), scenario(tmp_path / "job", HOME), seeds=1)
    failures = [one.record.failure for one in run_on_dask(plan.jobs(), cluster.address, ignore_result)]
    assert failures[0] is not None
    assert failures[0].what.startswith("its process died")
    assert failures[1] is None
    for _ in range(300):  # the scheduler notices a closed connection before the process has ended
        if sum(worker.poll() is None for worker in workers) == 1:
            break
        time.sleep(0.1)
    assert sum(worker.poll() is None for worker in workers) == 1
    for worker in workers:
        worker.kill()
    cluster.worker()
    lonely = planned(scenario(tmp_path / "again", DIES, "killer"), seeds=2)
    whys = [one.record.failure.what for one in run_on_dask(lonely.jobs(), cluster.address, ignore_result)]  # type: ignore[union-attr]
    assert whys == ["no Dask worker was left"] * 2


@pytest.mark.long
def test_a_scheduler_that_dies(cluster: Cluster, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(dask_cluster, "PATIENCE", 90.0)
    monkeypatch.setattr(dask_cluster, "_MAX_CHECKS", 5)
    cluster.worker()
    plan = planned("pick_and_place", seeds=30)

    def on_result(number: int, _: object) -> None:
        if number == 0:
            cluster.scheduler.send_signal(signal.SIGKILL)

    outcomes = run_on_dask(plan.jobs(), cluster.address, on_result)
    assert outcomes[0].record.success
    assert {one.record.failure.what for one in outcomes if one.record.failure is not None} <= {
        "the Dask scheduler was lost",
        "no Dask worker was left",
    }
    assert not outcomes[-1].record.success
