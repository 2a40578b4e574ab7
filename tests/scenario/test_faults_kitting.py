"""Kitting by camera: faults on the table and in the gripper, and a program that does not look again."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from cellkit.scenario.config import read_scenario
from cellkit.scenario.runner import RunOptions, run_scenario

ARMS = ["crx-10ia", "fr3", "gofa", "gp7", "hc10", "iiwa14", "irb-1200", "kr6-r900", "ur10e", "ur20", "ur5e"]
FAULTS = sorted(read_scenario("kitting_with_vision").file.faults)


@pytest.mark.parametrize("fault", ["covered", "silent"])
def test_it_ends_in_the_named_way(fault: str) -> None:
    record = run_scenario("kitting_with_vision", RunOptions(fault=fault))
    assert record.success, record.failure
    assert record.collisions == 0


@pytest.mark.long
@pytest.mark.parametrize("path", ["direct", "wire"])
@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_on_both_paths(fault: str, path: str) -> None:
    record = run_scenario("kitting_with_vision", RunOptions(fault=fault, path=path))  # type: ignore[arg-type]
    assert record.success, record.failure
    assert record.collisions == 0


@pytest.mark.long
@pytest.mark.parametrize("path", ["direct", "wire"])
@pytest.mark.parametrize("arm", ARMS)
def test_kits_on_every_arm_that_can(arm: str, path: str) -> None:
    record = run_scenario("kitting_with_vision", RunOptions(arm=arm, path=path))  # type: ignore[arg-type]
    assert record.success, record.failure
    assert record.collisions == 0


def test_whoever_looks_only_once_finds_no_pins(tmp_path: Path) -> None:
    """The pins are hidden behind the posts: a program that picks them first makes no kit."""
    folder = tmp_path / "kitting"
    shutil.copytree(read_scenario("kitting_with_vision").cell_file.parent, folder)
    program = folder / "program.py"
    text = program.read_text(encoding="utf-8")
    once = text.replace('KINDS = ("post", "bar", "pin")', 'KINDS = ("pin",)')
    assert once != text
    program.write_text(once, encoding="utf-8")
    record = run_scenario(str(folder))
    assert not record.success
    assert record.failure is not None
    assert "no pin in sight" in record.failure.what
