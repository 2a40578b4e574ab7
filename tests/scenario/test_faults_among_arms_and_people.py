"""Faults of two arms that hand parts over, and of people beside an arm, end as the scenario states, on both paths.

After the failure of one arm no other arm moves.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cellkit.errors import ConfigError
from cellkit.scenario.config import read_scenario
from cellkit.scenario.record import RunRecord
from cellkit.scenario.runner import Run, RunOptions, run_scenario

HANDOVER = sorted(read_scenario("dual_arm_handover").file.faults)
PEOPLE = sorted(read_scenario("shared_workspace").file.faults)
PAIRS = ["giver=ur5e,taker=xarm6", "giver=crx-10ia,taker=gp7", "giver=fr3,taker=irb-1200"]


def run(scenario: str, path: Any, fault: str | None, **options: Any) -> RunRecord:
    return run_scenario(scenario, RunOptions(path=path, fault=fault, **options))


def assert_ended_as_named(record: RunRecord, fault: str) -> None:
    assert record.success, record.failure
    assert record.collisions == 0
    if fault == "part_missing":
        assert record.caused is None
        assert record.parts_good == record.parts_total - 1
    else:
        assert record.caused is not None
        assert record.parts_good < record.parts_total


DEAR_FAULTS = ("lost_by_taker", "part_missing", "taker_stops")


@pytest.mark.parametrize(
    "fault", [pytest.param(one, marks=[pytest.mark.long] * (one in DEAR_FAULTS)) for one in HANDOVER]
)
def test_what_goes_wrong_between_two_arms(fault: str) -> None:
    assert_ended_as_named(run("dual_arm_handover", "direct", fault), fault)


@pytest.mark.parametrize("fault", HANDOVER)
def test_what_goes_wrong_between_two_arms_by_rule_alone(fault: str) -> None:
    record = run("dual_arm_handover", "direct", fault, world="kinematic")
    assert record.success, record.failure
    assert record.collisions is None


BOTH_WORLDS = pytest.mark.parametrize("world", ["kinematic", pytest.param("physics", marks=pytest.mark.long)])


@BOTH_WORLDS
@pytest.mark.parametrize("fault", ["silent", "taker_stops"])
def test_what_goes_wrong_between_two_vendors_controllers(fault: str, world: str) -> None:
    record = run("dual_arm_handover", "wire", fault, world=world)
    assert record.success, record.failure
    if world == "physics":
        assert_ended_as_named(record, fault)


@BOTH_WORLDS
def test_somebody_who_stays_ends_the_work(world: str) -> None:
    record = run("shared_workspace", "direct", "person_stays", quantity=1, world=world)
    assert record.success, record.failure
    assert record.caused is not None
    assert "a person has stayed" in record.caused.what


@pytest.mark.long
@pytest.mark.parametrize("path", ["direct", "wire"])
@pytest.mark.parametrize("fault", HANDOVER)
@pytest.mark.parametrize("pair", PAIRS)
def test_other_pairs(pair: str, fault: str, path: str) -> None:
    assert_ended_as_named(run("dual_arm_handover", path, fault, arm=pair), fault)


@pytest.mark.long
@pytest.mark.parametrize("path", ["direct", "wire"])
@pytest.mark.parametrize("fault", PEOPLE)
@pytest.mark.parametrize("arm", ["ur5e", "crx-10ia", "gp7", "fr3"])
def test_other_arms_among_people(arm: str, fault: str, path: str) -> None:
    record = run("shared_workspace", path, fault, arm=arm)
    assert record.success, record.failure


def test_two_arms_of_one_vendor_are_refused_with_the_reason() -> None:
    options = RunOptions(arm="giver=ur5e,taker=ur10e")
    with pytest.raises(
        ConfigError, match="needs another vendor than giver's; UR10e and UR5e are both by Universal Robots"
    ):
        Run(read_scenario("dual_arm_handover"), options)


def test_only_an_arm_can_be_stopped_by_its_controller(tmp_path: Path) -> None:
    (tmp_path / "cell.yaml").write_text(
        "schema: cellkit/cell/1\nname: test\ndevices:\n  robot: {kind: arm, model: ur5e}\n"
        "  hand: {kind: gripper, model: 2f-85, on: robot, adapter: {thickness: 0.01, mass: 0.1}}\n",
        encoding="utf-8",
    )
    (tmp_path / "program.py").write_text("async def main(cell):\n    pass\n", encoding="utf-8")
    file = tmp_path / "scenario.yaml"
    file.write_text(
        "schema: cellkit/scenario/1\nname: test\ntitle: Test\ncell: cell.yaml\nprogram: program.py\nfaults:\n"
        "  stops: {device: hand, kind: protective_stop, expect: {error: ProtectiveStop}}\n"
        "  leaks: {device: robot, kind: leak, rate: 1, expect: {error: ProtectiveStop}}\n",
        encoding="utf-8",
    )
    with pytest.raises(ConfigError, match=r"'hand' cannot have the fault '[a-z_]+'; valid: silent, part_lost, leak"):
        Run(read_scenario(str(file)), RunOptions(fault="stops"))
    with pytest.raises(ConfigError, match=r"'robot' cannot have the fault '[a-z_]+'; valid: protective_stop"):
        Run(read_scenario(str(file)), RunOptions(fault="leaks"))
