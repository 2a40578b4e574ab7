"""Reported numbers are compared with the true values, which are not revealed."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from cellkit.errors import ConfigError
from cellkit.models.load import load_arm
from cellkit.motion.kinematics import ArmKinematics
from cellkit.scenario.config import read_scenario
from cellkit.scenario.processes.tracking import pose_accuracy, pose_repeatability
from cellkit.scenario.record import RunRecord
from cellkit.scenario.runner import Run, RunOptions
from cellkit.study.iso9283 import pose_figures

CELL = """\
schema: cellkit/cell/1
name: lab
devices:
  robot: {kind: arm, model: ur5e}
  vision: {kind: camera, pose: {in: table, xyz: [0, 0, 1.0], rpy_deg: [180, 0, 0]}, finds: [part]}
  tracker:
    kind: analog_io
    inputs:
      x: {terminal: 0, low: -5.0, high: 5.0, unit: m}
      y: {terminal: 1, low: -5.0, high: 5.0, unit: m}
      z: {terminal: 2, low: -5.0, high: 5.0, unit: m}
frames:
  table: {in: robot, xyz: ["0.5 reach", 0, 0.1], rpy_deg: [0, 0, 30]}
  there: {in: robot, xyz: ["0.5 reach", 0, "0.4 reach"], rpy_deg: [180, 0, 0]}
workpieces:
  part: {size: [0.04, 0.05, 0.05], mass: 0.2}
places:
  table: {in: table}
  pose: {in: there}
"""
SCENARIO = """\
schema: cellkit/scenario/1
name: lab
title: Numbers
cell: cell.yaml
program: program.py
quantity: COUNT
process:
  kind: answers
  PROCESS
"""
TRACKER = "tracker: {robot: robot, io: tracker, x: x, y: y, z: z"
PIVOT = """
import asyncio
import numpy as np
from cellkit.geometry import Pose

async def main(cell):
    arm, tracker = cell.arm("robot"), cell.analog_io("tracker")
    rows, right = [], []
    for turn in ((0, 0, 0), (0.4, 0, 0), (0, 0.4, 0), (-0.3, 0.3, 0.5)):
        await arm.move_joint(arm.home)
        await arm.move_pose(Pose.from_rpy((0, 0, 0), turn, "tcp"))
        await asyncio.sleep(0.3)
        flange = (await arm.state()).tcp
        seen = np.array([await tracker.read(axis) for axis in "xyz"])
        rows.append(np.hstack([flange.rotation, -np.eye(3)]))
        right.append(seen - flange.position)
    found = np.linalg.lstsq(np.vstack(rows), np.hstack(right), rcond=None)[0]
    for axis, value in zip("xyz", found):
        cell.report(f"tcp_{axis}", value)
"""
ISO = """
import asyncio
import numpy as np

async def main(cell):
    arm, tracker, goal = cell.arm("robot"), cell.analog_io("tracker"), cell.places("pose")[0]
    seen = []
    for _ in range(12):
        await arm.move_pose(goal.offset(z=-0.1))
        await arm.move_linear(goal)
        await asyncio.sleep(0.3)
        seen.append([await tracker.read(axis) for axis in "xyz"])
    middle = np.mean(seen, axis=0)
    far = np.linalg.norm(seen - middle, axis=1)
    cell.report("ap", np.linalg.norm(middle - goal.position))
    cell.report("rp", far.mean() + 3 * far.std(ddof=1))
