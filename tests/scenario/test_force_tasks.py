"""Pegs into holes and plates under a pad: the wrist's sensor is needed for them, and faults end as named."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from cellkit.scenario.config import read_scenario
from cellkit.scenario.record import RunRecord
from cellkit.scenario.runner import RunOptions, run_scenario

TASKS = ["peg_in_hole", "polishing"]
FAULTS = [(task, fault) for task in TASKS for fault in sorted(read_scenario(task).file.faults)]
ARMS = ["ur5e", "crx-10ia", "irb-1200", "kr6-r900", "gp7", "xarm6", "fr3", "tx2-60"]
WIRED = ["ur5e", "crx-10ia", "irb-1200"]
WITHOUT_FEELING = {
    "peg_in_hole": (
        '''
from cellkit.devices import Load
from cellkit.geometry import Pose

async def main(cell):
    """Where it was taught, and straight down."""
    arm, hand, peg = cell.arm("robot"), cell.gripper("hand"), cell.workpiece("peg")
    holder, hole = cell.places("holder")[0], cell.places("hole_wide")[0]
    await hand.release(peg)
    grasp = await arm.nearest(hand.grasp_poses(peg, holder.offset(z=peg.size[2] / 2)))
    await arm.move_pose(grasp.offset(z=-0.1))
    await arm.move_linear(grasp)
    await hand.grip(peg, force=40.0)
    await arm.move_linear(grasp.offset(z=-0.1))
    seated = hole @ holder.inverse("holder") @ grasp
    await arm.move_linear(seated.offset(z=-0.1), speed=0.2)
    await arm.move_linear(seated, speed=0.01)
    await hand.release(peg)
    await arm.move_linear(seated.offset(z=-0.1))
''',
        {"ok": 4, "seeds": range(1, 7)},
    ),
    "polishing": (
        '''
async def main(cell):
    """Where it was taught, as deep as 15 N would be."""
    arm, hand, pad = cell.arm("robot"), cell.gripper("hand"), cell.workpiece("pad")
    holder, plate = cell.places("holder")[0], cell.places("plate_left")[0]
    await hand.release(pad)
    grasp = await arm.nearest(hand.grasp_poses(pad, holder.offset(z=pad.size[2] / 2)))
    await arm.move_pose(grasp.offset(z=-0.1))
    await arm.move_linear(grasp)
    await hand.grip(pad, force=40.0)
    await arm.move_linear(grasp.offset(z=-0.1))
    tool = holder.inverse("holder") @ grasp
    await arm.move_pose(plate.offset(z=0.1) @ tool)
    for y in (-0.014, 0.014):
        await arm.move_linear(plate.offset(-0.014, y, 0.005) @ tool)
        for x in (-0.014, 0.014):
            await arm.move_linear(plate.offset(x, y, -0.003) @ tool, speed=0.02)
        await arm.move_linear(plate.offset(0.014, y, 0.005) @ tool)
''',
        {"ok": 0, "seeds": range(1, 4)},
    ),
}


def run(scenario: str, **options: Any) -> RunRecord:
    return run_scenario(scenario, RunOptions(**options))


@pytest.mark.long  # a slice of the matrix says the same in short
@pytest.mark.parametrize("task", TASKS)
def test_it_works(task: str) -> None:
    record = run(task, quantity=1)
    assert record.success, record.failure
    assert record.parts_good == 1
    assert record.collisions == 0


@pytest.mark.long
@pytest.mark.parametrize("path", ["direct", "wire"])
@pytest.mark.parametrize(("task", "fault"), FAULTS)
def test_every_fault_ends_in_the_named_way(task: str, fault: str, path: Any) -> None:
    record = run(task, fault=fault, path=path)
    assert record.success, record.failure
    assert record.collisions == 0


@pytest.mark.long
@pytest.mark.parametrize("seed", [21, 22])
@pytest.mark.parametrize(("arm", "path"), [*((arm, "direct") for arm in ARMS), *((arm, "wire") for arm in WIRED)])
@pytest.mark.parametrize("task", TASKS)
def test_it_works_on_other_arms(task: str, arm: str, path: Any, seed: int) -> None:
    record = run(task, arm=arm, path=path, seed=seed)
    assert record.success, record.failure
    assert record.collisions == 0


@pytest.mark.long
@pytest.mark.parametrize("task", TASKS)
def test_a_program_that_feels_nothing_fails(task: str, tmp_path: Path) -> None:
    """Sometimes a peg meets its hole by chance, but not always."""
    program, expected = WITHOUT_FEELING[task]
    source = read_scenario(task)
    folder = tmp_path / task
    shutil.copytree(source.document.file.parent, folder)
    (folder / "program.py").write_text(program, encoding="utf-8")
    good = sum(run(str(folder), quantity=1, seed=seed).parts_good for seed in expected["seeds"])
    assert good <= expected["ok"], f"{good} of {len(expected['seeds'])} good"
