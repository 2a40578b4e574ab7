"""The vendor's CRI-Python-Lib drives the virtual controller unmodified.

It is on no package index: the test needs a copy of github.com/CommonplaceRobotics/CRI-Python-Lib (MIT licence; tried
with commit 8ab5469) in the folder that ``CRI_PYTHON_LIB`` names.
"""

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

pytestmark = pytest.mark.clients

FOLDER = os.environ.get("CRI_PYTHON_LIB", "")


@pytest.mark.skipif(not FOLDER, reason="CRI_PYTHON_LIB does not name a copy of CommonplaceRobotics/CRI-Python-Lib")
def test_the_vendors_client_moves_stops_and_is_refused(
    virtual_robot: Callable[..., AbstractContextManager[Any]], client: Callable[..., dict[str, Any]]
) -> None:
    with virtual_robot("rebel", host="127.0.0.18", ports={"cri": 0}) as robot:
        did = client("igus", "drive_cri_lib.py", FOLDER, robot.host, robot.ports["cri"])
    assert did["connected"]
    assert not did["passive"], "a client that is not active may not switch motors"
    assert did["active"]
    assert (did["reset"], did["enabled"], did["ready"], did["axes"]) == (True, True, True, 6)
    assert did["configuration"] == "ReBeL 6DOF"
    assert (did["joint"], did["relative"], did["cart"], did["base"], did["tool"]) == (True,) * 5
    assert did["turned"] == pytest.approx(10.0, abs=0.05)
    assert did["back"] <= 0.05
    assert did["lifted"] == pytest.approx([0.0, 0.0, 30.0], abs=0.2)
    assert did["there"] == pytest.approx([0.0, 20.0, 0.0], abs=0.3)
    assert not did["second_motion"]
    assert did["stopped"]
    assert (did["beyond"], did["too_fast"], did["out_of_reach"]) == (False, False, False)
    assert did["kinstate"] == 24
    assert did["cleared"] == [True, True, True]
    assert did["home"]
    assert did["signals"] == [True, True, True]
    assert did["override"]
    assert did["seen_signals"] == [True, True, True, 40.0]
    assert did["referencing"] == [True, 1]
    assert did["referenced"] == [True, True]
    assert did["temperatures"] == [16, 16]
    assert did["uploaded"]
    assert did["files"] == ["tried.xml"]
    assert did["loaded"] == [True, False, False]
    assert did["second_active"] == "CRICommandTimeOutError"
    assert not did["second_moves"]
    assert did["released"]
