"""Two Modbus clients of others drive the virtual grippers by the registers, as the public OnRobot drivers do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.clients

CLIENTS = [("drive_pymodbustcp.py", "requirements.txt"), ("drive_pymodbus.py", "requirements_pymodbus.txt")]
each_client = pytest.mark.parametrize(("script", "requirements"), CLIENTS, ids=["pyModbusTCP", "pymodbus"])
RGS = [("rg2", 32, 400, 1100), ("rg6", 33, 1200, 1600)]
each_rg = pytest.mark.parametrize(("model", "product", "force", "width"), RGS)
HOST = "127.0.0.20"


@each_client
@each_rg
def test_moves_grips_stops_and_is_refused(
    virtual_robot: Any, client: Callable[..., dict[str, Any]], script: str, requirements: str,
    model: str, product: int, force: int, width: int,
) -> None:  # fmt: skip
    with virtual_robot(model, host=HOST, ports={"modbus": 0}) as robot:
        robot.switch("part 0.04")
        found = client(
            "onrobot", script, robot.host, robot.ports["modbus"], "rg", force, width, requirements=requirements
        )
    assert found["product"] == [product]
    assert found["status"] == [*[0] * 9, width, *[0] * 7, width]
    assert found["single"] == [[0], [width], [0], [width]]
    assert found["close"] == {"said": "taken", "grip": True, "width": [400]}
    assert found["open"] == {"said": "taken", "grip": False, "width": [width]}
    assert found["middle"] == {"said": "taken", "grip": False, "width": [width // 2]}
    assert found["while busy"] == "taken"
    assert found["ignored"] == [width]
    assert found["one by one"] == ["taken"] * 3
    assert (found["stop"], found["stopped"], found["stands"]) == ("taken", 0, True)
    assert found["refused"] == {
        "force": "exception 3",
        "width": "exception 3",
        "control": "exception 3",
        "register": "exception 2",
        "status": "exception 2",
        "beyond": "exception 2",
        "input registers": "exception 1",
        "power": "exception 3",
        "unit": "silence",
    }
    assert found["open again"]["width"] == [width]


@each_client
def test_a_tripped_gripper_moves_again_after_a_power_cycle(
    virtual_robot: Any, client: Callable[..., dict[str, Any]], script: str, requirements: str
) -> None:
    with virtual_robot("rg2", host=HOST, ports={"modbus": 0}) as robot:
        robot.switch("safety 1")
        assert "circuit 1 tripped" in robot.switch("release")
        found = client(
            "onrobot", script, robot.host, robot.ports["modbus"], "tripped", 400, 1100, requirements=requirements
        )
    assert found["tripped"] == [0b1000]
    assert (found["said"], found["moved"], found["power"]) == ("taken", False, "taken")
    assert (found["away"], found["back"]) == ("silence", [0])
    assert found["close"] == {"said": "taken", "grip": False, "width": [0]}


@each_client
def test_sucks_and_releases(
    virtual_robot: Any, client: Callable[..., dict[str, Any]], script: str, requirements: str
) -> None:
    with virtual_robot("vg10", host=HOST, ports={"modbus": 0}) as robot:
        robot.switch("part 0.04")
        found = client("onrobot", script, robot.host, robot.ports["modbus"], "vg", requirements=requirements)
    assert (found["product"], found["limit"], found["before"]) == ([16], [500], [0, 0])
    assert (found["on"], found["gripped"]) == ("taken", [800, 800])
    assert found["60 %"] == ["taken", [600]]
    assert found["idle"] == ["taken", [0]]
    assert (found["off"], found["released"]) == ("taken", [0, 0])
    assert found["refused"] == {
        "mode": "exception 3",
        "current": "exception 3",
        "register": "exception 2",
        "vacuum": "exception 2",
        "other map": "exception 2",
        "input registers": "exception 1",
    }
