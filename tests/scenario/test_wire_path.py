"""The same program through each vendor's own bytes: as good, as fast, and repeatable."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from cellkit import registry
from cellkit.errors import ConfigError
from cellkit.models.load import load_arm, model_ids
from cellkit.quality import wire_drivers
from cellkit.scenario.record import RunRecord
from cellkit.scenario.runner import RunOptions, run_scenario
from tests.pairwise import pairwise

ONE_OF_EACH = ["ur5e", "crx-10ia", "irb-120", "kr6-r900", "gp7", "xarm6", "fr3", "rebel"]
WIRED = [name for name in model_ids("arm") if (owner := registry.driver_of_model(name)) and owner.wires_of("arm")]
CARRIES_2F85 = 0.925 + 0.2  # kg: gripper and part of the shipped scenario, roughly


HANDS = ["2f-85", "rg2", "wsg-50", "vacuum"]
UNDER_RG2 = ["ur5e", "crx-10ia", "kr6-r900", "gp7", "irb-120", "fr3", "xarm6"]


@cache
def record(arm: str, path: str, world: str, quantity: int = 10, run: int = 1, gripper: str = "2f-85") -> RunRecord:
    return run_scenario(
        "pick_and_place",
        RunOptions(arm=arm, gripper=gripper, path=path, world=world, quantity=quantity),  # type: ignore[arg-type]
    )


def test_one_model_of_every_vendor_is_tried() -> None:
    pretended = [spec for spec in wire_drivers("arm") if any(wire.simulated for wire in spec.wires_of("arm"))]
    vendors = {spec.name for spec in pretended}
    tried = {owner.name for arm in ONE_OF_EACH if (owner := registry.driver_of_model(arm)) is not None}
    assert tried == vendors


CANNOT = {
    ("rebel", "rg2"): "axis 5 does not point so long a gripper straight down at the far places",
    ("fr3", "vacuum"): "the driver does not reach the signals of its controller",
}
PAIRS = pairwise(ONE_OF_EACH, HANDS, ["physics", "kinematic"], allowed=lambda arm, hand, _: (arm, hand) not in CANNOT)
"""Every arm with every gripper, and each of them in both worlds."""
QUICK = [
    *((arm, HANDS[number % 4], "physics") for number, arm in enumerate(ONE_OF_EACH)),
    *((arm, HANDS[(number + 3) % 4], "kinematic") for number, arm in enumerate(ONE_OF_EACH)),
]
"""Every arm and every gripper in both worlds, with another partner in each."""


def assert_good_by_wire(arm: str, gripper: str, world: str) -> None:
    found = record(arm, "wire", world, 1, 1, gripper)
    assert found.success, found.failure
    assert (found.path, found.arm, found.gripper, found.parts_good) == ("wire", arm, gripper, 1)
    assert found.program_sha256 == record("ur5e", "direct", "kinematic", 1).program_sha256


@pytest.mark.parametrize(("arm", "gripper", "world"), QUICK)
def test_every_arm_and_every_gripper_by_wire(arm: str, gripper: str, world: str) -> None:
    assert {hand for _, hand, _ in QUICK} == set(HANDS)
    assert (arm, gripper) not in CANNOT
    assert_good_by_wire(arm, gripper, world)


@pytest.mark.long
@pytest.mark.parametrize(("arm", "gripper", "world"), PAIRS)
def test_every_pair_of_arm_and_gripper_by_wire(arm: str, gripper: str, world: str) -> None:
    assert_good_by_wire(arm, gripper, world)


@pytest.mark.parametrize(
    ("arm", "gripper", "world"),
    # Every arm once: half of them in physics, with a gripper each, the others in the other world.
    [row for number, row in enumerate(QUICK) if number < 4 or number >= len(ONE_OF_EACH) + 4],
)
def test_the_same_trace_twice_by_wire(arm: str, gripper: str, world: str) -> None:
    first, second = (record(arm, "wire", world, 1, run, gripper) for run in (1, 2))
    assert first.success, first.failure
    assert first.trace_sha256 == second.trace_sha256


@pytest.mark.long
@pytest.mark.parametrize("arm", ONE_OF_EACH)
def test_every_make_by_wire_and_the_same_trace_twice(arm: str) -> None:
    assert_good_twice(arm, 4)


@pytest.mark.long
@pytest.mark.parametrize("arm", ONE_OF_EACH)
def test_ten_of_ten_parts_by_wire_and_the_same_trace_twice(arm: str) -> None:
    assert_good_twice(arm, 10)


def assert_good_twice(arm: str, quantity: int) -> None:
    first, second = (record(arm, "wire", "physics", quantity, run) for run in (1, 2))
    assert first.success, first.failure
    assert first.parts_good == quantity
    assert first.path == "wire"
    assert first.trace_sha256 == second.trace_sha256
    assert first.program_sha256 == record("ur5e", "direct", "kinematic").program_sha256


@pytest.mark.long
@pytest.mark.parametrize("gripper", HANDS)
def test_four_grippers_by_wire(gripper: str) -> None:
    found = record("ur5e", "wire", "physics", gripper=gripper)
    assert found.success, found.failure
    assert found.parts_good == 10
    assert found.gripper == gripper
    assert found.program_sha256 == record("ur5e", "direct", "kinematic").program_sha256


@pytest.mark.long
@pytest.mark.parametrize("gripper", HANDS)
def test_the_trace_of_a_gripper_by_wire_repeats(gripper: str) -> None:
    first, second = (record("ur5e", "wire", "physics", 2, run, gripper) for run in (1, 2))
    assert first.trace_sha256 == second.trace_sha256


@pytest.mark.long
@pytest.mark.parametrize("gripper", HANDS)
def test_the_whole_trace_of_a_gripper_by_wire_repeats(gripper: str) -> None:
    first, second = (record("ur5e", "wire", "physics", 10, run, gripper) for run in (1, 2))
    assert first.trace_sha256 == second.trace_sha256


@pytest.mark.long
@pytest.mark.parametrize("arm", UNDER_RG2[:4])
def test_one_gripper_on_four_makes_of_arms_by_wire(arm: str) -> None:
    found = record(arm, "wire", "physics", gripper="rg2")
    assert found.success, found.failure
    assert found.parts_good == 10


@pytest.mark.long
@pytest.mark.parametrize("arm", UNDER_RG2)
def test_the_gripper_on_every_make_of_arm_and_the_same_trace_twice(arm: str) -> None:
    first, second = (record(arm, "wire", "physics", 10, run, "rg2") for run in (1, 2))
    assert first.success, first.failure
    assert first.trace_sha256 == second.trace_sha256


@pytest.mark.parametrize("world", ["kinematic", pytest.param("physics", marks=pytest.mark.long)])
@pytest.mark.parametrize(
    ("gripper", "protocol", "word"),
    [
        ("2f-85", "urcap", "GET"),
        ("2f-85", "modbus-rtu", "function 3"),
        ("wsg-50", "binary", "no report for"),
    ],
)
def test_other_protocols_of_a_gripper(gripper: str, protocol: str, word: str, world: Any) -> None:
    """Bytes take no time in memory, so two protocols may have one trace; what a silent line lacks tells them apart."""
    options = RunOptions(gripper=gripper, path="wire", protocols={"hand": protocol}, quantity=1, world=world)
    found = run_scenario("pick_and_place", options)
    assert found.success, found.failure
    silent = run_scenario("pick_and_place", replace(options, fault="silent", world="kinematic"))
    assert silent.caused is not None
    assert word in silent.caused.what


# Two parts show it, but for the ReBeL: its start takes longer by wire, which only more parts even out (long).
@pytest.mark.parametrize(
    ("arm", "quantity"),
    [
        *((arm, 2) for arm in ONE_OF_EACH if arm != "rebel"),
        *(pytest.param(arm, 10, marks=pytest.mark.long) for arm in ONE_OF_EACH),
    ],
)
def test_the_cycle_time_by_wire_is_that_of_the_direct_path(arm: str, quantity: int) -> None:
    wire, direct = (record(arm, path, "kinematic", quantity) for path in ("wire", "direct"))
    assert wire.cycle_time.mean is not None
    assert direct.cycle_time.mean is not None
    assert wire.cycle_time.mean / direct.cycle_time.mean == pytest.approx(1.0, abs=0.03)


@pytest.mark.long
@pytest.mark.parametrize("arm", WIRED)
def test_every_model_with_a_wire_driver(arm: str) -> None:
    too_weak = load_arm(arm).payload.known() < CARRIES_2F85
    # Such an arm is too short as well: with contacts, the trays of fixed size would overlap.
    world, gripper = ("kinematic", "vacuum") if too_weak else ("physics", None)
    found = run_scenario("pick_and_place", RunOptions(arm=arm, gripper=gripper, world=world, path="wire", quantity=4))
    assert found.success, found.failure


def test_a_vendor_without_a_wire_driver_is_refused_with_the_reason() -> None:
    with pytest.raises(ConfigError, match=r"tx2-60.*no wire driver"):
        run_scenario("pick_and_place", RunOptions(arm="tx2-60", path="wire"))


def test_models_without_a_driver_are_known() -> None:
    without = [
        model
        for model in model_ids("arm")
        if (owner := registry.driver_of_model(model)) is None or not owner.wires_of("arm")
    ]
    assert without == ["tx2-60"]
