"""``cellkit run --view`` from its beginning to Ctrl+C."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.long
@pytest.mark.parametrize("over", [True, False], ids=["after the run", "during the run"])
def test_the_page_stays_until_ctrl_c(tmp_path: Path, over: bool) -> None:
    result = tmp_path / "result.json"
    command = [
        sys.executable, "-m", "cellkit", "run", "pick_and_place", "--world", "kinematic", "--quantity", "1",
        "--view-port", "0", "--speed", "100" if over else "0.01", "--json", str(result),
    ]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert re.search(r"http://127\.0\.0\.1:\d+ \(this machine only\)", process.stderr.readline())
        if over:
            assert "the page stays until Ctrl+C" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        out, error = process.communicate(timeout=120.0)
    if over:
        assert process.returncode == 0, error
        assert "success" in out
        assert json.loads(result.read_text())["success"]
    else:
        assert process.returncode == 130
        assert "interrupted: all devices were stopped" in error
