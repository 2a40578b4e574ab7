"""Stacking boxes: faults at the infeed, the pallet and the cups, and a program that stacks the wrong way."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from cellkit.errors import ConfigError
from cellkit.scenario.config import read_scenario
from cellkit.scenario.runner import RunOptions, run_scenario

ARMS = ["crx-10ia", "hc10", "ur10e", "ur20"]
FAULTS = sorted(read_scenario("palletise").file.faults)


@pytest.mark.parametrize("fault", ["lost", "pallet_gone", "silent"])
def test_it_ends_in_the_named_way(fault: str) -> None:
    record = run_scenario("palletise", RunOptions(fault=fault, quantity=1))
    assert record.success, record.failure


@pytest.mark.long
@pytest.mark.parametrize("path", ["direct", "wire"])
@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_on_both_paths(fault: str, path: str) -> None:
    record = run_scenario("palletise", RunOptions(fault=fault, path=path))  # type: ignore[arg-type]
    assert record.success, record.failure
    assert record.collisions == 0


@pytest.mark.long
@pytest.mark.parametrize("path", ["direct", "wire"])
@pytest.mark.parametrize("arm", ARMS)
def test_a_stack_on_every_arm_that_can(arm: str, path: str) -> None:
    record = run_scenario("palletise", RunOptions(arm=arm, path=path))  # type: ignore[arg-type]
    assert record.success, record.failure
    assert record.parts_good == 6


@pytest.mark.parametrize(
    ("choice", "why"),
    [
        ({"arm": "ur5e"}, "robot needs a reach of 1.15 m; UR5e has 0.85 m"),
        ({"arm": "iiwa14"}, "robot needs a reach of 1.15 m; LBR iiwa 14 R820 has 0.82 m"),
        ({"gripper": "2f-85"}, "hand needs vacuum; 2F-85 holds by jaws"),
        ({"gripper": "vg10"}, r"box \(8 kg\) needs 157 N of suction; VG10 gives 57.3 N"),
    ],
)
def test_who_cannot_do_it_is_told_why(choice: dict[str, str], why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        run_scenario("palletise", RunOptions(**choice))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("stack(layer, size, ", "[layer] * ("),  # the same layer again
        ("interlocking(", "columns("),
        ("for number, place in enumerate(places(box, deck, cell.quantity), 1):", "for number, place in []:"),
    ],
)
def test_another_pattern_or_none_fails(tmp_path: Path, old: str, new: str) -> None:
    """Run in the kinematic world, which is quick: judged is where boxes stand."""
    folder = tmp_path / "palletise"
    shutil.copytree(read_scenario("palletise").cell_file.parent, folder)
    program = folder / "program.py"
    text = program.read_text(encoding="utf-8")
    assert old in text
    text = text.replace(old, new).replace("import EUR_PALLET, interlocking, stack", "import *  # noqa: F403")
    program.write_text(text, encoding="utf-8")
    good = run_scenario("palletise", RunOptions(world="kinematic"))
    assert good.success, good.failure
    record = run_scenario(str(folder), RunOptions(world="kinematic"))
    assert not record.success
    assert record.parts_good < 6
