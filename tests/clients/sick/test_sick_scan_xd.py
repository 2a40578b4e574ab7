"""The vendor's own driver starts the virtual scanners and sees what stands before them.

It is on no package index: the test needs a copy of github.com/SICKAG/sick_scan_xd (Apache-2.0; tried with commit
2d47966) in the folder that ``SICK_SCAN_XD`` names, with its shared library for Linux without ROS in ``build``::

    cmake -DROS_VERSION=0 -DLDMRS=0 -DSCANSEGMENT_XD=0 -B build && cmake --build build
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.clients

FOLDER = os.environ.get("SICK_SCAN_XD", "")


@pytest.mark.skipif(not FOLDER, reason="SICK_SCAN_XD does not name a built copy of SICKAG/sick_scan_xd")
@pytest.mark.parametrize(
    ("model", "launch", "endpoint", "beams"),
    [
        ("tim571", "sick_tim_5xx.launch", "colab", 811),
        ("tim571", "sick_tim_5xx.launch", "cola", 811),
        ("lms111", "sick_lms_1xx.launch", "colab", 541),
        ("lms111", "sick_lms_1xx.launch", "cola", 541),
    ],
)
def test_the_vendors_driver_sees_what_stands_there(
    virtual_robot: Any, client: Callable[..., dict[str, Any]], model: str, launch: str, endpoint: str, beams: int
) -> None:
    with virtual_robot(model, host="127.0.0.55", ports={"cola": 0, "colab": 0}) as robot:
        robot.switch("post 1.5")
        binary = "true" if endpoint == "colab" else "false"
        found = client("sick", "drive_sick_scan_xd.py", FOLDER, launch, robot.host, robot.ports[endpoint], binary)
    assert found["clouds"] == 10
    assert found["width"] == [beams]
    assert all(seen > 3 for seen in found["seen"])
    # x is forwards, y to the left: the post is 0.1 m wide, and flat only as the scanner sees it.
    assert found["x"] == pytest.approx([1.5, 1.5], abs=0.07)
    assert found["y"] == pytest.approx([-0.05, 0.05], abs=0.02)
    for answer, name in zip(found["answers"], ("SCdevicestate", "FirmwareVersion", "LMPoutputRange"), strict=True):
        assert answer.startswith(f"sRA {name}"), answer
