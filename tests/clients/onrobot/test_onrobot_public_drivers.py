"""The public drivers onrobot-rg and onrobot-vg, unmodified, drive the virtual grippers.

They are in no package registry. To run this: get github.com/takuya-ki/onrobot-rg at commit 8081075 and
github.com/takuya-ki/onrobot-vg at commit 240fc2f, and name the folders in ``ONROBOT_RG`` and ``ONROBOT_VG``. They work
with pymodbus 2.5.3 only.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest

RG, VG = os.environ.get("ONROBOT_RG", ""), os.environ.get("ONROBOT_VG", "")
pytestmark = pytest.mark.clients
SCRIPT, REQUIREMENTS = "drive_public_drivers.py", "requirements_public_drivers.txt"
HOST = "127.0.0.21"


@pytest.mark.skipif(not RG, reason="ONROBOT_RG names no copy of onrobot-rg")
@pytest.mark.parametrize(("model", "width"), [("rg2", 110.0), ("rg6", 160.0)])
def test_onrobot_rg(virtual_robot: Any, client: Callable[..., dict[str, Any]], model: str, width: float) -> None:
    with virtual_robot(model, host=HOST, ports={"modbus": 0}) as robot:
        robot.switch("part 0.04")
        found = client("onrobot", SCRIPT, RG, model, robot.host, robot.ports["modbus"], requirements=REQUIREMENTS)
    assert found == {
        "offset": 0.0,
        "status": [0] * 7,
        "closed": [1, 40.0, 40.0],
        "opened": [0, width],
        "moved": [0, 80.0],
        "stopped": [0, True],
    }


@pytest.mark.skipif(not VG, reason="ONROBOT_VG names no copy of onrobot-vg")
def test_onrobot_vg(virtual_robot: Any, client: Callable[..., dict[str, Any]]) -> None:
    with virtual_robot("vg10", host=HOST, ports={"modbus": 0}) as robot:
        robot.switch("part 0.04")
        found = client("onrobot", SCRIPT, VG, "vg", robot.host, robot.ports["modbus"], requirements=REQUIREMENTS)
    assert found == {"limit": 500, "on": [800, 800], "off": [0, 0], "a": 800, "60 %": 600, "released": 0}
