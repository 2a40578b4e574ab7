"""An observer of a run receives all of it and changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from cellkit.cell.build import BuiltCell
from cellkit.scenario.config import read_scenario
from cellkit.scenario.observers import Snapshot
from cellkit.scenario.record import RunRecord
from cellkit.scenario.runner import CommandPath, Run, RunOptions


class Everything:
    """An observer that stores everything."""

    def __init__(self, period: float = 0.013) -> None:
        self.period = period
        self.begun: list[BuiltCell] = []
        self.snapshots: list[Snapshot] = []
        self.events: list[Mapping[str, Any]] = []
        self.ended: list[RunRecord | None] = []

    def begin(self, built: BuiltCell) -> None:
        self.begun.append(built)

    def look(self, snapshot: Snapshot) -> None:
        self.snapshots.append(snapshot)

    def event(self, record: Mapping[str, Any]) -> None:
        self.events.append(record)

    def end(self, record: RunRecord | None) -> None:
        self.ended.append(record)


def watched(name: str, world: str, path: CommandPath, *watchers: Everything, fault: str | None = None) -> RunRecord:
    run = Run(read_scenario(name), RunOptions(world=world, path=path, quantity=1, fault=fault))
    run.observers += watchers
    return run.execute()


@pytest.mark.parametrize(
    ("name", "world", "path"),
    [
        ("pick_and_place", "physics", "direct"),
        ("pick_and_place", "physics", "wire"),
        pytest.param("machine_tending", "kinematic", "wire", marks=pytest.mark.long),
        pytest.param("polishing", "physics", "wire", marks=pytest.mark.long),
        ("palletise", "kinematic", "direct"),
    ],
)
def test_watching_changes_nothing(name: str, world: str, path: CommandPath) -> None:
    one, other = Everything(), Everything(1.0)
    seen, unseen = watched(name, world, path, one, other), watched(name, world, path)
    assert seen.success
    assert seen.trace_sha256 == unseen.trace_sha256
    assert one.ended == [seen]
    times = [snapshot.time for snapshot in one.snapshots]
    assert times == sorted(times)
    assert np.diff(times)[1:-1] == pytest.approx(0.013, abs=1e-6)
    assert times[-1] == seen.simulated_time
    assert len(other.snapshots) < len(one.snapshots) / 20
    assert one.events[0]["what"] == "header"
    assert one.events[-1]["what"] == other.events[-1]["what"]


def test_what_a_snapshot_holds() -> None:
    watcher = Everything(0.1)
    assert watched("machine_tending", "physics", "direct", watcher).success
    names = {drawn.name for drawn in watcher.begun[0].world.drawn()}
    first, last = watcher.snapshots[0], watcher.snapshots[-1]
    assert names <= set(last.places)
    assert set(first.joints) == {"robot"}
    assert {role for role, values in first.measured.items() if "width" in values} == {"fresh", "done"}
    assert {one.measured["mill"]["door"] for one in watcher.snapshots} >= {"OPEN", "CLOSED"}
    assert any(one.measured["panel"]["start_cycle"] for one in watcher.snapshots)
    moved = [name for name in names if not np.allclose(first.places[name], last.places[name], atol=1e-3)]
    assert "blank_1" in moved
    assert last.collisions == 0
    assert np.linalg.norm(last.wrenches["robot"].force) > 5.0  # the load on the flange weighs


def test_a_run_that_fails_is_seen_to_its_end() -> None:
    watcher = Everything()
    record = watched("pick_and_place", "kinematic", "direct", watcher, fault="silent")
    assert watcher.ended == [record]
    assert watcher.snapshots[-1].time == record.simulated_time


def test_a_watcher_that_fails_ends_the_run() -> None:
    class Broken(Everything):
        def look(self, snapshot: Snapshot) -> None:
            if snapshot.time > 1.0:
                raise OSError("no space left")

    broken = Broken()
    with pytest.raises(OSError, match="no space left"):
        watched("pick_and_place", "kinematic", "direct", broken)
    assert broken.ended == [None]
