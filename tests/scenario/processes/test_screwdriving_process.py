"""Screws judged by the world: a program that forces them, or trusts the clutch alone, fails."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from cellkit import registry
from cellkit.errors import ConfigError
from cellkit.scenario.config import read_scenario
from cellkit.scenario.record import RunRecord
from cellkit.scenario.runner import Run, RunOptions


def run(folder: Path, old: str = "", new: str = "", file: str = "program.py", **options: Any) -> RunRecord:
    """Run two screws of the shipped scenario in the kinematic world, with a change in one of its files."""
    source = registry.scenario_files()["screwdriving"].parent
    for one in ("scenario.yaml", "cell.yaml", "program.py", "screwdriver.yaml"):
        shutil.copy(source / one, folder / one)
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new), encoding="utf-8")
    scenario = read_scenario(str(folder / "scenario.yaml"))
    options = {"world": "kinematic", "quantity": 2, "trace": folder / "trace.jsonl"} | options
    return Run(scenario, RunOptions(**options)).execute()


def told(folder: Path, what: str) -> list[dict[str, Any]]:
    lines = (folder / "trace.jsonl").read_text(encoding="utf-8").splitlines()
    return [event for event in map(json.loads, lines) if event["source"] == "process" and event["what"] == what]


def why(record: RunRecord) -> str:
    assert not record.success
    assert record.failure is not None
    return record.failure.what


def test_torque_and_turns_of_good_screws(tmp_path: Path) -> None:
    record = run(tmp_path)
    assert record.success, record.failure
    for event in told(tmp_path, "shut_off"):
        assert event["torque"] == pytest.approx(3.0, rel=0.031), "the clutch's scatter"
        assert event["turns"] == pytest.approx(8.0, abs=0.5)
    assert [event["flaw"] for event in told(tmp_path, "taken")] == [None, None]


def test_an_arm_that_pushes_faster_than_the_thread_forces_it(tmp_path: Path) -> None:
    record = run(tmp_path, "arm.move_linear(goal, speed=PITCH * SPINDLE)", "arm.move_linear(goal, speed=0.05)")
    assert told(tmp_path, "forced")
    assert record.parts_good == 0


def test_the_bit_slips_when_the_arm_does_not_follow(tmp_path: Path) -> None:
    record = run(
        tmp_path, "arm.move_linear(goal, speed=PITCH * SPINDLE)", "arm.move_linear(goal, speed=PITCH * SPINDLE / 3)"
    )
    assert "was never tightened" in why(record)
    assert not told(tmp_path, "forced")


def test_a_screw_that_only_lies_in_its_hole_is_not_good(tmp_path: Path) -> None:
    record = run(
        tmp_path, "verdict = await judge(cell)", 'await driver.write("start", False)\n        verdict = Verdict.SITS'
    )
    assert "was never tightened" in why(record)


def test_the_clutch_alone_tells_nothing_of_a_crossed_thread(tmp_path: Path) -> None:
    """The clutch shuts off with `ok` at the right torque; a program that ignores the angle leaves a bad screw."""
    record = run(tmp_path, "turns < TOO_FEW and (sits or torque > JAMMED)", "False", fault="crossed")
    assert record.parts_good == 1
    assert any("turns, 8" in str(event["fault"]) for event in told(tmp_path, "judged"))


def test_a_driver_without_its_signals(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="'driver' has no input 'nok'"):
        run(tmp_path, "[ready, running, ok, nok, vacuum]", "[ready, running, ok, vacuum]", "cell.yaml")
