"""The vendor's own SDK drives the virtual control box, unmodified."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

pytestmark = pytest.mark.clients

SDK = "drive_xarm_sdk.py"
HOST = "127.0.0.52"  # of its own: the SDK counts on the vendor's report ports
HOME = [0.0, -25.0, -44.0, 0.0, 69.0, 0.0]
PATIENCE = 60.0  # s


def about(values: list[float] | float, tolerance: float) -> Any:
    return pytest.approx(values, abs=tolerance)


def test_connects_moves_pauses_and_stops(virtual_robot: Any, client: Callable[..., dict[str, Any]]) -> None:
    with virtual_robot("xarm6", host=HOST, ports={"control": 0}) as robot:
        found = client("ufactory", SDK, robot.host, robot.ports["control"], "moves")
    assert (found["version"], found["axis"], found["type"]) == ("6,6,XI1300,AC1300,v2.3.0", 6, 6)
    assert found["sn"] == "XI1300"
    assert (found["protocol"], found["feedback"]) == (3, True)
    assert found["ready"] == [0, 0, 0]
    assert [found[name] for name in ("joint", "line", "back", "circle", "again")] == [0] * 5
    assert found["angles"] == about(HOME, 1e-3)
    assert found["risen"] == about(50.0, 0.01)
    assert found["blend"] == [0, 0, 0]
    assert found["path_end"] == about([40.0, 0.0], 0.01)
    assert found["circle_end"] == about([0.0, 0.0], 0.01)
    assert found["pause"] == [0, 0]
    assert (found["paused_state"], found["resumed_state"]) == (3, 1)
    assert found["paused_moved"] < 1e-3
    assert found["stopped"] == [4, 0]
    assert found["refused"] == 9, "state is not ready to move"
    assert found["home_angles"] == about(HOME, 1e-3)
    assert found["states"] == [1, 2, 3, 4]
    assert found["report_moving"]


def test_settings_signals_and_kinematics(virtual_robot: Any, client: Callable[..., dict[str, Any]]) -> None:
    with virtual_robot("xarm6", host=HOST, ports={"control": 0}) as robot:
        found = client("ufactory", SDK, robot.host, robot.ports["control"], "settings")
    assert (found["offset"], found["load"], found["state_after_offset"]) == (0, 0, 5)
    assert found["reported"] == about([172.0, 0.82], 1e-3)
    assert found["ik"] == 0
    assert found["fk"][:3] == about([300.0, 0.0, 150.0], 1e-3)
    assert found["limits"] == [True, False, True]
    assert found["outputs"] == [0, 0, 0]
    assert found["io"][1] == 1 << 1 | 1 << 9
    assert found["io"][4] == about(5.0, 0.01)
    assert found["reported_sensitivity"] == [2, 4]
    assert found["reduced"] == [0, 0, 0]
    assert found["reduced_states"][0] == 1
    assert found["reduced_states"][2:4] == about([150.0, 30.0], 1e-3)
    assert found["counter"] == [0, 0]
    assert found["joint_states"] == [7, 7, 7]
    assert found["error"] == [0, 0]


def test_set_points_speeds_and_online_targets(virtual_robot: Any, client: Callable[..., dict[str, Any]]) -> None:
    with virtual_robot("xarm6", host=HOST, ports={"control": 0}) as robot:
        found = client("ufactory", SDK, robot.host, robot.ports["control"], "streams")
    assert found["report"]
    assert found["wrong_mode"] == 9
    assert found["servo"] == [[0], about(10.0, 0.01)]
    assert found["servo_cartesian"] == [[0], about(4.9, 0.05)]
    assert (found["joint_velocity"], found["cartesian_velocity"]) == (0, 0)
    assert found["turned"] == about(10.0, 0.5)
    assert found["risen"] == about(30.0, 1.5)
    assert found["online"] == [0, 0]
    assert found["online_end"] == about(0.0, 1e-3)


def test_errors_and_the_way_back(virtual_robot: Any, client: Callable[..., dict[str, Any]]) -> None:
    with virtual_robot("xarm6", host=HOST, ports={"control": 0}) as robot, ThreadPoolExecutor(1) as pool:
        robot.switch("fault")
        running = pool.submit(client, "ufactory", SDK, robot.host, robot.ports["control"], "trouble")
        _wait_until_the_base_turns(robot.states)
        robot.switch("estop")
        time.sleep(3.0)
        robot.switch("release")
        found = running.result(PATIENCE)
    assert (found["error"], found["state"]) == ([19, 0], 4)
    assert found["refused"] == 1, "there are errors that were not cleared"
    assert found["cleared"] == [0, 0, 0, 0]
    assert found["moved"] == 0
    assert found["impossible"] != 0
    assert found["impossible_error"] == 21
    assert found["cleared_again"] == [0, 0, 0, 0]
    assert found["pressed"] != 0
    assert found["pressed_error"] == 1
    assert found["brakes"] == [0] * 6
    assert found["still_pressed"] == 1
    assert found["released"] == [0, 0, 0, 0]
    assert found["after"] == 0


def _wait_until_the_base_turns(states: list[str]) -> None:
    """The long slow motion is under way: joint 1 is beyond 3 degrees."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if states and float(states[-1].split("joints ")[1].split()[0]) > 3.0:
            return
        time.sleep(0.1)
    raise AssertionError(f"no motion in {states[-3:]}")
