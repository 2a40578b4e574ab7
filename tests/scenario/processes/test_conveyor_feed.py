"""A belt with parts, judged by what happens to each: a program that lets parts pass without need fails."""

from __future__ import annotations

import json
import shutil
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from cellkit import registry
from cellkit.errors import ConfigError
from cellkit.scenario.config import read_scenario
from cellkit.scenario.record import RunRecord
from cellkit.scenario.runner import Run, RunOptions


def run(folder: Path, old: str = "", new: str = "", file: str = "program.py", **options: Any) -> RunRecord:
    """Run the shipped scenario in the kinematic world, with a change in one of its files."""
    source = registry.scenario_files()["conveyor_pick"].parent
    for one in ("scenario.yaml", "cell.yaml", "program.py"):
        shutil.copy(source / one, folder / one)
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new), encoding="utf-8")
    scenario = read_scenario(str(folder / "scenario.yaml"))
    return Run(scenario, RunOptions(world="kinematic", trace=folder / "trace.jsonl", **options)).execute()


def told(folder: Path, what: str) -> list[dict[str, Any]]:
    lines = (folder / "trace.jsonl").read_text(encoding="utf-8").splitlines()
    return [event for event in map(json.loads, lines) if event["source"] == "process" and event["what"] == what]


def test_three_placed_and_the_late_one_let_go(tmp_path: Path) -> None:
    record = run(tmp_path)
    assert record.success, record.failure
    assert record.parts_good == record.parts_total == 4
    assert len(told(tmp_path, "taken")) == 3
    came = [event["t"] for event in told(tmp_path, "part_came")]
    assert sum(later - earlier < 2.0 for earlier, later in pairwise(came)) == 1
    assert 0.09 <= told(tmp_path, "belt")[0]["speed"] <= 0.11


def test_letting_all_go_is_no_success(tmp_path: Path) -> None:
    record = run(tmp_path, "held = await pick(cell, found, line)", "held = None")
    assert not record.success
    assert record.parts_good == 0
    assert record.failure is not None
    assert "was let go by, although there was time for it" in record.failure.what


def test_ending_early_is_none_either(tmp_path: Path) -> None:
    record = run(tmp_path, "range(1, cell.quantity + 1)", "range(1)", quantity=3)
    assert not record.success
    assert record.parts_good == 2, "the one it has taken, and the late one"


def test_a_program_that_forgets_the_belt_grips_nothing(tmp_path: Path) -> None:
    record = run(tmp_path, "OnBelt(nearest, travel)", "OnBelt(nearest, travel + 0.05)")
    assert not record.success
    assert record.parts_good == 0


def test_the_place_belongs_to_the_moment_of_the_picture(tmp_path: Path) -> None:
    """The camera answers 0.15 s later; by then the belt has moved 15 mm."""
    record = run(tmp_path, "OnBelt(nearest, travel)", "OnBelt(nearest, belt.travel(now()))", quantity=1)
    assert record.failure is not None
    assert "mm from its nest" in record.failure.what


def test_a_belt_that_stops_under_the_hand_costs_that_part_alone(tmp_path: Path) -> None:
    record = run(tmp_path, "stops: {in: belt, xyz: [-0.13", "stops: {in: belt, xyz: [-0.08", "cell.yaml", fault="stops")
    assert record.parts_good == 3
    assert "the belt has stopped under the hand" in (tmp_path / "trace.jsonl").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arm", "why"),
    [
        ("rebel", "joints of 1 rad/s; the slowest of ReBeL 6DOF reaches 0.79"),
        ("ur3e", "a reach of 0.55 m; UR3e has 0.5 m"),
        ("lite6", "a reach of 0.55 m"),
    ],
)
def test_who_cannot_do_it_is_told_why(arm: str, why: str) -> None:
    with pytest.raises(ConfigError, match=f"robot needs {why}"):
        Run(read_scenario("conveyor_pick"), RunOptions(arm=arm))


def test_an_encoder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="'encoder' has no input 'position'"):
        run(tmp_path, "encoder: belt_position", "encoder: position", "scenario.yaml")


def test_more_parts_than_room(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="5 parts do not fit 'box': the room is for 4"):
        run(tmp_path, "quantity: 4", "quantity: 5", "scenario.yaml")