"""


def ran(folder: Path, program: str, process: str, count: int, seed: int = 1) -> RunRecord:
    (folder / "cell.yaml").write_text(CELL, encoding="utf-8")
    (folder / "program.py").write_text(program, encoding="utf-8")
    text = SCENARIO.replace("COUNT", str(count)).replace("PROCESS", process)
    (folder / "scenario.yaml").write_text(text, encoding="utf-8")
    scenario = read_scenario(str(folder / "scenario.yaml"))
    return Run(scenario, RunOptions(world="kinematic", seed=seed)).execute()


def test_a_tool_is_found_by_pivoting(tmp_path: Path) -> None:
    tracker = f"{TRACKER}, target: [0, 0, 0.15], target_jitter: 0.03, origin_jitter: 0.5, noise: 0.00002}}"
    answers = "answers: {" + ", ".join(f"tcp_{axis}: {{target: {axis}, tolerance: 0.0005}}" for axis in "xyz") + "}"
    process = f"{tracker}\n  {answers}"
    for seed in (1, 2):
        record = ran(tmp_path, PIVOT, process, 3, seed)
        assert record.success, record.failure
    by_heart = 'async def main(cell):\n    for a, v in zip("xyz", (0, 0, 0.15)): cell.report(f"tcp_{a}", v)\n'
    record = ran(tmp_path, by_heart, process, 3)
    assert not record.success
    assert record.failure is not None
    assert "is wrong (allowed are 0.0005 either way)" in record.failure.what


def test_an_inaccurate_arm_is_measured(tmp_path: Path) -> None:
    tracker = f"{TRACKER}, bias: 0.0008, scatter: 0.0001}}"
    figures = {"ap": "accuracy", "rp": "repeatability"}
    answers = ", ".join(
        f"{key}: {{figure: {{of: {of}, place: pose, least: 12}}, share: 0.02}}" for key, of in figures.items()
    )
    process = f"{tracker}\n  answers: {{{answers}}}"
    record = ran(tmp_path, ISO, process, 2)
    assert record.success, record.failure
    record = ran(tmp_path, ISO.replace("range(12)", "range(8)"), process, 2)
    assert not record.success
    assert record.failure is not None
    assert "has not stood at the pose 12 times" in record.failure.what


def test_figures_are_those_of_the_standard() -> None:
    attained = np.array([[0.02, 0.0, 0.0], [0.03, -0.01, 0.0], [0.01, 0.02, 0.0], [0.04, 0.0, 0.01]])
    known = pose_figures(attained, np.zeros(3))
    assert pose_accuracy(list(attained), np.zeros(3)) == pytest.approx(known.accuracy)
    assert pose_repeatability(list(attained)) == pytest.approx(known.repeatability)


def test_poses_of_parts_and_of_joints(tmp_path: Path) -> None:
    height = ArmKinematics(load_arm("ur5e")).forward(np.radians([0, -90, 90, -90, -90, 0]))[2, 3]
    process = (
        "parts: {workpiece: part, place: table, jitter: {xy: 0.05, yaw_deg: 90}}\n  answers:\n"
        "    x: {body: {name: part_1, in: table, axis: x}, tolerance: 0.001}\n"
        "    turn: {body: {name: part_1, in: robot, axis: yaw}, tolerance: 0.01}\n"
        "    z: {forward: {robot: robot, joints_deg: [0, -90, 90, -90, -90, 0], axis: z}, tolerance: 0.0001}\n"
        "    legs: {value: 4, tolerance: 0.5}"
    )
    program = f"""
from cellkit.geometry import Pose

async def main(cell):
    seen = (await cell.locator("vision").locate("part"))[0].pose
    table = cell.places("table")[0]
    relative = table.inverse("table") @ Pose(seen.matrix, "world")
    cell.report("x", 99.0)  # the last report counts
    cell.report("x", relative.position[0])
    cell.report("turn", seen.rpy[2] + {2 * math.pi})
    cell.report("z", {float(height)!r})
    cell.report("legs", 4)
"""
    record = ran(tmp_path, program, process, 4)
    assert record.success, record.failure
    record = ran(tmp_path, "async def main(cell):\n    cell.report('z', 0.1)\n", process, 4)
    assert record.parts_good == 0
    assert record.failure is not None
    assert "x: was never reported" in record.failure.what


@pytest.mark.parametrize(
    ("process", "says"),
    [
        ("answers: {a: {value: 1, tolerance: 1}, b: {value: 1, tolerance: 1}}", "2 answers are asked for"),
        ("answers: {a: {target: x, tolerance: 1}}", "needs a tracker"),
        ("answers: {a: {value: 1}}", "a tolerance or a share"),
        ("answers: {a: {value: 1, target: x, tolerance: 1}}", "needs one of value"),
        ("answers: {a: {body: {name: part_7, axis: x}, tolerance: 1}}", "no part 'part_7'"),
        ("answers: {a: {body: {name: part_7, in: moon, axis: x}, tolerance: 1}}", "unknown frame 'moon'"),
        ("answers: {a: {forward: {robot: robot, joints_deg: [1], axis: x}, tolerance: 1}}", "an angle for each joint"),
        (
            "tracker: {robot: robot, io: tracker, x: x, y: y, z: zz}\n  answers: {a: {target: x, tolerance: 1}}",
            "did you mean z",
        ),
    ],
)
def test_unknown_names_are_reported_with_their_line(tmp_path: Path, process: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says) as caught:
        ran(tmp_path, "async def main(cell):\n    pass\n", process, 1)
    assert caught.value.line is not None


def test_only_a_finite_number_is_an_answer(tmp_path: Path) -> None:
    record = ran(
        tmp_path,
        "async def main(cell):\n    cell.report('a', float('nan'))\n",
        "answers: {a: {value: 1, share: 0.1}}",
        1,
    )
    assert record.failure is not None
    assert "nan is not a finite number" in record.failure.what
