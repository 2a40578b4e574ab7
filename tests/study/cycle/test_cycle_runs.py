"""Cycles of real runs: lines sum to the cycle, and changes show in their own line."""

from __future__ import annotations

import math
import shutil
from pathlib import Path
from typing import Any

import pytest

from cellkit.scenario.config import read_scenario
from cellkit.scenario.record import RunRecord
from cellkit.scenario.runner import Run, RunOptions
from cellkit.study.cycle.activity import Activity, activities
from cellkit.study.cycle.faster_gripper import with_faster_grippers
from cellkit.study.cycle.table import CycleTable, cycle_table


def carried_out(name: str, **options: Any) -> tuple[RunRecord, list[Activity]]:
    events: list[dict[str, Any]] = []
    run = Run(read_scenario(name), RunOptions(**{"world": "kinematic", **options}))
    run.on_record = events.append
    record = run.execute()
    assert record.success, record.failure
    return record, activities(events)


def table_of(name: str, **options: Any) -> CycleTable:
    return cycle_table([carried_out(name, **options)[1]])


def sums(table: CycleTable) -> None:
    assert math.fsum(line.mean for line in table.lines) == pytest.approx(table.simulated, abs=1e-9)


@pytest.mark.parametrize(
    ("name", "quantity", "lines"),
    [
        ("pick_and_place", 3, {"free", "carrying", "gripper"}),
        ("machine_tending", 2, {"free", "carrying", "gripper", "machine", "handshake"}),
        ("palletise", 3, {"free", "carrying", "gripper"}),
        ("conveyor_pick", 3, {"free", "carrying", "gripper", "vision", "handshake", "dwell"}),
        pytest.param("shared_workspace", None, {"free", "carrying", "gripper", "slow_down"}, marks=pytest.mark.long),
    ],
)
def test_the_lines_sum_to_the_cycle_of_the_record(name: str, quantity: int | None, lines: set[str]) -> None:
    record, done = carried_out(name, quantity=quantity)
    cycles = [one.duration for one in done if one.kind == "cycle"]
    assert cycles == pytest.approx(record.cycle_time.list, abs=1e-12)
    for counted in (True, False):
        table = cycle_table([done], ramp_in_counted=counted)
        part = record.cycle_time.list if counted else record.cycle_time.list[1:]
        assert table.simulated == pytest.approx(sum(part) / len(part), abs=1e-9)
        sums(table)
    assert {line.line for line in cycle_table([done], ramp_in_counted=True).lines} == lines


def test_a_slower_gripper_shows_in_the_gripper_line_alone(tmp_path: Path) -> None:
    usual = table_of("pick_and_place", quantity=3)
    scenario = read_scenario("pick_and_place")
    slow = table_of("pick_and_place", quantity=3, gripper=with_faster_grippers(scenario, None, None, 0.25, tmp_path))
    assert slow.line("gripper") > 2.5 * usual.line("gripper")
    for line in ("free", "carrying"):
        assert slow.line(line) == pytest.approx(usual.line(line), abs=1e-9)
    assert slow.simulated - usual.simulated == pytest.approx(slow.line("gripper") - usual.line("gripper"), abs=1e-9)


def test_half_the_speed_shows_as_slow_down() -> None:
    full = table_of("pick_and_place", quantity=3)
    half = table_of("pick_and_place", quantity=3, override=0.5)
    moving = full.line("free") + full.line("carrying")
    assert half.line("slow_down") == pytest.approx(moving, rel=1e-6), "each motion takes twice its time"
    for line in ("free", "carrying", "gripper"):
        assert half.line(line) == pytest.approx(full.line(line), rel=1e-6)
    assert half.simulated == pytest.approx(full.simulated + moving, rel=1e-6)
    sums(half)


def tending(tmp_path: Path, cycle_time: float) -> str:
    """Copy the shipped cell with a machine that takes ``cycle_time`` s."""
    folder = tmp_path / "tending"
    shutil.copytree(read_scenario("machine_tending").document.file.parent, folder)
    cell = folder / "cell.yaml"
    text = cell.read_text()
    assert text.count("cycle_time: 4.0") == 1
    cell.write_text(text.replace("cycle_time: 4.0", f"cycle_time: {cycle_time}"))
    return str(folder)


def test_a_slow_machine_is_the_bottleneck_and_hides_the_arms_work(tmp_path: Path) -> None:
    usual = table_of("machine_tending", quantity=4)
    slow = table_of(tending(tmp_path, 60.0), quantity=4)
    assert usual.bottleneck.device == "robot"
    assert (slow.bottleneck.line, slow.bottleneck.device) == ("machine", "mill")
    assert slow.line("machine") == pytest.approx(2 * 60.0), "both sides of each part"
    assert slow.line("carrying") < usual.line("carrying"), "the arm has time while the machine works"
    busy = {one.device: one.busy for one in slow.devices}
    assert busy["mill"] == pytest.approx(120.0)
    assert busy["robot"] == pytest.approx(next(one.busy for one in usual.devices if one.device == "robot"), rel=1e-6)
    sums(slow)


def test_equal_runs_have_equal_activities() -> None:
    assert carried_out("machine_tending", quantity=2)[1] == carried_out("machine_tending", quantity=2)[1]


@pytest.mark.long
@pytest.mark.parametrize(("name", "quantity"), [("pick_and_place", 3), ("machine_tending", 2)])
def test_the_wire_path_has_the_same_lines(name: str, quantity: int) -> None:
    """Through the vendors' protocols everything takes a little longer; time on the wire is dwell."""
    direct, wire = table_of(name, quantity=quantity), table_of(name, quantity=quantity, path="wire")
    assert {one.line for one in wire.lines} - {one.line for one in direct.lines} <= {"dwell"}
    for line in ("free", "carrying", "machine", "handshake"):
        assert wire.line(line) == pytest.approx(direct.line(line), rel=0.05, abs=0.1)
    assert wire.line("dwell") < 0.01 * wire.simulated
    sums(wire)


@pytest.mark.long
def test_two_arms_share_one_critical_path() -> None:
    table = table_of("dual_arm_handover", quantity=3, world="physics")
    sums(table)
    assert math.fsum(one.critical for one in table.devices) == pytest.approx(table.simulated - table.line("dwell"))
    assert sum(one.busy for one in table.devices if one.device in ("giver", "taker")) > table.simulated, "side by side"
