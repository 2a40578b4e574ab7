"""Shifts of real runs: each batch is a run of the program in the kinematic world, with its own seed."""

from __future__ import annotations

import pytest
from shift_rig import CONCEPT, ROBOT, SCENARIO, config

from cellkit.errors import ConfigError
from cellkit.scenario.config import read_scenario
from cellkit.scenario.runner import Run, RunOptions
from cellkit.study.concepts import Concept
from cellkit.study.shift import Batches, ShiftConfig, calibrate, simulate_shift

PAIR = Concept("", "dual_arm_handover", "giver=ur5e,taker=xarm6", "giver_hand=2f-85,taker_hand=rg2")
HANDOVER = read_scenario(PAIR.scenario)


def test_a_batch_is_the_run_of_its_seed() -> None:
    batches = Batches(SCENARIO, CONCEPT)
    batch = batches.batch(7, 3)
    record = Run(SCENARIO, RunOptions(arm="ur5e", gripper="2f-85", world="kinematic", seed=7, quantity=3)).execute()
    assert batch.trace == record.trace_sha256
    assert list(batch.parts) == record.cycle_time.list
    assert batch.time == pytest.approx(record.simulated_time)
    assert batches.batch(8, 3).trace != batch.trace
    assert batches.batch(7, 3) is batch, "a stored batch is not run again"


def test_a_shift_of_real_runs_repeats_to_the_last_bit() -> None:
    given = config(hours=0.1, faults={ROBOT: {"mtbf": 0.05, "repair": 0.5, "stop": "abort"}}, starting=5)
    one, same = (simulate_shift(SCENARIO, CONCEPT, given, 2) for _ in range(2))
    assert one == same
    assert one.batches == one.batches_different > 10
    assert one.faults
    assert one.elements.pq == one.elements.gq > 40


def test_the_number_of_different_batches_is_reported() -> None:
    shift = simulate_shift(SCENARIO, CONCEPT, config(hours=0.1, seeds=3), 1)
    assert shift.batches_different == 3 < shift.batches


def test_an_impossible_shift_is_refused() -> None:
    with pytest.raises(ConfigError, match="9 parts do not fit 'tray' and 'fixture'"):
        simulate_shift(HANDOVER, PAIR, config(batch=9), 1)
    with pytest.raises(ConfigError, match="needs the physics world"):
        simulate_shift(read_scenario("press_to_force"), CONCEPT, config(), 1)


def test_batches_run_at_the_speed_of_the_concept() -> None:

    slow = Concept("", CONCEPT.scenario, "ur5e", "2f-85", speed=0.5)
    assert Batches(SCENARIO, slow).batch(1, 2).time > 1.3 * Batches(SCENARIO, CONCEPT).batch(1, 2).time


def test_the_two_arms_agree_with_physics() -> None:
    found = calibrate(HANDOVER, PAIR, [1], quantity=1)
    assert abs(found.difference) < 0.02
    assert (found.parts, found.good, found.gave_up) == (1, 1, 0)
    assert found.spread is None


@pytest.mark.long
def test_eight_hours_of_two_arms() -> None:
    given = ShiftConfig.model_validate(
        {
            "operators": 2,
            "breaks": [{"at": 2, "minutes": 15}, {"at": 4, "minutes": 30, "cell": "stops"}],
            "loading": 0.2,
            "unloading": 0.2,
            "buffer_before": 1,
            "buffer_after": 1,
            "setup": 10,
            "faults": {"giver_hand": {"mtbf": 3, "repair": 5, "stop": "abort", "scrap": 0.5}},
        }
    )
    calibration = calibrate(HANDOVER, PAIR, range(1, 6))
    assert abs(calibration.difference) < 0.02
    shift = simulate_shift(HANDOVER, PAIR, given, 1, calibration)
    e = shift.elements
    assert e.apt + e.aust + e.adet + e.adot == pytest.approx(e.pbt) == pytest.approx(7.5 * 3600)
    assert e.gq + e.sq == e.pq > 3500
    assert shift.batches == shift.batches_different > 1000
    assert shift.part_time == pytest.approx(6.04, rel=0.03)
