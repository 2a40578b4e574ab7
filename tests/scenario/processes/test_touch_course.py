"""Marks to be visited in turn, at rest, turned as they lie, along the line or high enough; else no visit counts."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from cellkit import registry
from cellkit.scenario.config import read_scenario
from cellkit.scenario.record import RunRecord
from cellkit.scenario.runner import Run, RunOptions

PROGRAM = """
import math
from cellkit.devices import Waypoint
from cellkit.geometry import Pose

async def main(cell):
    arm, vision = cell.arm("robot"), cell.locator("vision")
    await arm.move_joint(arm.home)
    turn, height = {turn}, {height}
    goals = [s.pose @ Pose.from_rpy((0, 0, height), (math.pi, 0, turn)) for s in await vision.locate("mark")]
    {rest}
"""
EACH = "for goal in goals: await arm.move_pose(goal)"


def run(folder: Path, exercise: str, rest: str, turn: float = 0.0, height: float = 0.05) -> RunRecord:
    source = registry.exercise_files()[exercise].parent
    for name in ("scenario.yaml", "cell.yaml"):
        shutil.copy(source / name, folder / name)
    text = PROGRAM.format(rest=rest, turn=turn, height=height)
    (folder / "starter.py").write_text(text, encoding="utf-8")
    return Run(read_scenario(str(folder / "scenario.yaml")), RunOptions(world="kinematic")).execute()


def test_each_mark_in_turn(tmp_path: Path) -> None:
    record = run(tmp_path, "frames", EACH)
    assert record.success, record.failure
    assert record.parts_good == 4


@pytest.mark.parametrize(
    ("rest", "turn", "height"),
    [
        ("for goal in reversed(goals): await arm.move_pose(goal)", 0.0, 0.05),
        ("await arm.move_path([Waypoint(goal, 0.02) for goal in goals])", 0.0, 0.05),
        (EACH, 0.1, 0.05),
        (EACH, 0.0, 0.055),
        ("pass", 0.0, 0.05),
    ],
    ids=["in another order", "without a rest", "turned", "too high", "not at all"],
)
def test_what_is_no_visit(tmp_path: Path, rest: str, turn: float, height: float) -> None:
    record = run(tmp_path, "frames", rest, turn, height)
    assert not record.success
    assert record.parts_good < 4


def test_half_a_turn_more_is_as_good(tmp_path: Path) -> None:
    assert run(tmp_path, "frames", EACH, turn=3.14159265).success


def test_the_line_has_to_be_kept_to(tmp_path: Path) -> None:
    straight = "await arm.move_pose(goals[0])\n    for g in (goals * 2)[1:]: await arm.move_linear(g)"
    assert run(tmp_path, "straight_lines", straight).success
    record = run(tmp_path, "straight_lines", "for goal in goals * 2: await arm.move_pose(goal)")
    assert record.failure is not None
    assert "from the straight line (allowed 4 mm)" in record.failure.what


def test_the_way_has_to_be_high_enough(tmp_path: Path) -> None:
    hops = """await arm.move_pose(goals[0])
    for n in range(1, 12):
        up, over = goals[(n - 1) % 2].offset(z=-LIFT), goals[n % 2].offset(z=-LIFT)
        await arm.move_path([Waypoint(up, 0.01), Waypoint(over, 0.01), Waypoint(goals[n % 2])])"""
    assert run(tmp_path, "short_cycle", hops.replace("LIFT", "0.030")).success
    record = run(tmp_path, "short_cycle", hops.replace("LIFT", "0.020"))
    assert record.failure is not None
    assert "mm high between the marks (25 mm asked for)" in record.failure.what
