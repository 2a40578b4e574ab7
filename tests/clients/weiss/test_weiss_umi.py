"""The WSG driver of the Universal Manipulation Interface drives the virtual gripper's binary interface unmodified.

It has a checksum, a table of codes and a framing of its own.
It is on no package index: the test needs a copy of github.com/real-stanford/universal_manipulation_interface (MIT
licence; tried with commit d095ba9) in the folder that ``UMI_CHECKOUT`` names.
"""

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

pytestmark = pytest.mark.clients

FOLDER = os.environ.get("UMI_CHECKOUT", "")


@pytest.mark.skipif(not FOLDER, reason="UMI_CHECKOUT does not name a copy of universal_manipulation_interface")
def test_the_umi_driver_moves_and_is_refused(
    virtual_robot: Callable[..., AbstractContextManager[Any]], client: Callable[..., dict[str, Any]]
) -> None:
    with virtual_robot("wsg-50", "127.0.0.31", {"binary": 0}, "--protocol", "binary") as robot:
        did = client("weiss", "drive_umi.py", FOLDER, robot.host, robot.ports["binary"])
    assert did["too_early"] == 3
    assert did["acknowledged"] == 0
    assert did["homed"] == [0, 0]
    assert did["moved"] == [0, 0]
    assert did["out_of_range"] == [28, 28]
    assert did["width"] == "0000c942", "100.5 mm"
    assert did["echo"] == "hello"
    assert "script" in did["no_script"], "0xB0 is a script's own command, unknown without it"
    assert did["short"] == 13
    assert did["stopped"] == 0
    assert did["again"] == 0
    assert did["left_without_a_word"] == 16, "a connection that broke leaves a fast stop behind"
    assert did["acknowledged_again"] == 0
    assert did["goes_on"] == 0
