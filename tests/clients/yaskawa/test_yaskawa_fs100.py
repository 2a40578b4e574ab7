"""fs100 drives the virtual controller unmodified. It is no package: the test needs its file, named by ``FS100_PY``.

Get ``fs100.py`` from github.com/hsinkoyu/fs100 (MIT licence; tried with commit 6173537) and set the variable.
"""

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

pytestmark = pytest.mark.clients

FILE = os.environ.get("FS100_PY", "")


@pytest.mark.skipif(not FILE, reason="FS100_PY does not name fs100.py (github.com/hsinkoyu/fs100), which is no package")
def test_fs100_reads_writes_moves_and_plays_jobs(
    virtual_robot: Callable[..., AbstractContextManager[Any]], client: Callable[..., dict[str, Any]]
) -> None:
    with virtual_robot("hc10", host="127.0.0.13") as robot:
        did = client("yaskawa", "drive_fs100.py", FILE, robot.host)
    assert {name for name, bit in did["status"].items() if bit} == {"one_cycle", "play", "cmd_remote"}
    assert did["cartesian"]["data_type"] == 16
    assert did["axes"]["1st_axis"] == "X"
    assert (did["alarm"], did["model"], did["time"]) == (0, "HC10", 12)
    assert did["without_power"] == [0x1F, 0x2070]
    assert (did["moved"], did["second"]) == ([0, 0], [0x1F, 0x2010])
    assert did["off"] <= 3
    assert did["moved_y"] == pytest.approx(20_000, abs=20)
    assert did["held"] == [0x1F, 0x2050]
    assert did["variables"] == [200, -300, -70000, 1.5]
    assert did["several"] == [0, [0, -70000, 0]]
    assert did["undefined"] == [0x1F, 0xB001]
    assert did["no_job"] == [0x1F, 0x4040]
    assert (did["sent"], did["listed"], did["played"]) == ([0, 0], ["TRY.JBI"], [0, 0, 0])
    assert (did["received"], did["same"]) == ([0, 0], True)
    assert did["deleted"] == [[0, 0], [0x1F, 0xE2B3]]
    assert (did["reset"], did["text"]) == ([0, 0], [0, 0])
