"""Energy of runs: the meter changes nothing, its energy is the record's, and speed has its known effect."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import pytest

from cellkit.scenario.config import read_scenario
from cellkit.scenario.record import RunRecord
from cellkit.scenario.runner import Run, RunOptions, run_scenario
from cellkit.study.energy.config import EnergyConfig
from cellkit.study.energy.meter import PowerMeter
from cellkit.study.energy.profile import PowerProfile, power_profile

CONFIG = EnergyConfig()


@cache
def metered(override: float, arm: str = "ur5e", world: str = "physics") -> tuple[RunRecord, PowerProfile]:
    run = Run(read_scenario("pick_and_place"), RunOptions(arm=arm, quantity=1, override=override, world=world))
    meter = PowerMeter(run.plan.arms)
    run.on_power = meter
    record, log = run.execute(), meter.log()
    assert log is not None
    return record, power_profile(log, run.plan.arms, run.plan.grippers, CONFIG, record.parts_good)


def test_the_meter_changes_nothing_and_agrees_with_the_record() -> None:
    record, profile = metered(1.0)
    bare = run_scenario("pick_and_place", RunOptions(arm="ur5e", quantity=1))
    assert record.success
    assert record.trace_sha256 == bare.trace_sha256
    assert record.energy == bare.energy == pytest.approx(sum(arm.work for arm in profile.arms.values()))
    assert profile.duration == pytest.approx(record.simulated_time, abs=0.01)


def test_both_worlds_agree_on_the_energy_and_the_meter_changes_neither() -> None:
    (physics, one), (kinematic, other) = metered(1.0), metered(1.0, world="kinematic")
    assert physics.success
    assert kinematic.success
    assert other.duration == pytest.approx(kinematic.simulated_time, abs=0.01)
    assert other.electric.energy == pytest.approx(one.electric.energy, rel=0.02)
    assert other.electric.peak == pytest.approx(one.electric.peak, rel=0.05)
    assert other.arms["robot"].work == pytest.approx(one.arms["robot"].work, rel=0.03)
    bare = run_scenario("pick_and_place", RunOptions(arm="ur5e", quantity=1, world="kinematic"))
    assert (kinematic.trace_sha256, kinematic.energy) == (bare.trace_sha256, None)


def test_motors_with_known_drives_do_more_work_than_the_joints() -> None:
    record, profile = metered(1.0, "ur10e")
    assert record.energy is not None
    ratio = profile.arms["robot"].work / record.energy
    assert 2.0 < ratio < 3.5, "on a real UR10e the motors' positive work was 2.4 to 3.1 times that of the links"


def faster_needs_less_energy_but_peaks_higher(arm: str, overrides: tuple[float, ...]) -> None:
    """Check the effect that Miranda et al. (Frontiers in Robotics and AI, 2025) measured on a UR10."""
    runs = [metered(override, arm) for override in overrides]
    assert all(record.success for record, _ in runs)
    profiles = [profile for _, profile in runs]
    for slow, fast in pairwise(profiles):
        assert fast.electric.energy < slow.electric.energy
        assert fast.electric.peak > slow.electric.peak
        assert fast.electric.average > slow.electric.average


def test_faster_needs_less_energy_but_peaks_higher() -> None:
    faster_needs_less_energy_but_peaks_higher("ur5e", (0.5, 1.0))


@pytest.mark.long
@pytest.mark.parametrize("arm", ["ur10e", "fr3", "gp7", "crx-10ia"])
def test_faster_needs_less_energy_but_peaks_higher_on_other_arms(arm: str) -> None:
    faster_needs_less_energy_but_peaks_higher(arm, (0.25, 0.5, 0.75, 1.0))
