"""Modbus clients of others read and set the terminals of the virtual couplers, and are refused as by a real one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.clients

CLIENTS = {
    "pymodbus": ("drive_pymodbus.py", "requirements_pymodbus.txt"),
    "pyModbusTCP": ("drive_pymodbustcp.py", "requirements.txt"),
    "uModbus": ("drive_umodbus.py", "requirements_modbus_cli.txt"),
    "modbus-tk": ("drive_modbus_tk.py", "requirements_modbus_tk.txt"),
}
each_client = pytest.mark.parametrize("name", CLIENTS)
HOST = "127.0.0.30"
SLOW = ("--speed", "0.05")  # the watchdog's second is 20 s of wall time: no client is too slow for it
FAST = ("--speed", "5")
ADDRESS, VALUE, FUNCTION, TARGET = "exception 2", "exception 3", "exception 1", "exception 11"


def drive(client: Callable[..., dict[str, Any]], name: str, robot: Any, what: str) -> dict[str, Any]:
    script, requirements = CLIENTS[name]
    return client("modbus", script, robot.host, robot.ports["modbus"], what, requirements=requirements)


@each_client
def test_reads_and_sets_digital_terminals(virtual_robot: Any, client: Callable[..., dict[str, Any]], name: str) -> None:
    with virtual_robot("modbus:io", HOST, {"modbus": 0}, *SLOW) as robot:
        robot.switch("set door_closed 1")
        found = drive(client, name, robot, "digital")
    assert found["inputs"] == [0, 1]
    assert found["all inputs"] == [0, 1] + [0] * 62
    assert found["on"] == ["taken", [1, 0]]
    assert found["several"] == ["taken", [0, 1, 1]]
    assert found["last"] == ["taken", [1]]
    assert found["off"] == ["taken", [0] * 64]
    assert found["refused"] == {
        "coil": ADDRESS,
        "coils": ADDRESS,
        "input": ADDRESS,
        "write": ADDRESS,
        "writes": ADDRESS,
        "register": ADDRESS,
        "input register": ADDRESS,
        "write register": ADDRESS,
        "unit": TARGET,
        "write to unit": TARGET,
    }
    assert found["after all"] == [0, 0]
    expected = {
        "pymodbus": {"status": FUNCTION},
        "pyModbusTCP": {
            "status": FUNCTION, "2001 coils": VALUE, "126 registers": VALUE, "half on": VALUE,
            "unknown function": FUNCTION, "identity": FUNCTION,
        },
        "uModbus": None,
        "modbus-tk": {"status": FUNCTION, "2001 coils": VALUE, "126 registers": VALUE, "no coils": VALUE},
    }  # fmt: skip
    assert found.get("more") == expected[name]


@each_client
def test_reads_and_sets_analog_terminals(virtual_robot: Any, client: Callable[..., dict[str, Any]], name: str) -> None:
    with virtual_robot("modbus:analog_io", HOST, {"modbus": 0}, *SLOW) as robot:
        robot.switch("set pressure 0.25")
        found = drive(client, name, robot, "analog")
        robot.switch("set pressure broken")
        broken = drive(client, name, robot, "analog")
    assert found["inputs"] == [8192, 0]
    assert broken["inputs"] == [0x8000, 0]
    assert found["one"] == ["taken", [8192]]
    assert found["several"] == ["taken", [16384, 5, 32767]]
    assert found["all"] == [16384, 5, 32767] + [0] * 61
    assert found["refused"] == {
        "register": ADDRESS,
        "registers": ADDRESS,
        "input register": ADDRESS,
        "write": ADDRESS,
        "writes": ADDRESS,
        "beyond the range": VALUE,
        "one of two beyond": VALUE,
        "coil": ADDRESS,
        "input": ADDRESS,
        "write coil": ADDRESS,
        "unit": TARGET,
    }
    assert found["after all"] == [16384, 5, 32767]
    more = found.get("more", {})
    if name in ("pymodbus", "modbus-tk"):
        masked = (16384 & 0xF2) | (0x25 & ~0xF2)
        assert more["mask"] == ("" if name == "pymodbus" else "(0, 242, 37)")
        assert more["read and write"] in (f"[{masked}, 7]", f"({masked}, 7)")
    elif name == "pyModbusTCP":
        assert more["read and write"] == "[16384, 7]"


@each_client
def test_outputs_fall_when_a_client_is_silent(
    virtual_robot: Any, client: Callable[..., dict[str, Any]], name: str
) -> None:
    with virtual_robot("modbus:io", HOST, {"modbus": 0}, *FAST) as robot:
        found = drive(client, name, robot, "fall")
    assert found["on"] == "taken"
    assert found["fallen"] == [0, 0]
    assert found["on again"][0] == "taken"


def test_the_command_line_tool_of_modbus_cli(virtual_robot: Any, client: Callable[..., dict[str, Any]]) -> None:
    with virtual_robot("modbus:io", HOST, {"modbus": 0}, *SLOW) as robot:
        robot.switch("set part_ready 1")
        found = client(
            "modbus", "drive_modbus_cli.py", robot.host, robot.ports["modbus"],
            requirements="requirements_modbus_cli.txt",
        )  # fmt: skip
    assert found["inputs"] == ["0: 1", "1: 0"]
    assert (found["one on"], found["coils"]) == ([], ["0: 1", "1: 0"])
    assert (found["both"], found["coils again"]) == ([], ["0: 0", "1: 1"])
    assert found["by unit"] == ["1: 1"], "without one it asks unit 255"
    assert (found["beyond"], found["register"]) == (["64: Invalid address"], ["0: Invalid address"])
    assert "GatewayTargetDeviceFailedToRespondError" in found["another unit"][0]
