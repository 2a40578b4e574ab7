"""Faults of the process, and programs that recover: which ends count as the named outcome."""

from __future__ import annotations

from pathlib import Path

import pytest

from cellkit.errors import ConfigError
from cellkit.scenario.config import read_scenario
from cellkit.scenario.record import RunRecord
from cellkit.scenario.runner import Run, RunOptions

CELL = """
schema: cellkit/cell/1
name: test
devices:
  robot: {kind: arm, model: ur5e}
  hand: {kind: gripper, model: 2f-85, on: robot, adapter: {thickness: 0.01, mass: 0.1}}
  station: {kind: digital_io, inputs: [ready], outputs: [done]}
frames:
  tray: {in: robot, xyz: ["0.5 reach", 0, 0.1]}
  fixture: {in: robot, xyz: ["0.5 reach", "0.4 reach", 0.1]}
workpieces:
  part: {size: [0.04, 0.05, 0.05], mass: 0.1}
places:
  tray: {in: tray}
  fixture: {in: tray, rows: 3}
structures:
  tray: {in: tray, shapes: [{box: [0.1, 0.5, 0.06], xyz: [0, 0, -0.03]}]}
"""
PROCESS = """
process: {kind: tray_exchange, workpiece: part, tray: fixture, fixture: fixture, io: station, ready: ready, done: done}
quantity: 3
tolerances: {position: 0.003, height: 0.002, angle_deg: 5}
"""


def run(folder: Path, program: str, expect: str, fault: str = "part_missing") -> RunRecord:
    (folder / "cell.yaml").write_text(CELL, encoding="utf-8")
    (folder / "program.py").write_text(
        f"from asyncio import sleep\nfrom cellkit.errors import TaskFailed\nasync def main(cell):\n    {program}\n",
        encoding="utf-8",
    )
    file = folder / "scenario.yaml"
    file.write_text(
        "schema: cellkit/scenario/1\nname: test\ntitle: Test\ncell: cell.yaml\nprogram: program.py\n"
        f"{PROCESS}faults:\n  it: {{process: {fault}, at: 0.5, expect: {expect}}}\n",
        encoding="utf-8",
    )
    return Run(read_scenario(str(file)), RunOptions(world="kinematic", fault="it")).execute()


NOTED = "await sleep(1); cell.note('one part was missing: went on without it')"


def test_the_named_recovery(tmp_path: Path) -> None:
    """The parts lie in their nests already; one of three is taken away."""
    record = run(tmp_path, NOTED, "{recovery: went on without, parts_good: 2}")
    assert record.success, record.failure
    assert (record.parts_good, record.parts_total) == (2, 3)


@pytest.mark.parametrize(
    ("program", "expect", "why"),
    [
        (NOTED, "{recovery: went on without, parts_good: 3}", "2 of 3 parts good, 3 expected after the recovery"),
        (NOTED, "{recovery: went on without}", "2 of 3 parts good, 3 expected after the recovery"),
        (NOTED, "{recovery: tried again, parts_good: 2}", "a note with 'tried again' was expected, but"),
        ("await sleep(1)", "{recovery: went on, parts_good: 2}", "but the program noted nothing"),
        (
            "raise TaskFailed('no')",
            "{recovery: went on, parts_good: 2}",
            "was to recover, but ended with TaskFailed: no",
        ),
        (NOTED, "{error: TaskFailed}", "TaskFailed was expected, but the program ended without an error"),
    ],
)
def test_other_ends_are_none(tmp_path: Path, program: str, expect: str, why: str) -> None:
    record = run(tmp_path, program, expect)
    assert not record.success
    assert record.failure is not None
    assert why in record.failure.what


def test_what_is_left_moving_is_no_recovery(tmp_path: Path) -> None:
    going = "import asyncio; arm = cell.arm('robot'); q = arm.home.copy(); q[0] += 2"
    program = f"{going}; global t; t = asyncio.ensure_future(arm.move_joint(q, speed=0.1)); {NOTED}"
    record = run(tmp_path, program, "{recovery: went on without, parts_good: 2}")
    assert record.failure is not None
    assert "still moves" in record.failure.what


def test_a_fault_that_the_process_has_not(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError, match=r"scenario\.yaml:\d+: the process has no fault 'part_gone'; did you mean part_m"
    ):
        run(tmp_path, NOTED, "{error: TaskFailed}", "part_gone")


def test_either_a_device_or_the_process(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="either a device and the kind of its fault, or a fault of the process"):
        run(tmp_path, NOTED, "{error: TaskFailed}", "part_missing, device: hand, kind: silent")
