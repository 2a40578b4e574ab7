"""Cells for the checks: shipped ones, and copies of them with some lines changed."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from cellkit.scenario.config import Scenario, read_scenario, scenario_path
from cellkit.study.concepts import Concept
from cellkit.study.feasibility.assess import assess
from cellkit.study.feasibility.config import FeasibilityConfig
from cellkit.study.feasibility.result import Check, Feasibility
from cellkit.study.feasibility.static_cell import StaticCell, static_cell

PICK = "pick_and_place"
FEEDER = "feeder_pick"
ONE_PLACE = FeasibilityConfig(places=["slot"])
"""Of the feeder: for checks that do not depend on where the work is."""


def concept(arm: str = "ur5e", gripper: str = "2f-85", scenario: str = PICK, speed: float = 1.0) -> Concept:
    """Return a concept of a shipped scenario."""
    return Concept("", scenario, arm, gripper, speed)


def assessed(
    arm: str = "ur5e",
    gripper: str = "2f-85",
    scenario: str = PICK,
    config: FeasibilityConfig | None = None,
    speed: float = 1.0,
) -> Feasibility:
    """Carry out the checks of a concept of a shipped scenario."""
    if config is None:
        return _by_default(arm, gripper, scenario, speed)
    return assess(read_scenario(scenario), concept(arm, gripper, scenario, speed), config)


@cache
def _by_default(arm: str, gripper: str, scenario: str, speed: float) -> Feasibility:
    return assess(read_scenario(scenario), concept(arm, gripper, scenario, speed), FeasibilityConfig())


def at_the_feeder(arm: str = "ur5e", gripper: str = "2f-85", **asked: object) -> Feasibility:
    """Carry out the checks of a concept of the feeder, at its slot alone."""
    config = ONE_PLACE.model_copy(update=asked)
    return assess(read_scenario(FEEDER), concept(arm, gripper, FEEDER), config)


def cell_of(arm: str = "ur5e", gripper: str = "2f-85", scenario: str = PICK) -> StaticCell:
    """Return the static cell of a concept."""
    return static_cell(read_scenario(scenario), concept(arm, gripper, scenario), FeasibilityConfig())


def check_of(found: Feasibility, key: str) -> Check:
    """Return the check of a key, which must exist."""
    (one,) = [check for check in found.checks if check.key == key]
    return one


def changed(folder: Path, *changes: tuple[str, str], scenario: str = PICK) -> Scenario:
    """Copy a shipped scenario and replace texts of its cell or scenario file; each text must exist."""
    left = list(changes)
    for file in scenario_path(scenario).parent.glob("*.*"):
        text = file.read_text(encoding="utf-8")
        for old, new in [one for one in left if one[0] in text and file.suffix == ".yaml"]:
            text = text.replace(old, new)
            left.remove((old, new))
        (folder / file.name).write_text(text, encoding="utf-8")
    assert not left, f"not found: {left}"
    return read_scenario(str(folder / "scenario.yaml"))
