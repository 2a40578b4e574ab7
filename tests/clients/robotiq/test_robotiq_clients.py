"""Clients of others drive the virtual grippers: two over the URCap's socket, two over Modbus RTU on a terminal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.clients

HOST = "127.0.0.9"
URCAP, RTU = ("--protocol", "urcap"), ("--protocol", "modbus-rtu")
PORTS = {"urcap": 0}
COUNTS_40_MM = pytest.approx(3 + (1 - 40 / 85) * 227, abs=2)

Client = Callable[..., dict[str, Any]]


def test_pyrobotiqur_moves_grips_and_is_refused(virtual_robot: Any, client: Client) -> None:
    with virtual_robot("2f-85", HOST, PORTS, *URCAP) as robot:
        robot.switch("part 0.04")
        found = client("robotiq", "drive_pyrobotiqur.py", robot.host, robot.ports["urcap"], "move")
    assert (found["before"], found["early"]) == ("RESET", ["taken", 7])
    assert found["active"] == ["ACTIVE", 0]
    assert found["part"] == [COUNTS_40_MM, "STOPPED_INNER_OBJECT"]
    assert found["open"] == [3, "AT_DEST"]
    assert found["on the way"] == [40, "AT_DEST", 40]
    assert found["percent"] == [26, "AT_DEST"]
    assert found["identity"] == [9, True]
    assert found["refused"] == {
        "unknown": "ValueError: invalid literal for int() with base 10: '?'",
        "read only": "RuntimeError: SET STA failed, server replied 'STA ?'",
        "beyond": "RuntimeError: SET POS failed, server replied 'POS ?'",
        "nonsense": "? ?",
    }


def test_pyrobotiqur_clears_a_fault(virtual_robot: Any, client: Client) -> None:
    with virtual_robot("2f-140", HOST, PORTS, *URCAP) as robot:
        robot.switch("fault 14")
        found = client("robotiq", "drive_pyrobotiqur.py", robot.host, robot.ports["urcap"], "fault")
    assert found["fault"] == 14
    assert found["refuses"] == 3
    assert found["after"] == ["ACTIVE", 0, 230]


def test_the_gripper_class_of_ur_rtde(virtual_robot: Any, client: Client) -> None:
    with virtual_robot("2f-85", HOST, PORTS, *URCAP) as robot:
        found = client(
            "robotiq", "drive_ur_rtde.py", robot.host, robot.ports["urcap"], requirements="requirements_rtde.txt"
        )
    assert (found["connected"], found["active before"], found["active"]) == (True, False, True)
    assert found["calibrated"] == [3, 230]
    assert found["moved"] == [100, 3, 0]
    assert found["closed"] == [230, 3, 0, True]
    assert found["opened"] == [3, 3, 0, True]
    assert found["waited"] == [3, 200, 3, 0]
    assert found["released"] == [3, 3, 15]
    assert found["disconnected"]


def test_pyrobotiqgripper_over_a_pseudo_terminal(virtual_robot: Any, client: Client) -> None:
    with virtual_robot("2f-85", HOST, None, *RTU) as robot:
        robot.switch("part 0.04")
        found = client(
            "robotiq", "drive_pyrobotiqgripper.py", robot.lines["rtu"], "drive", requirements="requirements_rtu.txt"
        )
    assert found["active"] == [True, True]
    assert found["part"] == [COUNTS_40_MM, 2]
    assert found["open"] == [3, 3]
    assert found["60 mm"][1] == pytest.approx(60.0, abs=0.7)
    assert found["stopped"] == [False, True]
    assert found["write and read"] == 30
    assert found["refused"] == {"register": 2, "coils": 2, "function": 1}


def test_pyrobotiqgripper_clears_a_fault(virtual_robot: Any, client: Client) -> None:
    with virtual_robot("2f-85", HOST, None, *RTU) as robot:
        robot.switch("fault 14")  # it asks for nothing but an activation, which the gripper has not had either
        found = client(
            "robotiq", "drive_pyrobotiqgripper.py", robot.lines["rtu"], "fault", requirements="requirements_rtu.txt"
        )
    assert found == {"move": "GripperNotActivatedError", "after": [True, 230]}


def test_robotiq2f_over_a_pseudo_terminal(virtual_robot: Any, client: Client) -> None:
    with virtual_robot("2f-85", HOST, None, *RTU) as robot:
        robot.switch("part 0.04")
        found = client("robotiq", "drive_robotiq2f.py", robot.lines["rtu"], requirements="requirements_rtu.txt")
    assert found["before"]
    assert found["active"] == [True, False]
    assert found["part"] == [pytest.approx(40.0, abs=3.0), True]
    assert found["open"] == [85.0, False]
    assert found["60 mm"] == [pytest.approx(60.0, abs=0.7), False]
    assert found["reset"]
