"""abb-rws-client (TypeScript) drives a virtual IRC5 and OmniCore: the only free client of RWS 2.0 that was found.

It is in no package registry. To run this: get github.com/ichbinmeraj/abb-rws-client at commit ac0d2d2, build it
(``npm install && npx tsc``) and name its folder in ``ABB_RWS_CLIENT``.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import socket
import subprocess
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from cellkit.models.load import load_arm

BUILD = os.environ.get("ABB_RWS_CLIENT", "")
NODE = shutil.which("node")
pytestmark = [
    pytest.mark.clients,
    pytest.mark.skipif(not BUILD or NODE is None, reason="ABB_RWS_CLIENT names no build of abb-rws-client, or no node"),
]
SCRIPT = Path(__file__).parent / "drive_abb_rws_client.mjs"


@pytest.mark.parametrize(("model", "scheme"), [("irb-120", "http"), ("gofa", "https")])
def test_abb_rws_client(virtual_robot: Callable[..., AbstractContextManager[Any]], model: str, scheme: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        egm = probe.getsockname()[1]
    with virtual_robot(model, "127.0.0.1", {scheme: 0, "egm": egm}) as robot:
        url = f"{scheme}://{robot.host}:{robot.ports[scheme]}"
        assert NODE is not None
        done = subprocess.run([NODE, str(SCRIPT), BUILD, url], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout.strip().splitlines()[-1])
    second = scheme == "https"
    assert [said["state"], said["mode"], said["running"], said["stopped"]] == ["motoron", "AUTO", "running", "stopped"]
    assert said["joints"] == pytest.approx([math.degrees(q) for q in load_arm(model).home], abs=1e-6)
    assert said["cartesian"]["x"] > 200.0
    assert [said["tasks"], said["signals"], said["speed"]] == [["T_ROB1"], 20, 40]
    assert said["modules"] == ["CellkitEgm", "Examples"]
    assert said["loaded"] == ["CellkitEgm", "Examples", "Mine"]
    assert [said["variable"], said["signal"], said["log"]] == ["9", "1", [10046]]
    assert said["system"] == ("7.16.0" if second else "6.15.0")
    assert said["refused"]["signal"] == -1073445866
    assert said["refused"]["variable"] == (-1073442816 if second else -1073414146)
    assert said["refused"]["start"] == (-1073442809 if second else "MOTORS_OFF")
    if second:
        assert said["refused"]["variable without mastership"] == -1073445859
    assert said["events"] == ["motoroff", "motoron", "running", "40", "1", "stopped"]
