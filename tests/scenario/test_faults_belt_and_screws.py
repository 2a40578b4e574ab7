"""The planned faults of the conveyor and of the screwdriver: each ends in the named recovery or a clean stop."""

from __future__ import annotations

import pytest

from cellkit.scenario.config import read_scenario
from cellkit.scenario.record import RunRecord
from cellkit.scenario.runner import CommandPath, RunOptions, run_scenario

SCENARIOS = ("conveyor_pick", "screwdriving")
FAULTS = [(name, fault) for name in SCENARIOS for fault in read_scenario(name).file.faults]


def check(record: RunRecord) -> None:
    assert record.success, record.failure
    assert not record.collisions


@pytest.mark.parametrize(("scenario", "fault"), FAULTS)
def test_it_ends_in_the_named_way(scenario: str, fault: str) -> None:
    check(run_scenario(scenario, RunOptions(fault=fault, world="kinematic")))


@pytest.mark.long
@pytest.mark.parametrize("arm", ["ur5e", "crx-10ia", "gp7", "fr3"])
@pytest.mark.parametrize("path", ["direct", "wire"])
@pytest.mark.parametrize(("scenario", "fault"), FAULTS)
def test_in_physics_on_both_paths(scenario: str, fault: str, path: CommandPath, arm: str) -> None:
    check(run_scenario(scenario, RunOptions(fault=fault, path=path, arm=arm)))
