"""``cellkit iso9283``: logs of real arms, simulated arms, and errors in a log."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from cli_rig import Call

from cellkit.models.load import load_arm
from cellkit.motion.kinematics import ArmKinematics
from cellkit.study.iso9283_pose import FROM_CORNER, GROUND, find_cube, run_pose_test

HEADING = "pose,x_commanded,y_commanded,z_commanded,x,y,z\n"
ROWS = """P1,100,200,300,100.02,200.01,299.98
P1,100,200,300,100.03,199.99,300.00
P1,100,200,300,100.01,200.02,300.01
P1,100,200,300,100.04,200.00,299.99
P1,100,200,300,100.00,199.98,300.02
"""


def test_a_log_is_evaluated(cellkit: Call, tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_text(HEADING + ROWS, encoding="utf-8")
    done = cellkit("iso9283", "--log", log, "--json", "-")
    assert done.code == 0, done.err
    told = json.loads(done.out)["poses"]["P1"]
    assert told["accuracy"] == pytest.approx(0.020)
    assert told["repeatability"] == pytest.approx(0.0456059, abs=5e-8)
    assert "0.0456" in cellkit("iso9283", "--log", log).out


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("x,y\n", ":1: has no column 'pose'"),
        (HEADING, "holds no measurement"),
        (HEADING + "P1,0,0,0,a,0,0\n", ":2: expected six numbers"),
        (HEADING + "P1,0,0,0,nan,0,0\n", ":2: a number is not finite"),
        (HEADING + "P1,0,0,0,1,0,0\nP1,0,0,1,1,0,0\n", ":3: pose 'P1' has another commanded position"),
        (HEADING + "P1,0,0,0,1,0,0\n", "was measured 1 time"),
    ],
)
def test_what_is_wrong_with_a_log_is_one_line(cellkit: Call, tmp_path: Path, text: str, says: str) -> None:
    log = tmp_path / "log.csv"
    log.write_text(text, encoding="utf-8")
    assert says in cellkit("iso9283", "--log", log).complaint()


def test_an_arm_or_a_log(cellkit: Call) -> None:
    assert "one of the two" in cellkit("iso9283").complaint()
    assert "one of the two" in cellkit("iso9283", "--arm", "ur5e", "--log", "x.csv").complaint()


@pytest.mark.parametrize("arm", ["ur5e", "crx-10ia", "fr3"])
def test_the_cube_lies_within_reach_and_above_the_ground(arm: str) -> None:
    model = load_arm(arm)
    cube = find_cube(model)
    kinematics = ArmKinematics(model)
    down = kinematics.forward(model.home)[:3, :3]
    assert cube.centre[2] - cube.edge / 2 >= GROUND - 1e-9
    for point in cube.points:
        target = np.eye(4)
        target[:3, :3], target[:3, 3] = down, point
        kinematics.inverse(target, np.array(model.home))
    diagonal = cube.edge * 3**0.5
    for point in cube.points[1:]:
        from_corner = min(
            float(np.linalg.norm(point - cube.centre - cube.edge / 2 * np.array(signs)))
            for signs in np.ndindex(2, 2, 2)
            for signs in [[2 * one - 1 for one in signs]]
        )
        assert from_corner == pytest.approx(FROM_CORNER * diagonal, rel=0.2)


def test_without_forces_an_arm_is_where_it_was_sent() -> None:
    found = run_pose_test(load_arm("ur5e"), "kinematic", cycles=3)
    assert all(one.accuracy < 1e-5 and one.repeatability < 1e-5 for one in found.figures)


def test_in_physics_the_servo_shows() -> None:
    found = run_pose_test(load_arm("ur5e"), "physics", cycles=3)
    assert all(0.0 < one.accuracy < 1e-4 for one in found.figures)
