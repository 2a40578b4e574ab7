"""RSIPI and py-openshowvar, which others wrote, drive the virtual KR C unmodified."""

import contextlib
import socket
from collections.abc import Callable
from contextlib import AbstractContextManager
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.clients

Robot = Callable[..., AbstractContextManager[Any]]
Client = Callable[..., dict[str, Any]]
PC = "127.0.0.1"


def free_port() -> int:
    with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as probe:
        probe.bind((PC, 0))
        port: int = probe.getsockname()[1]
        return port


def test_rsipi_corrects_joints_and_pose_and_is_broken_off_at_a_jump(
    virtual_robot: Robot, client: Client, tmp_path: Path
) -> None:
    port = free_port()
    text = (files("cellkit_kuka") / "contexts" / "cellkit_rsi.xml").read_text()
    config = tmp_path / "rsi.xml"
    config.write_text(text.replace("192.168.1.2", PC).replace("64000", str(port)))
    with virtual_robot("kr6-r900", host="127.0.0.16", ports={"rsi": port, "kvp": 0}) as robot:
        did = client("kuka", "drive_rsipi.py", config)
        states = list(robot.states)
    corrected, jumped = did["corrected"], did["jumped"]
    assert corrected["connected"]
    before, moved, back = corrected["joints"]
    assert moved["A1"] - before["A1"] == pytest.approx(5.0, abs=0.01)
    assert moved["A6"] - before["A6"] == pytest.approx(-10.0, abs=0.01)
    assert back == pytest.approx(before, abs=0.01)
    before, moved, back = corrected["poses"]
    assert moved["Z"] - before["Z"] == pytest.approx(-30.0, abs=0.1)
    assert (moved["X"], moved["Y"]) == pytest.approx((before["X"], before["Y"]), abs=0.1)
    assert back["Z"] == pytest.approx(before["Z"], abs=0.1)
    assert corrected["status"] == {"Mode": 3, "Stop": 0, "Msg": 0, "Ov": 100, "Run": 1}
    assert corrected["ipocs"] > 4000
    assert corrected["ipocs"] % 4 == 0
    assert jumped["connected"], "an operator starts RSI again after the first client has left"
    assert jumped["broken_off"]
    assert abs(jumped["moved"]) < 0.1
    assert any("RSI-LIMIT" in state for state in states)


def test_openshowvar_reads_and_sets_variables(virtual_robot: Robot, client: Client) -> None:
    with virtual_robot("kr6-r900", host="127.0.0.17", ports={"rsi": free_port(), "kvp": 0}) as robot:
        did = client("kuka", "drive_openshowvar.py", robot.host, robot.ports["kvp"])
    assert did["connects"]
    assert (did["$MODE_OP"], did["$OV_PRO"], did["$PRO_STATE1"]) == ("#AUT", "100", "#P_ACTIVE")
    assert did["$AXIS_ACT"].startswith("{E6AXIS: A1 0.0")
    assert did["$POS_ACT"].startswith("{E6POS: X 450")
    assert did["$ROBNAME[]"] == "KR 6 R900 sixx"
    assert (did["$IN[1]"], did["output"]) == ("FALSE", "TRUE")
    assert (did["written"], did["override"]) == ("40", "40")
    assert did["refused"] == [None] * 5
    assert float(did["analogue"]) == 0.25
    assert did["load"].startswith("{M 1.5")
    assert [text[:8] for text in did["load in force"]] == ["{M 0.000", "{M 1.500"], "from the start of the program on"
    assert did["started"] == "3"
    assert did["CK_STATUS[]"] == "3 0 0 100 1"
