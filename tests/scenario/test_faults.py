"""Faults of sensors and grippers: the program fails as expected, and all arms stand still.

The quick tests are in the kinematic world where a scenario allows it, the long ones in physics.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cellkit.errors import ConfigError
from cellkit.scenario.config import read_scenario
from cellkit.scenario.record import RunRecord
from cellkit.scenario.runner import RunOptions, run_scenario

SENSING = ["feeder_pick", "machine_tending", "press_to_force", "shared_workspace"]
HANDS = ["2f-85", "rg2", "wsg-50", "vacuum"]
OF_A_SENSOR = {"silent", "drift", "saturated", "lies"}


QUICK: dict[str, dict[str, Any]] = {
    "feeder_pick": {"world": "kinematic"},
    "machine_tending": {"world": "kinematic", "quantity": 1},
    "press_to_force": {"quantity": 3},
    "shared_workspace": {"world": "kinematic", "quantity": 1},
}


def run(scenario: str, path: Any, fault: str | None = None, **options: Any) -> RunRecord:
    return run_scenario(scenario, RunOptions(path=path, fault=fault, **options))


@pytest.mark.parametrize("scenario", SENSING)
def test_a_sensor_can_fail_in_four_ways(scenario: str) -> None:
    assert set(read_scenario(scenario).file.faults) >= OF_A_SENSOR


def sensing(dear: set[tuple[str, str]], others: list[str]) -> list[Any]:
    """Return every scenario with each of the others; the dear ones, whose runs take seconds, are long."""
    every = [(scenario, other) for scenario in SENSING for other in others]
    return [pytest.param(*row, marks=[pytest.mark.long] if row in dear else []) for row in every]


# The same shows in a shorter run: by wire a failing sensor or a repeated trace, and the slice of the matrix.
DEAR_RUNS = {(name, "wire") for name in SENSING} | {("shared_workspace", "direct")}
QUICK_FAULTS = {
    ("feeder_pick", "drift"),
    *(("machine_tending", fault) for fault in OF_A_SENSOR - {"lies"}),
    ("press_to_force", "saturated"),
    ("shared_workspace", "lies"),
}
DEAR_FAULTS = {(scenario, fault) for scenario in SENSING for fault in OF_A_SENSOR} - QUICK_FAULTS


@pytest.mark.parametrize(("scenario", "path"), sensing(DEAR_RUNS, ["direct", "wire"]))
def test_it_works_as_long_as_nothing_fails(scenario: str, path: str) -> None:
    record = run(scenario, path, **QUICK[scenario])
    assert record.success, record.failure
    assert record.parts_good == record.parts_total > 0
    assert not record.collisions
    assert record.caused is None


@pytest.mark.parametrize(("scenario", "fault"), sensing(DEAR_FAULTS, sorted(OF_A_SENSOR)))
def test_it_fails_in_the_named_way_by_wire(scenario: str, fault: str) -> None:
    record = run(scenario, "wire", fault, **QUICK[scenario])
    assert record.success, record.failure
    assert record.caused is not None
    assert record.parts_good < record.parts_total
    assert not record.collisions


@pytest.mark.long
@pytest.mark.parametrize("seed", [2, 3])
@pytest.mark.parametrize("path", ["direct", "wire"])
@pytest.mark.parametrize("fault", [None, *sorted(OF_A_SENSOR)])
@pytest.mark.parametrize("scenario", SENSING)
def test_other_seeds_and_the_direct_path(scenario: str, fault: str | None, path: str, seed: int) -> None:
    record = run(scenario, path, fault, seed=seed)
    assert record.success, record.failure
    assert record.collisions == 0


@pytest.mark.parametrize(
    "scenario",
    [pytest.param(one, marks=[] if one == "feeder_pick" else [pytest.mark.long]) for one in SENSING],
)
def test_the_trace_by_wire_repeats(scenario: str) -> None:
    first, second = (run(scenario, "wire", **QUICK[scenario] | {"quantity": 1}) for _ in range(2))
    assert first.success, first.failure
    assert first.trace_sha256 == second.trace_sha256


# --- grippers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("gripper", HANDS)
def test_a_part_lost_at_speed_stops_the_arm(gripper: str, tmp_path: Path) -> None:
    trace = tmp_path / "trace.jsonl"
    record = run("pick_and_place", "wire", "lost", gripper=gripper, quantity=2, trace=trace)
    assert record.success, record.failure
    assert record.caused is not None
    assert record.caused.what == "hand: the part was lost"
    events = [json.loads(line) for line in trace.read_text(encoding="utf-8").splitlines()]
    assert any("part_lost" in str(event) and "fails" in str(event) for event in events)
    assert any(event.get("what") == "part_dropped" for event in events), "the world has recorded the fall"


def test_vacuum_that_goes_loses_the_part() -> None:
    record = run("pick_and_place", "wire", "leak", gripper="vacuum", quantity=2)
    assert record.success, record.failure
    assert record.caused is not None
    assert record.caused.what == "hand: the part was lost"


@pytest.mark.parametrize("gripper", [hand for hand in HANDS if hand != "vacuum"])
def test_a_gripper_that_falls_silent(gripper: str) -> None:
    record = run("pick_and_place", "wire", "silent", gripper=gripper, quantity=2)
    assert record.success, record.failure


@pytest.mark.long
@pytest.mark.parametrize("world", ["kinematic", "physics"])
@pytest.mark.parametrize("gripper", HANDS)
def test_the_direct_path_loses_parts_as_well(gripper: str, world: str) -> None:
    for fault in ["lost", "silent", *(["leak"] if gripper == "vacuum" else [])]:
        record = run("pick_and_place", "direct", fault, gripper=gripper, quantity=2, world=world)
        assert record.success, record.failure


# --- impossible faults ------------------------------------------------------------------------------------------------


def test_jaws_have_no_vacuum_to_lose() -> None:
    with pytest.raises(ConfigError, match="2F-85 has no vacuum"):
        run("pick_and_place", "wire", "leak", gripper="2f-85")


def test_what_hangs_on_signals_has_no_line() -> None:
    with pytest.raises(ConfigError, match="hand is connected by signals"):
        run("pick_and_place", "wire", "silent", gripper="vacuum")


def test_a_fault_that_there_is_not() -> None:
    with pytest.raises(ConfigError, match=r"--fault drifts: press_to_force has no such fault.*drift"):
        run("press_to_force", "direct", "drifts")


SCENARIO = """\
schema: cellkit/scenario/1
name: mine
title: Mine
cell: cell.yaml
program: program.py
faults:
  one: {device: %s, kind: %s, expect: {error: %s}}
