"""Parts that are crushed above a force between two pads."""

from __future__ import annotations

import shutil
from pathlib import Path

from cellkit import registry
from cellkit.scenario.config import read_scenario
from cellkit.scenario.record import RunRecord
from cellkit.scenario.runner import Run, RunOptions


def run(folder: Path, force: str) -> RunRecord:
    source = registry.exercise_files()["grip_force"].parent
    for name in ("scenario.yaml", "cell.yaml"):
        shutil.copy(source / name, folder / name)
    text = (source / "starter.py").read_text(encoding="utf-8").replace("hand.grip(part)", f"hand.grip(part{force})")
    (folder / "starter.py").write_text(text, encoding="utf-8")
    return Run(read_scenario(str(folder / "scenario.yaml")), RunOptions(world="kinematic")).execute()


def test_what_is_pressed_too_hard_is_crushed(tmp_path: Path) -> None:
    record = run(tmp_path, "")
    assert record.parts_good == 0
    assert record.failure is not None
    assert "part_1: was crushed with 84 N (stands 40 N)" in record.failure.what


def test_what_is_not_is_good(tmp_path: Path) -> None:
    assert run(tmp_path, ", force=39").parts_good == 3
