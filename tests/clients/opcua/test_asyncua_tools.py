"""asyncua's own command line tools: the first ones that a new user tries."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cards import Cards

from tests.opcua.gateway_rig import PASSWORD, PATIENCE, ServedCell

pytestmark = pytest.mark.clients

Tool = Callable[..., str]


@pytest.fixture
def tool(cell: ServedCell, cards: Cards) -> Tool:
    """Run a tool with the cell's address and a user; what it printed."""

    def run(name: str, *words: str, user: str = "watcher", fails: bool = False) -> str:
        files, server = cards.tools.files, cell.state.server.certificate_file
        security = f"Aes256Sha256RsaPss,SignAndEncrypt,{files['certificate']},{files['key']},{server}"
        command = [str(Path(sys.executable).parent / name), "-u", cell.url, "--security", security]
        command += ["--user", user, "--password", PASSWORD, *words]
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
        assert (done.returncode != 0) == fails, f"{name} {words}: {done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    return run


def test_they_list_read_call_and_are_refused(tool: Tool, cell: ServedCell) -> None:
    listed = tool("uals", "-n", "i=85", "-d", "1")
    [index] = {found[1] for found in re.finditer(r"ns=(\d+);s=" + cell.cell + r"/Services\b", listed)}
    base = f"ns={index};s={cell.cell}"
    read = tool("uaread", "-n", f"{base}/MotionDevices/robot/Cartesian/JointPositions")
    assert len(re.findall(r"-?\d+\.\d+", read)) == 6
    assert "pick_and_place" in tool("uaread", "-n", f"{base}/Services/Programs")

    move = ("-n", f"{base}/Services/Commands/robot", "-m", f"{index}:MoveHome", "-t", "double", "0.5")
    assert "BadUserAccessDenied" in tool("uacall", *move, fails=True)
    assert "BadResourceUnavailable" in tool("uacall", *move, user="plc", fails=True)
    owned = tool("uals", "-n", f"{base}/Services/Ownership", "-d", "1", "-l", "3")
    [types] = set(re.findall(r"(\d+):RequestControl\b", owned))
    control = ("-n", f"{base}/Services/Ownership", "-m", f"{types}:RequestControl", "-t", "double", "60")
    assert "60.0" in tool("uacall", *control, user="plc")
    override = ("-n", f"{base}/MotionDevices/robot/ParameterSet/SpeedOverride", "-t", "double", "50")
    assert "BadUserAccessDenied" in tool("uawrite", *override, fails=True)
