"""The vendor's pylibfranka and franky-control drive the virtual controller, unmodified.

Motions run at a fifth of real time: the clients count the robot's cycles and don't notice, and a busy machine loses
none. What becomes of 1 kHz in real time is measured apart, and not asked for.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.clients
HOME = [0.0, -0.197, 0.0, -2.596, 0.0, 2.399, 0.0]
SLOWLY = ("--speed", "0.2")


def test_pylibfranka_reads_states_and_changes_settings(virtual_robot: Callable[..., Any], client: Any) -> None:
    with virtual_robot("fr3", "127.0.0.31") as robot:
        done = client("franka", "drive_pylibfranka.py", robot.host, "states", "settings")
    states, settings = done["states"], done["settings"]
    assert states["q"] == pytest.approx(HOME, abs=1e-6)
    assert states["q_d"] == pytest.approx(HOME, abs=1e-6)
    assert states["mode"] == "Idle"
    assert not states["errors"]
    assert states["period"] >= 1.0
    # Its own dynamics, from the robot model that it was given: the arm's weight is on joints 2 and 4.
    assert states["gravity"][1] == pytest.approx(-17.8, abs=0.1)
    assert states["gravity"][3] == pytest.approx(17.1, abs=0.1)
    assert states["pose"][12:15] == pytest.approx([0.4275, 0.0, 0.3249], abs=1e-3)
    assert settings["mass"] == pytest.approx(0.5)
    assert settings["centre"] == pytest.approx([0.01, 0.02, 0.05])
    assert settings["inertia"] == pytest.approx([0.0] * 9, abs=1e-9)
    assert settings["end_effector"][14] == pytest.approx(0.1)
    assert settings["K"][14] == pytest.approx(0.02)
    assert "invalid argument" in settings["refused"]


def test_pylibfranka_moves_the_arm_without_losing_a_cycle(virtual_robot: Callable[..., Any], client: Any) -> None:
    with virtual_robot("fr3", "127.0.0.32", None, *SLOWLY) as robot:
        motion = client("franka", "drive_pylibfranka.py", robot.host, "motion")["motion"]
    assert motion["turned"] == pytest.approx(0.1, abs=1e-4)
    assert motion["cycles"] == pytest.approx(2000, abs=5)
    assert motion["success_rate"] > 0.9
    assert motion["mode"] == "Idle"


def test_pylibfranka_in_real_time_tells_how_many_cycles_it_had(virtual_robot: Callable[..., Any], client: Any) -> None:
    with virtual_robot("fr3", "127.0.0.33") as robot:
        motion = client("franka", "drive_pylibfranka.py", robot.host, "motion")["motion"]
    assert motion["turned"] == pytest.approx(0.1, abs=1e-3)
    print(f"real time: success rate {motion['success_rate']:.2f}, {motion['missed']} of {motion['cycles']} states late")


def test_pylibfranka_meets_a_reflex_and_recovers(virtual_robot: Callable[..., Any], client: Any) -> None:
    with virtual_robot("fr3", "127.0.0.34", None, *SLOWLY) as robot:
        reflex = client("franka", "drive_pylibfranka.py", robot.host, "reflex")["reflex"]
    assert "joint_motion_generator_velocity_limits_violation" in reflex["told"]
    assert reflex["mode"] == "Reflex"
    assert reflex["flag"]
    assert "not possible in the current mode" in reflex["refused"]
    assert reflex["recovered"] == "Idle"
    assert not reflex["errors_after"]


def test_pylibfranka_hears_of_the_user_stop(virtual_robot: Callable[..., Any], client: Any) -> None:
    with virtual_robot("fr3", "127.0.0.35") as robot:
        robot.switch("estop")
        states = client("franka", "drive_pylibfranka.py", robot.host, "states")["states"]
        assert states["mode"] == "UserStopped"
        robot.switch("release")
        states = client("franka", "drive_pylibfranka.py", robot.host, "states")["states"]
        assert states["mode"] == "Idle"


def test_pylibfranka_drives_the_hand(virtual_robot: Callable[..., Any], client: Any) -> None:
    with virtual_robot("fr3", "127.0.0.36") as robot:
        hand = client("franka", "drive_pylibfranka.py", robot.host, "gripper")["gripper"]
    assert hand["version"] == 3
    assert hand["homed"]
    assert hand["moved"]
    assert hand["stopped"]
    assert hand["width"] == pytest.approx(0.03, abs=1e-3)
    assert not hand["grasped_nothing"]
    assert "failed" in hand["too_wide"]


def test_franky_plans_and_moves(virtual_robot: Callable[..., Any], client: Any) -> None:
    with virtual_robot("fr3", "127.0.0.37", None, *SLOWLY) as robot:
        done = client("franka", "drive_franky.py", robot.host, requirements="requirements_franky.txt")
    assert done["joint_motion"] == pytest.approx([0.0, -0.197, 0.0, -2.4, 0.0, 2.399, 0.1], abs=1e-3)
    # Relative to the tool, which points down; a try that was lost has gone part of the way.
    assert 0.029 < math.hypot(*done["cartesian_motion"]) < 0.031 * (1 + done["tries_lost"])
    assert done["cartesian_motion"][2] < -0.025
    assert done["velocity_motion"][6] > 0.15
    assert "limits_violation" in done["beyond_limit"]
    assert done["gripper"][:2] == [True, True]
    assert done["gripper"][2] == pytest.approx(0.02, abs=1e-3)
