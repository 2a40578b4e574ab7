"""pymodbus reads and writes the registers of the virtual control box."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.clients

HOST = "127.0.0.53"


def test_reads_and_writes_the_vendors_register_map(virtual_robot: Any, client: Callable[..., dict[str, Any]]) -> None:
    with virtual_robot("xarm6", host=HOST, ports={"control": 0}) as robot:
        found = client(
            "ufactory", "drive_pymodbus.py", robot.host, robot.ports["control"],
            requirements="requirements_pymodbus.txt",
        )  # fmt: skip
    assert found["mode_and_state"] == [0, 2]
    assert found["brakes_and_enabled"] == [*[True] * 6, False] * 2
    assert found["modes"] == [True, *[False] * 13]
    assert found["inputs"] == [True] * 16
    assert found["joints"] == [0, 65536 - 254, 65536 - 437, 0, 691, 0, 0]
    assert found["outputs"] == [False, False, True, False]
    assert found["tool_outputs"] == [3]
    assert found["user"] == [(1234 & 0x000F) | (0x0F00 & ~0x000F), 3456]
    assert found["read_write"] == found["user"][:1]
    assert found["analog"][0] == pytest.approx(5000, abs=2)
    assert found["stop"] == [[4], [4]]
    assert found["stopped_bit"] == [True]
    assert found["ready"] == [2]
    assert found["mode_4"] == [4, 5]
    assert [found[name] for name in ("beyond", "reserved", "no_such_mode", "files")] == [
        "exception 2", "exception 2", "exception 3", "exception 1",
    ]  # fmt: skip
