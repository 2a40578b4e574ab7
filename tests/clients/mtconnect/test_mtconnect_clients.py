"""Two third-party readers of MTConnect at the virtual agent: one asks for JSON, the other for XML."""

from __future__ import annotations

import threading
from collections.abc import Callable
from itertools import cycle
from typing import Any

import pytest

pytestmark = pytest.mark.clients

JSON_HOST, XML_HOST = "127.0.0.70", "127.0.0.71"
PACE = 2.0  # s of wall time between two moves of the door, which takes less


def test_pymtconnect_reads_and_follows(virtual_robot: Any, client: Callable[..., dict[str, Any]]) -> None:
    with virtual_robot("mtconnect:machine", host=JSON_HOST, ports={"http": 0}) as robot:
        robot.switch("alarm")
        done = threading.Event()

        def move() -> None:
            for word in cycle(("open_door", "close_door")):
                if done.wait(PACE):
                    return
                robot.switch(word)

        mover = threading.Thread(target=move, daemon=True)
        mover.start()
        try:
            found = client("mtconnect", "drive_pymtconnect.py", robot.host, robot.ports["http"])
        finally:
            done.set()
            mover.join()
    assert found["sender"] == "cellkit"
    assert found["devices"] == [["CNC", "cellkit-machine-1"]]
    assert found["components"] == {
        "base": ["Component"],
        "c": ["Rotary"],
        "chuck": ["Chuck", "chuckstate"],
        "cont": ["Controller", "system_cond"],
        "path1": ["Path", "execution", "mode", "block"],
        "door1": ["Door", "doorstate"],
    }
    assert found["numbers"] == [1, 1, 1024]
    current = found["current"]
    assert (current["avail"], current["chuckstate"], current["execution"]) == ("AVAILABLE", "OPEN", "READY")
    assert current["doorstate"] in ("OPEN", "CLOSED", "UNLATCHED")
    assert found["conditions"] == [["Fault", "E42", "system_cond"]]
    assert found["sample"] == [7, [3, 4, 5, 6]]
    assert "UNLATCHED" in found["stream"]
    assert {"OPEN", "CLOSED"} & set(found["stream"])
    assert found["refused"] == [[400, "OUT_OF_RANGE"], [400, "OUT_OF_RANGE"], [404, "NO_DEVICE"]]


def test_ot_aiops_reads_xml(virtual_robot: Any, client: Callable[..., dict[str, Any]]) -> None:
    with virtual_robot("mtconnect:machine", host=XML_HOST, ports={"http": 0}) as robot:
        robot.switch("alarm")
        robot.switch("unavailable door")
        found = client(
            "mtconnect", "drive_ot_aiops.py", robot.host, robot.ports["http"], requirements="requirements_ot_aiops.txt"
        )
    assert found["machine"] == ["CNC", "cellkit-machine-1"]
    assert found["items"]["doorstate"] == ["Door", "DOOR_STATE"]
    assert found["items"]["chuckstate"] == ["Chuck", "CHUCK_STATE"]
    assert found["items"]["system_cond"] == ["Controller", "SYSTEM"]
    current = found["current"]
    assert (current["avail"], current["doorstate"], current["chuckstate"]) == ("AVAILABLE", "UNAVAILABLE", "OPEN")
    assert found["conditions"] == [["Fault", "coolant is low"]]
    assert sorted(map(int, found["sample"])) == [1, 2, 3, 4, 5]
    assert found["assets"] == 0
    assert found["verdict"] == ["available_idle", "READY", "AUTOMATIC"]
    assert found["refused"] == [404, 404]
