"""abb-robot-client and ABBRobotEGM drive a virtual IRC5, unmodified and in a process of their own."""

from __future__ import annotations

import math
import socket
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from cellkit.geometry import Pose
from cellkit.models.load import load_arm
from cellkit.motion.kinematics import ArmKinematics

pytestmark = pytest.mark.clients
HOST = "127.0.0.1"


@pytest.fixture
def egm_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("", 0))
        port: int = probe.getsockname()[1]
        return port


def test_abb_robot_client_reads_sets_subscribes_and_guides(
    virtual_robot: Callable[..., AbstractContextManager[Any]], client: Callable[..., dict[str, Any]], egm_port: int
) -> None:
    with virtual_robot("irb-120", HOST, {"http": 0, "egm": egm_port}) as robot:
        said = client("abb", "drive_abb_robot_client.py", f"http://{robot.host}:{robot.ports['http']}", egm_port)
    home = [math.degrees(q) for q in load_arm("irb-120").home]
    assert said["state"] == "motoron"
    assert said["mode"] == "AUTO"
    assert said["tasks"] == {"T_ROB1": ["normal", True, True]}
    assert said["joints"] == pytest.approx(home, abs=1e-6)
    flange = Pose(ArmKinematics(load_arm("irb-120")).forward(load_arm("irb-120").home))
    assert said["target"][0] == pytest.approx((flange.position * 1000).tolist(), abs=1e-3)
    x, y, z, w = flange.quaternion
    assert said["target"][1] == pytest.approx([w, x, y, z], abs=1e-6)
    assert [said["speed"], said["digital"], said["analogue"]] == [70.0, [1, 0], 2.5]
    assert "example_num" in said["variables"]
    assert "cellkit_tool" in said["variables"]
    assert [said["num"], said["string"], said["array"]] == [12.5, '"hello"', [4.0, 5.0, 6.5]]
    assert said["jointtarget"] == pytest.approx([1, 2, 3, 4, 5, 6], abs=1e-3)
    assert [said["files"], said["file"]] == [["hello.txt"], "hello"]
    assert said["refused"] == {
        "signal": -1073445866,
        "input": -1073445881,
        "symbol": -1073414146,
        "type": -1073445879,
        "speed": -1073445879,
        "state": -1073445879,
        "password": "Robot returning HTTP error 401",
    }
    assert said["start_without_motors"] == -1073442809
    assert said["egm_flags"] == [True, True]
    assert said["egm_off_deg"] < 0.01
    assert said["rws_off_deg"] < 0.01
    assert said["egm_moved_tool_mm"] > 10.0
    assert [said["running"], said["stopped"], said["after_silence"]] == ["running", "stopped", "stopped"]
    assert 41822 in said["log_codes"]
    assert 3 in said["log_kinds"]
    assert said["heard"] == [
        "ControllerState", "EventLogEntryEvent", "RAPIDExecutionState", "Signal", "VariableValue"
    ]  # fmt: skip
    assert said["heard_states"] == ["motoroff", "motoron"]
    assert [said["heard_values"], said["heard_signals"]] == [["7"], ["1"]]


def test_abb_robot_egm_guides(
    virtual_robot: Callable[..., AbstractContextManager[Any]], client: Callable[..., dict[str, Any]], egm_port: int
) -> None:
    with virtual_robot("irb-1200", HOST, {"http": 0, "egm": egm_port}) as robot:
        said = client("abb", "drive_abb_egm.py", f"http://{robot.host}:{robot.ports['http']}", egm_port)
    assert said["started"] == 204
    assert said["first"] == [True, True, 3, 6]
    assert said["rising"]
    assert said["off_deg"] < 0.01
    assert said["stopped"] == 204
    assert said["last"] == [False, 2]
