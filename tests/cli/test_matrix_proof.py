"""What a matrix proves of each arm: its share of good runs is more than a bound, and failures lower it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest


def test_each_arm_has_its_share_and_its_bound(tmp_path: Path) -> None:
    file = tmp_path / "runs.json"
    arguments = ["--arms", "ur5e,crx-10ia", "--seeds", "3", "--world", "kinematic", "--quantity", "2"]
    done = subprocess.run(
        [sys.executable, "-m", "cellkit", "matrix", "pick_and_place", *arguments, "--json", str(file)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(file.read_text(encoding="utf-8"))
    assert [(one["arm"], one["runs"], one["good"]) for one in told["arms"]] == [("ur5e", 3, 3), ("crx-10ia", 3, 3)]
    assert all(one["at_least"] == pytest.approx(0.05 ** (1 / 3)) for one in told["arms"])
    assert "ur5e 3/3 (37%)" in done.stdout
