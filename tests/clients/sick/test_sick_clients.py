"""Three third-party clients and the virtual scanners."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.clients

HOST = "127.0.0.50"


def test_sick_scan_tcp_reads_scans_and_sets_angles(virtual_robot: Any, client: Callable[..., dict[str, Any]]) -> None:
    with virtual_robot("lms111", host=HOST, ports={"cola": 0, "colab": 0}) as robot:
        robot.switch("post 1.5")
        found = client("sick", "drive_sick_scan_tcp.py", robot.host, robot.ports["cola"])
    first, narrow = found["first"], found["narrow"]
    assert first["words"] == ["sRA", "LMDscandata"]
    assert first["count"] == 541
    assert first["angles"] == [-45.0, 225.0]
    assert first["ahead"][0] == pytest.approx(1.5, abs=0.06)
    assert first["ahead"][1] == pytest.approx(0.0, abs=1e-6)
    assert first["ahead"][2] == pytest.approx(1.5, abs=0.06), "forwards is the vendor's y"
    assert first["elsewhere"] == [0.0]
    assert first["refused"], "what it sends behind every request is no command"
    assert found["login"].startswith("sAN SetAccessMode 1")
    assert found["wrong_password"].startswith("sAN SetAccessMode 0")
    assert narrow["count"] == 231
    assert narrow["angles"] == [20.0, 135.0]
    assert narrow["ahead"][0] == pytest.approx(1.5, abs=0.06)
    assert found["end"] == "Reboot Device"
    assert found["closed"] is True


def test_pysicktim_asks_logs_in_configures_and_reads(virtual_robot: Any, client: Callable[..., dict[str, Any]]) -> None:
    with virtual_robot("tim571", host="127.0.0.51", ports={"cola": 0, "colab": 0}) as robot:
        robot.switch("post 0.8")
        found = client("sick", "drive_pysicktim.py", robot.host, robot.ports["cola"])
    assert found["firmware"] == "V2.51"
    assert found["ident"] == "TiM571 E V2.51-21.08.15"
    assert found["state"] == "sRA SCdevicestate 1"
    assert found["type"] == "sRA DItype E TiM571-2050101"
    assert found["order"] == "sRA DIornr 1075091"
    assert found["name"] == "defined", "it takes the last word of 'not defined'"
    assert found["power"] == "sRA ODpwrc 1"
    assert found["range"] == "sRA LMPoutputRange 1 D05 FFF92230 225510"
    assert found["config"][:3] == [15.0, 1, 0.3333]
    assert (found["check_right"], found["check_wrong"]) == ("sAN CheckPassword 1", "sAN CheckPassword 0")
    denied = found["start_without_login"][0]
    assert denied.startswith("Sopas_Error"), denied
    assert found["wrong_password"] == "sAN SetAccessMode 0"
    assert found["login"] == 0
    assert found["state_logged_in"] == "sRA SCdevicestate 0"
    assert found["start"] == 0
    assert found["rename"] == "sWA LocationName"
    assert found["data_config"] == 0
    assert found["particle_without_values"][0].startswith("Sopas_Error")
    assert found["write"] == "sAN mEEwriteall 1"
    assert found["run"] == 0
    assert found["unknown"][0].startswith("Sopas_Error")
    scan = found["scan"]
    assert scan["command"] == ["sRA", "LMDscandata"]
    assert scan["uptime"]
    assert (scan["channels"], scan["count"]) == (1, 811)
    assert (scan["start"], scan["resolution"]) == (-45.0, 0.3333)
    assert scan["ahead"] == pytest.approx(0.8, abs=0.06)
    assert scan["others"] == [0.0]
    assert scan["remission"] == [811, ["0", "7F"]]
    assert scan["tail"][-6:] == ["0", "0", "0", "0", "0", "0"]
    assert found["login_again"] == 0
    assert found["stop"] == 0
    assert found["defaults"] == 0
    assert found["reboot"] == 0
    assert found["ends"], "a NUL behind every telegram"


def test_osgar_polls_scans(virtual_robot: Any, client: Callable[..., dict[str, Any]]) -> None:
    with virtual_robot("tim571", host="127.0.0.52", ports={"cola": 0, "colab": 0}) as robot:
        robot.switch("post 2.0")
        found = client("sick", "drive_osgar.py", robot.host, robot.ports["cola"])
        robot.switch("dazzle")
        dazzled = client("sick", "drive_osgar.py", robot.host, robot.ports["cola"])
    assert found["scans"] == 20
    assert found["counts"] == [811]
    assert all(abs(distance - 2000) < 60 for distance in found["ahead"])
    assert found["masked"] == [0]
    assert found["elsewhere"] == [0]
    assert set(dazzled["ahead"]) == {1}, "the vendor's code for a dazzled beam"
