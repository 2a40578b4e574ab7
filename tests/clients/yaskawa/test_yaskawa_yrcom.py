"""yrcom, a client of the High-Speed Ethernet Server that others wrote, drives the virtual controller unmodified."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

pytestmark = pytest.mark.clients

MISREAD = [1, 0]
"""How yrcom understands every refusal with an added status: it reads its size (1) as the status, and no code."""


def test_yrcom_reads_writes_moves_and_plays_jobs(
    virtual_robot: Callable[..., AbstractContextManager[Any]], client: Callable[..., dict[str, Any]]
) -> None:
    with virtual_robot("gp7", host="127.0.0.12", ports={"control": 0, "file": 0}) as robot:
        did = client("yaskawa", "drive_yrcom.py", robot.host, robot.ports["control"], robot.ports["file"])
    looking, variables, moving, jobs = (did[part] for part in ("looking", "variables", "moving", "jobs"))
    assert looking["system"] == "GP7"
    assert looking["axes"] == ["S", "L", "U", "R", "B", "T"]
    assert {name for name, bit in looking["status"].items() if bit} == {"one_cycle", "play", "cmd_remote"}
    assert looking["cartesian"]["pos_Z"] == pytest.approx(87.3, abs=0.5)  # 0.417 m over the base, the frame 0.33 m
    assert (looking["alarm"], looking["history"], looking["sub_code"]) == (0, 0, 0)

    assert variables["single"] == [4660, 200, -300, -70000, 1.5, "hello", [1, -2, 3, -4, 5, -6], 7, 8]
    assert variables["several"] == [[1, -2, 3], [1, 2, 3], [-1, 2], [0.5, -0.5], ["one", "two"], [7, 8], [9, 10]]
    assert variables["io"] == [5, [5, 6]]
    assert variables["copied"] == [5, 6, 0xA5]
    assert variables["undefined"] == variables["output"] == MISREAD

    assert moving["without_power"] == moving["second"] == moving["while_held"] == MISREAD
    assert moving["robot_and_station"] == MISREAD
    assert moving["off"] <= 3
    assert moving["moved_y"] == pytest.approx(30.0, abs=0.05)
    assert moving["held"] == {"running": False, "hold_cmd": True}
    assert moving["given_up"]

    assert jobs["listed"] == ["TRY.JBI"]
    assert jobs["same"]
    assert jobs["off"] <= 3
    assert jobs["job"] == "TRY"
    assert jobs["missing"] == jobs["after"] == jobs["long"] == MISREAD