"""
CELL = """\
schema: cellkit/cell/1
name: mine
title: Mine
devices:
  robot: {kind: arm, model: ur5e}
  hand: {kind: gripper, model: 2f-85, on: robot, adapter: {thickness: 0.01, mass: 0.1}}
  beam: {kind: proximity, pose: {in: robot, xyz: [0.5, 0.0, 0.5]}}
"""


def own(folder: Path, device: str, kind: str, error: str = "ConnectionLost", program: str = "pass") -> RunRecord:
    (folder / "cell.yaml").write_text(CELL, encoding="utf-8")
    (folder / "program.py").write_text(f"import asyncio\n\nasync def main(cell):\n    {program}\n", encoding="utf-8")
    file = folder / "scenario.yaml"
    file.write_text(SCENARIO % (device, kind, error), encoding="utf-8")
    return run(str(file), "direct", "one", world="kinematic")


@pytest.mark.parametrize(
    ("device", "kind", "says"),
    [
        ("bean", "silent", r"scenario.yaml:7.*no device in role 'bean'.*beam"),
        ("robot", "silent", r"scenario.yaml:7.*'robot' cannot have the fault '[a-z_]+'; valid: protective_stop"),
        ("hand", "drift", r"scenario.yaml:7.*'hand' cannot have the fault '[a-z_]+'; valid: silent, part_lost, leak"),
        ("beam", "leak, rate: 5", r"scenario.yaml:7.*'beam' cannot have the fault"),
        ("beam", "part_lost", r"scenario.yaml:7.*'beam' cannot have the fault"),
        ("hand", "leak", r"scenario.yaml:7.*a leak needs a rate above 0"),
        ("beam", "sulks", r"scenario.yaml:7.*kind"),
    ],
)
def test_a_fault_that_does_not_suit_its_device(tmp_path: Path, device: str, kind: str, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        own(tmp_path, device, kind)
    assert caught.match(says)


def test_a_program_that_does_not_notice_fails_the_run(tmp_path: Path) -> None:
    record = own(tmp_path, "beam", "silent")
    assert not record.success
    assert record.failure is not None
    assert record.failure.what == "ConnectionLost was expected, but the program ended without an error"


def test_a_program_that_fails_in_another_way_fails_the_run(tmp_path: Path) -> None:
    record = own(tmp_path, "beam", "silent", "DeviceFault", 'await cell.proximity("beam").wait_for(True, within=0.1)')
    assert not record.success
    assert record.failure is not None
    assert record.failure.what.startswith("DeviceFault was expected, got ConnectionLost")


def test_a_program_that_fails_as_named_but_leaves_the_arm_moving(tmp_path: Path) -> None:
    program = """arm = cell.arm("robot")
    asyncio.ensure_future(arm.move_joint([2.0, -1.0, 1.0, 0.0, 1.0, 0.0], speed=0.05))
    await asyncio.sleep(0.5)
    await cell.proximity("beam").distance()"""
    record = own(tmp_path, "beam", "silent", program=program)
    assert not record.success
    assert record.failure is not None
    assert "robot still moves" in record.failure.what
