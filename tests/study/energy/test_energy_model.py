"""The electric model on artificial samples: every term alone, sums, windows, ranges and statements."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellkit.controller.world import PowerSample
from cellkit.errors import ConfigError
from cellkit.models.load import load_arm, load_gripper, model_ids
from cellkit.study.assumption import register
from cellkit.study.energy.certainty import TEXTS
from cellkit.study.energy.config import EnergyConfig, check_models
from cellkit.study.energy.meter import ArmLog, PowerLog, PowerMeter
from cellkit.study.energy.profile import PowerProfile, highest_mean, power_profile
from cellkit.study.energy.result import energy_result, energy_year
from cellkit.yamlfile import read_yaml, validate

ARM, HAND, CUP = load_arm("ur5e"), load_gripper("2f-85"), load_gripper("vacuum")
DRIVEN = load_arm("ur10e")  # whose drives are known
ONLY_STANDBY = {"friction": 0, "copper": 0, "gripper": 0, "arms": {"ur5e": {"standby": 90}}}


def config(**given: Any) -> EnergyConfig:
    return EnergyConfig.model_validate(given)


def log(
    driving: list[float],
    braking: list[float] | None = None,
    load: list[float] | None = None,
    rubbing: list[float] | None = None,
    interval: float = 0.01,
) -> PowerLog:
    none = [0.0] * len(driving)
    arm = ArmLog(
        model="ur5e",
        work=sum(driving) * interval,
        torques_known=True,
        driving=driving,
        braking=braking or none,
        load=load or none,
        rubbing=rubbing or none,
    )
    return PowerLog(start=0.0, interval=interval, arms={"robot": arm})


def profile(samples: PowerLog, settings: EnergyConfig, parts: int = 1, hand: Any = HAND) -> PowerProfile:
    return power_profile(samples, dict.fromkeys(samples.arms, ARM), {"hand": hand}, settings, parts)


def test_the_meter_sums_over_the_joints() -> None:
    meter = PowerMeter({"robot": ARM})
    meter(PowerSample(0.01, 0.01, "robot", (1.0, -2.0, 0.0, 0.0, 0.0, 0.0), (30.0, 10.0, 75.0, 0.0, 0.0, 14.0)))
    meter(PowerSample(0.02, 0.01, "robot", (0.0,) * 6, (0.0,) * 6))
    result = meter.log()
    assert result is not None
    arm = result.arms["robot"]
    assert (result.start, result.interval, result.duration) == (0.0, 0.01, 0.02)
    assert (arm.driving, arm.braking) == ([30.0, 0.0], [20.0, 0.0])
    assert arm.work == pytest.approx(0.3)
    fastest = 3.141593
    shares = 150 * (0.2**2 + (1 / 15) ** 2 + 0.5**2) + 28 * 0.5**2
    assert arm.load == pytest.approx([fastest * shares, 0.0], rel=1e-4)
    assert arm.rubbing == [450.0, 0.0]
    assert PowerLog.model_validate_json(result.model_dump_json()) == result


def turning(velocities: list[float]) -> ArmLog:
    """Return the log of a UR10e whose first joint turns without load, sampled every 10 ms."""
    meter = PowerMeter({"robot": DRIVEN})
    for number, velocity in enumerate(velocities):
        meter(PowerSample(0.01 * (number + 1), 0.01, "robot", (velocity, *(0.0,) * 5), (0.0,) * 6))
    result = meter.log()
    assert result is not None
    return result.arms["robot"]


def test_known_drives_need_their_friction_at_constant_speed() -> None:
    drives = DRIVEN.drives
    assert drives is not None
    assert drives.coulomb.values is not None
    assert drives.viscous.values is not None
    coulomb, viscous = drives.coulomb.values[0], drives.viscous.values[0]
    assert coulomb is not None
    assert viscous is not None
    arm = turning([-2.0] * 50)
    assert arm.driving == pytest.approx([2.0 * (coulomb + viscous * 2.0)] * 50, rel=1e-4)
    assert arm.rubbing == [0.0] * 50, "no share of the greatest torque is assumed besides"
    fastest, greatest = DRIVEN.kinematics.joints[0].max_velocity, DRIVEN.kinematics.joints[0].max_effort
    assert greatest is not None
    assert arm.load[0] == pytest.approx(fastest / greatest * (coulomb + 2.0 * viscous) ** 2, rel=1e-4)


def test_known_rotors_take_their_kinetic_energy_and_return_it() -> None:
    drives = DRIVEN.drives
    assert drives is not None
    assert drives.rotor_inertia.values is not None
    inertia = drives.rotor_inertia.values[0]
    assert inertia is not None
    ramp = [0.02 * step for step in range(101)]  # to 2 rad/s in 1 s
    energy = 0.5 * inertia * ramp[-1] ** 2
    up, down = (net_work(turning(speeds)) for speeds in (ramp, ramp[::-1]))
    assert up - down == pytest.approx(2 * energy, rel=0.02), "friction is the same both ways"


def net_work(arm: ArmLog) -> float:
    """Return the work (J) of the motors, less what they get back."""
    return (sum(arm.driving) - sum(arm.braking)) * 0.01


def test_no_samples_no_log() -> None:
    assert PowerMeter({"robot": ARM}).log() is None


@pytest.mark.parametrize(
    ("settings", "power"),
    [
        ({}, 90.0 + 80.0),
        ({"efficiency": 0.5}, 90.0 + 160.0),
        ({"efficiency": 1, "friction": 0.05}, 90.0 + 80.0 + 25.0),
        ({"efficiency": 1, "copper": 0.1}, 90.0 + 80.0 + 20.0),
        ({"efficiency": 0.5, "regeneration": 0.5}, 90.0 + 160.0 - 10.0),
        ({"machine": 1000, "peripherals": 30}, 90.0 + 80.0 + 1030.0),
        ({"gripper": 7}, 90.0 + 80.0 + 7.0),
    ],
)
def test_every_term(settings: dict[str, Any], power: float) -> None:
    samples = log([80.0], [40.0], [200.0], [500.0])
    result = profile(samples, config(**(ONLY_STANDBY | {"efficiency": 1} | settings)))
    assert result.electric.average == pytest.approx(power)
    assert result.electric.energy == pytest.approx(power * 0.01 / 3600)


def test_an_arm_feeds_nothing_into_the_mains() -> None:
    settings = config(**ONLY_STANDBY, regeneration=1, efficiency=1)
    result = profile(log([0.0, 0.0], [500.0, 0.0]), settings)
    assert result.electric.average == pytest.approx(45.0)
    assert result.causes["regenerated"] == pytest.approx(-90.0 * 0.01 / 3600)


def test_peaks_over_their_windows() -> None:
    second = [0.0] * 100
    powers = [*second, *([100.0] * 50), 400.0, *second]
    result = profile(log(powers), config(**ONLY_STANDBY, efficiency=1)).electric
    assert result.peak == pytest.approx(490.0)
    assert result.peak_second == pytest.approx(90.0 + (50 * 100 + 400) / 100)
    assert result.peak_quarter_hour == result.average


def test_a_quarter_of_an_hour_is_found_in_a_longer_run() -> None:
    powers = [0.0] * 900 + [50.0] * 900 + [0.0] * 300
    result = profile(log(powers, interval=1.0), config(**ONLY_STANDBY, efficiency=1))
    assert result.quarter_hour_measured
    assert result.electric.peak_quarter_hour == pytest.approx(140.0)
    assert result.electric.average < 140.0
    assert not profile(log(powers[:899], interval=1.0), config()).quarter_hour_measured


@given(st.lists(st.floats(0.0, 1e4), min_size=1, max_size=60), st.integers(1, 80))
def test_the_highest_mean_is_that_of_all_windows(powers: list[float], window: int) -> None:
    width = min(window, len(powers))
    means = [np.mean(powers[at : at + width]) for at in range(len(powers) - width + 1)]
    assert highest_mean(np.array(powers), window) == pytest.approx(max(means), abs=1e-6)


shares = st.floats(0.0, 1.0)


@given(
    st.integers(1, 2000), st.integers(0, 2**32 - 1), st.floats(0.3, 1.0), shares, shares, shares, st.floats(0.0, 0.9)
)
def test_energy_is_the_integral_of_power_and_within_its_range(
    count: int, seed: int, efficiency: float, friction: float, copper: float, regeneration: float, off: float
) -> None:
    drawn = np.random.default_rng(seed).uniform(0.0, 500.0, (4, count))
    settings = config(
        efficiency=efficiency, friction=friction, copper=copper, regeneration=regeneration, uncertainty=off
    )
    result = profile(log(*[row.tolist() for row in drawn]), settings)
    assert sum(result.causes.values()) == pytest.approx(result.electric.energy)
    assert result.electric.energy * 3600 == pytest.approx(result.electric.average * result.duration)
    curve = result.curve
    assert len(curve.time) <= 400
    ends = [*curve.time[1:], result.duration]
    integral = sum(mean * (end - start) for mean, start, end in zip(curve.mean, curve.time, ends, strict=True))
    assert integral == pytest.approx(result.electric.energy * 3600), "the decimated curve keeps the energy"
    assert max(curve.peak) == pytest.approx(result.electric.peak), "and the peak"
    for name in ("energy", "average", "peak", "peak_second", "peak_quarter_hour"):
        low, middle, high = (getattr(one, name) for one in (result.low, result.electric, result.high))
        assert low <= middle * (1 + 1e-9)
        assert middle <= high * (1 + 1e-9)


def test_a_verified_figure_has_no_range() -> None:
    measured = {"value": 90, "source": "clamp meter", "verified": True}
    settings = config(**(ONLY_STANDBY | {"arms": {"ur5e": {"standby": measured}}}))
    result = profile(log([0.0]), settings)
    assert result.low.average == result.electric.average == result.high.average == 90.0
    result = profile(log([0.0]), config(**ONLY_STANDBY, uncertainty=0.5))
    assert (result.low.average, result.electric.average, result.high.average) == pytest.approx((45.0, 90.0, 135.0))


def test_two_arms_whose_peaks_do_not_coincide() -> None:
    left, right = log([100.0, 0.0]).arms["robot"], log([0.0, 60.0]).arms["robot"]
    both = PowerLog(start=0.0, interval=0.01, arms={"left": left, "right": right})
    result = profile(both, config(**ONLY_STANDBY, efficiency=1))
    assert result.electric.peak == pytest.approx(180.0 + 100.0)
    assert sum(arm.peak for arm in result.arms.values()) == pytest.approx(180.0 + 160.0)
    assert result.idle == 180.0
    assert [sum(one) for one in zip(*result.curve.arms.values(), strict=True)] == pytest.approx(result.curve.mean)


def test_air_is_in_the_energy_and_in_no_peak() -> None:
    settings = config(**ONLY_STANDBY, suction_air=10, air=0.1)
    run = profile(log([0.0] * 360000), settings, parts=40, hand=CUP)
    assert run.air == pytest.approx(40 * 10 * 0.1), "Nl times kWh/Nm³ is Wh"
    assert run.electric.peak == 90.0
    result = energy_result([run], {"robot": ARM}, {"hand": CUP}, settings)
    assert result.per_part is not None
    assert result.per_part.value == pytest.approx((90.0 * 1.0 + 40.0) / 40 / 1000)
    assert sum(result.causes.values()) == pytest.approx(result.per_part.value)
    assert profile(log([0.0]), settings, hand=load_gripper("vg10")).air == 0.0, "it has an electric pump"
    unknown = CUP.model_copy(update={"vacuum_source": None})
    assert profile(log([0.0]), settings, hand=unknown).air > 0.0
    statements = energy_result([], {"robot": ARM}, {"hand": unknown}, settings).certainty.statements
    assert "ejector" in [one.code for one in statements]
    named = config(**ONLY_STANDBY, grippers={"vacuum": {"power": 12}})
    assert profile(log([0.0]), named, hand=CUP).air == 0.0


def test_a_result_over_runs_and_a_year() -> None:
    settings = config(**ONLY_STANDBY, efficiency=1, cells=3, co2=0.3)
    hour = [log([power] * 3600, interval=1.0) for power in (10.0, 30.0)]
    profiles = [profile(one, settings, parts=100) for one in hour]
    result = energy_result([*profiles, None], {"robot": ARM}, {"hand": HAND}, settings)
    assert (result.runs, result.runs_used) == (3, 2)
    spread = result.per_part_spread
    assert spread is not None
    assert (spread.least, spread.mean, spread.most) == pytest.approx((0.0010, 0.0011, 0.0012))
    assert spread.deviation == pytest.approx(0.0001 * 2**0.5)
    assert result.average is not None
    assert result.peak is not None
    assert (result.average.value, result.peak.value) == pytest.approx((0.110, 0.120))
    assert result.cells is not None
    assert (result.cells.at_least, result.cells.at_most) == pytest.approx((0.330, 0.360))
    assert result.typical == ARM.power.value == 250.0
    assert result.certainty.constant_share == pytest.approx(90.0 / 110.0)
    year = energy_year(result, settings, parts=100_000, hours_on=2000.0, price=0.25)
    assert year is not None
    assert year.hours_needed == pytest.approx(1000.0)
    assert (year.making, year.waiting) == pytest.approx((110.0, 90.0))
    assert (year.cost, year.co2) == pytest.approx((50.0, 60.0))
    busy = energy_year(result, settings, parts=300_000, hours_on=2000.0)
    assert busy is not None
    assert (busy.hours_on, busy.waiting, busy.cost) == (pytest.approx(3000.0), 0.0, None)


def test_no_good_run_no_figures() -> None:
    settings = config()
    result = energy_result([None, profile(log([1.0]), settings, parts=0)], {"robot": ARM}, {"hand": HAND}, settings)
    assert (result.runs, result.runs_used) == (2, 0)
    assert result.per_part is result.peak is result.cells is result.shown is result.certainty.constant_share is None
    assert energy_year(result, settings, parts=1000) is None


def test_standby_is_one_figure_for_all_arms_unless_the_study_states_it() -> None:
    def standby(arm: str, **given: Any) -> Any:
        model = load_arm(arm)
        certainty = energy_result([], {"robot": model}, {}, config(**given)).certainty
        return next(one for one in certainty.coefficients if one.name == "standby")

    assert {standby(arm).value for arm in model_ids("arm")} == {100.0}, "an unknown figure ranks no arm"
    assert not any(standby(arm).verified for arm in model_ids("arm"))
    assert standby("kr6-r900", standby=60).value == standby("xarm6", standby=60).value == 60.0
    assert standby("ur5e", arms={"ur5e": {"standby": 77}}).source == "stated in the study file"


def test_the_level_and_the_statements_depend_on_the_models() -> None:
    def level_and_codes(arm: str, **given: Any) -> tuple[str, list[str]]:
        certainty = energy_result([], {"robot": load_arm(arm)}, {"hand": CUP}, config(**given)).certainty
        assert all(TEXTS[one.code] == (one.kind, one.text) for one in certainty.statements)
        return certainty.level, [one.code for one in certainty.statements]

    level, codes = level_and_codes("ur5e", arms={"ur5e": {"standby": 95}})
    assert level == "medium"
    assert {"joint_work", "electric_model", "never_measured", "machine_left_out"} <= set(codes)
    assert {"friction_unknown", "rotors_unknown"} <= set(codes)
    assert not {"torques_unknown", "masses_unknown", "standby_unknown", "cells_coincide"} & set(codes)
    level, codes = level_and_codes("ur10e")
    assert level == "low", "its standby power was not measured"
    assert {"drives_known", "standby_unknown"} <= set(codes)
    assert not {"friction_unknown", "rotors_unknown"} & set(codes)
    assert "friction_unknown" in level_and_codes("fr3")[1], "of its drives only the rotors are known"
    level, codes = level_and_codes("kr6-r900", cells=2, machine=500)
    assert level == "low"
    assert {"torques_unknown", "standby_unknown", "cells_coincide"} <= set(codes)
    assert "machine_left_out" not in codes


def test_bad_figures_in_a_study_file(tmp_path: Path) -> None:
    def read(text: str) -> EnergyConfig:
        file = tmp_path / "study.yaml"
        file.write_text(text)
        document = read_yaml(file)
        result = validate(EnergyConfig, document)
        check_models(result, ["ur5e"], ["2f-85"], document, ())
        return result

    assert read("efficiency: {value: 0.7, source: a paper}\narms: {ur5e: {standby: 95}}\n").efficiency.value == 0.7
    for text, words in [
        ("efficiency: 0\n", "0 is not above 0"),
        ("efficiency: 1.2\n", "above 1"),
        ("air: -1\n", "below 0"),
        ("cells: 0\n", "cells"),
        ("uncertainty: 1\n", "above 0.9"),
        ("friction: 5 %\n", "friction"),
        ("\narms: {ur5: {standby: 95}}\n", "'ur5' is not the arm of any concept of this study; did you mean ur5e?"),
        ("\ngrippers: {rg2: {power: 5}}\n", "'rg2' is not the gripper of any concept of this study; valid: 2f-85"),
    ]:
        with pytest.raises(ConfigError) as caught:
            read(text)
        assert words in str(caught.value)
        assert caught.value.line is not None


def test_every_coefficient_is_in_the_register() -> None:
    settings = config(arms={"ur5e": {"standby": 90}})
    entries = {one.path: one for one in register(settings, owner="the firm", path="energy")}
    suggested = {f"energy.{name}" for name in EnergyConfig.model_fields} - {
        f"energy.{name}" for name in ("arms", "grippers", "cells", "co2")
    }
    assert set(entries) == suggested | {"energy.arms.ur5e.standby"}
    assert entries["energy.arms.ur5e.standby"].owner == "the firm"
    assert all(entries[path].default and entries[path].source and entries[path].unit for path in suggested)
    assert not any(one.verified for one in entries.values())
