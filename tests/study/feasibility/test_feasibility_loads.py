"""Payload, wrist, flange, grip and tolerances, against figures calculated by hand."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from feasibility_rig import FEEDER, ONE_PLACE, PICK, assessed, at_the_feeder, cell_of, changed, check_of, concept

from cellkit.devices import Workpiece
from cellkit.masses import Load
from cellkit.models.load import load_gripper
from cellkit.motion import plan_joint
from cellkit.scenario.config import read_scenario
from cellkit.scenario.record import CycleTime, RunRecord
from cellkit.study.assumption import Assumption
from cellkit.study.feasibility.assess import assess
from cellkit.study.feasibility.collisions import collisions_of_runs
from cellkit.study.feasibility.config import FeasibilityConfig, WristLimit
from cellkit.study.feasibility.grip import grip_check, planned_acceleration
from cellkit.study.feasibility.loads import moment_about
from cellkit.study.feasibility.result import Verdict
from cellkit.study.feasibility.sentences import SENTENCES
from cellkit.study.feasibility.stack import repeatabilities
from cellkit.study.feasibility.static_cell import static_cell

G = 9.81


def test_a_part_that_is_too_heavy(tmp_path: Path) -> None:
    scenario = changed(tmp_path, ("mass: 0.2,", "mass: 4.5,"), scenario=FEEDER)
    found = assess(scenario, concept(), ONE_PLACE)
    check = check_of(found, "payload")
    assert check.verdict is Verdict.FAIL
    assert check.value == pytest.approx(0.925 + 4.5)
    assert check.limit == 5.0
    assert "above the 5 kg payload of UR5e" in check.text
    nearly = assess(changed(tmp_path, ("mass: 0.2,", "mass: 3.9,"), scenario=FEEDER), concept(), ONE_PLACE)
    assert check_of(nearly, "payload").verdict is Verdict.MARGINAL


def test_each_of_two_grippers_carries_a_part() -> None:
    check = check_of(assessed("ur5e", "", "machine_tending"), "payload")
    assert check.value == pytest.approx(2 * (0.925 + 0.15) + 2 * 0.2)


def test_the_wrist_of_the_irb_120_by_its_vendors_formula() -> None:
    """J6 = m L² + J0z and J5 = m ((Z + 0.072)² + L²) + max(J0x, J0y), all about the load's own centre of gravity."""
    kinematics = cell_of("irb-120", "rg2").arms["robot"].kinematics
    mass, along, aside = 2.0, 0.11, 0.04
    load = Load(mass, np.array([aside, 0.0, along]), np.diag([0.004, 0.003, 0.002]))
    assert moment_about(kinematics, 5, load) == pytest.approx(mass * aside**2 + 0.002)
    by_vendor = mass * ((along + 0.072) ** 2 + aside**2) + 0.004
    found = moment_about(kinematics, 4, load)
    assert found == pytest.approx(mass * ((along + 0.072) ** 2 + aside**2) + 0.003, rel=1e-3)
    assert found <= by_vendor


def test_a_wrist_is_judged_only_where_its_limits_are_known() -> None:
    unknown = check_of(at_the_feeder(), "wrist_inertia")
    assert unknown.verdict is Verdict.UNKNOWN
    assert unknown.limit is None
    shipped = check_of(at_the_feeder("irb-120", "rg2"), "wrist_inertia")
    assert (shipped.verdict, shipped.limit) == (Verdict.PASS, 0.175)
    assert shipped.unverified == []
    stated = {"ur5e": [WristLimit(joint=6, moment=Assumption(value=0.0005))]}
    refused = check_of(at_the_feeder(wrist_inertia=stated), "wrist_inertia")
    assert refused.verdict is Verdict.FAIL
    assert refused.value == pytest.approx(float(unknown.figures["moment"]))
    replaced = {"irb-120": [WristLimit(joint=6, moment=Assumption(value=0.0001))]}
    other = check_of(at_the_feeder("irb-120", "rg2", wrist_inertia=replaced), "wrist_inertia")
    assert (other.verdict, other.limit) == (Verdict.FAIL, 0.0001)


def test_a_flange_that_does_not_fit_is_reported_and_the_rest_is_judged_with_a_plate(tmp_path: Path) -> None:
    scenario = changed(tmp_path, (", adapter: {thickness: 0.010, mass: 0.12}", ""), scenario=FEEDER)
    found = assess(scenario, concept("kr6-r900", "rg2"), ONE_PLACE)
    check = check_of(found, "flange")
    assert check.verdict is Verdict.FAIL
    assert "RG2 fits a flange 50-4-M6, KR 6 R900 sixx has 31.5-7-M5" in check.text
    assert check_of(found, "payload").value == pytest.approx(0.78 + 0.12 + 0.2)
    with_plate = check_of(at_the_feeder("kr6-r900", "rg2"), "flange")
    assert (with_plate.verdict, with_plate.message) == (Verdict.PASS, "flange.adapter")
    assert check_of(at_the_feeder("irb-120", "wsg-50"), "flange").verdict is Verdict.UNKNOWN


def test_a_gripper_is_bolted_to_the_sensor_in_between() -> None:
    cell = cell_of("kr6-r900", "rg6", "peg_in_hole")
    assert cell.mountings["wrist"].holder == "KR 6 R900 sixx"
    assert cell.mountings["hand"].holder == cell.mountings["wrist"].tool
    assert (cell.mountings["wrist"].fits, cell.mountings["hand"].fits) == (False, True)


def test_the_friction_of_two_pads_by_hand() -> None:
    jaws = load_gripper("2f-85")
    part = Workpiece("part", "box", (0.04, 0.05, 0.05), 0.8, 0.5)
    set_force = 6.0 * 2.0 * 0.8 * G / (2 * 0.5)
    check = grip_check(jaws, part, acceleration=5.0, wanted=2.0)
    assert check.verdict is Verdict.PASS
    assert check.figures["force"] == pytest.approx(set_force)
    assert check.value == pytest.approx(2 * 0.5 * set_force / (0.8 * (G + 5.0)))
    wild = grip_check(jaws, part, acceleration=80.0, wanted=2.0)
    assert (wild.verdict, wild.message) == (Verdict.MARGINAL, "grip_force.more")
    assert wild.figures["needed"] == pytest.approx(2.0 * 0.8 * (G + 80.0) / (2 * 0.5))
    wilder = grip_check(jaws, part, acceleration=200.0, wanted=2.0)
    slower = float(wilder.figures["slower"])
    assert (wilder.verdict, wilder.message) == (Verdict.MARGINAL, "grip_force.slower")
    assert slower == pytest.approx(2 * 0.5 * 235 / (0.8 * 2.0) - G)
    assert grip_check(jaws, part, slower - 1e-6, 2.0).message == "grip_force.more"
    slippery = Workpiece("part", "box", (0.04, 0.05, 0.05), 3.0, 0.1)
    assert grip_check(jaws, slippery, 0.0, 2.0).verdict is Verdict.FAIL


def test_the_pull_of_a_cup_by_hand() -> None:
    cup = load_gripper("vg10")
    part = Workpiece("part", "box", (0.1, 0.1, 0.1), 1.0, 0.5)
    holds = 81060 * math.pi * 0.030**2 / 4
    check = grip_check(cup, part, acceleration=8.0, wanted=2.0)
    assert check.value == pytest.approx(holds / (G + 8.0 / 0.5))
    assert check.verdict is Verdict.PASS
    faster = grip_check(cup, part, acceleration=10.0, wanted=2.0)
    assert faster.message == "grip_force.slower"
    assert faster.figures["slower"] == pytest.approx(0.5 * (holds / 2.0 - G))
    assert grip_check(cup, Workpiece("part", "box", (0.1, 0.1, 0.1), 3.0, 0.5), 1.0, 2.0).verdict is Verdict.FAIL


def test_the_planned_acceleration_is_that_of_the_tool_centre_point() -> None:
    """Compare with J q'' + J' q' of the same motion, J' by differences."""
    cell = cell_of()
    kinematics, tool = cell.arms["robot"].kinematics, cell.tools["hand"].tcp.matrix
    start = np.array(kinematics.model.home)
    goal = start + np.array([1.2, 0.2, -0.3, 0.1, 0.0, 0.5])
    found = planned_acceleration(kinematics, tool, [(start, goal)], 1.0, 1.0)
    motion = plan_joint(start, goal, kinematics.limits)
    peak = 0.0
    for t in np.linspace(0.0, motion.duration, 400)[1:-1]:
        q, rate = motion.sample(float(t))
        change = (kinematics.jacobian(q + 1e-6 * rate, tool) - kinematics.jacobian(q, tool))[:3] / 1e-6
        total = kinematics.jacobian(q, tool)[:3] @ motion.acceleration(float(t)) + change @ rate
        peak = max(peak, float(np.linalg.norm(total)))
    assert found.source == "joint motion"
    assert found.value == pytest.approx(peak, rel=0.02)
    half = planned_acceleration(kinematics, tool, [(start, goal)], 1.0, 0.5)
    assert half.value == pytest.approx(found.value / 4)
    assert planned_acceleration(kinematics, tool, [], 1.0, 0.5).value == kinematics.model.cartesian.max_acceleration / 4


def test_carrying_more_slowly_asks_less_of_the_grip() -> None:
    gentle = FeasibilityConfig(carry=Assumption(value=0.3))
    fast, slow = assessed("ur10e", "", "palletise"), assessed("ur10e", "", "palletise", gentle)
    assert fast.acceleration is not None
    assert slow.acceleration is not None
    assert slow.acceleration < 0.5 * fast.acceleration
    assert check_of(slow, "grip_force").verdict is Verdict.PASS


def test_a_part_that_is_too_wide_or_too_small(tmp_path: Path) -> None:
    wide = changed(tmp_path, ("size: [0.040, 0.050, 0.050]", "size: [0.090, 0.100, 0.050]"), scenario=FEEDER)
    check = check_of(assess(wide, concept(), ONE_PLACE), "opening")
    assert (check.verdict, check.value, check.limit) == (Verdict.FAIL, pytest.approx(0.102), 0.085)
    small = changed(tmp_path, ("size: [0.040, 0.050, 0.050]", "size: [0.020, 0.050, 0.050]"), scenario=FEEDER)
    check = check_of(assess(small, concept("ur5e", "vg10"), ONE_PLACE), "opening")
    assert (check.verdict, check.message) == (Verdict.FAIL, "opening.cup")


def test_errors_add_up_as_root_sum_square_and_as_their_sum() -> None:
    found = at_the_feeder()
    assert found.stack is not None
    # The arm; 2 mm along the pads, which do not centre in this direction; pads, fixture, calibration.
    errors = [0.00003, 0.002, 0.00005, 0.0001, 0.0005]
    assert [one.value for one in found.stack.contributions] == errors
    assert found.stack.root_sum_square == pytest.approx(math.sqrt(sum(one**2 for one in errors)))
    assert found.stack.worst_case == pytest.approx(sum(errors))
    assert check_of(found, "tolerance").verdict is Verdict.PASS
    for tolerance, verdict in ((0.0022, Verdict.MARGINAL), (0.001, Verdict.FAIL)):
        assert check_of(at_the_feeder(tolerance=Assumption(value=tolerance)), "tolerance").verdict is verdict


def test_what_is_left_of_the_feeder_depends_on_camera_and_gripper() -> None:
    for found, name, value in (
        (assessed("ur5e", "2f-85", PICK), "vision", 0.0005),
        (at_the_feeder("ur5e", "vg10"), "feeder", 0.002 * math.sqrt(2)),
    ):
        assert found.stack is not None
        one = found.stack.contributions[1]
        assert one.name == name
        assert one.value == pytest.approx(value)


def test_a_tolerance_tighter_than_any_arm_is_not_feasible_with_the_reason() -> None:
    found = at_the_feeder(tolerance=Assumption(value=0.000005))
    check = check_of(found, "tolerance")
    assert check.verdict is Verdict.FAIL
    assert "0.005 mm is tighter than the repeatability of UR5e, 0.03 mm, and of every other arm" in check.text
    assert check.figures["best"] == min(repeatabilities().values()) == 0.00001
    some = check_of(at_the_feeder(tolerance=Assumption(value=0.00002)), "tolerance")
    within = sum(one <= 0.00002 for one in repeatabilities().values())
    assert (some.message, some.figures["count"]) == ("tolerance.arm", within)


def test_models_that_the_scenario_refuses_are_not_feasible_with_the_reason() -> None:
    check = check_of(assessed("ur5e", "", "palletise"), "needs")
    assert check.verdict is Verdict.FAIL
    assert "robot needs a reach of 1.15 m; UR5e has 0.85 m" in check.text
    assert check.sentence("nl").startswith("Het scenario weigert")


def test_runs_in_physics_show_collisions_on_the_ways() -> None:
    def record(collisions: int | None) -> RunRecord:
        return RunRecord(
            scenario="s", arm="a", gripper="g", world="w", path="direct", seed=1, success=True, parts_good=1,
            parts_total=1, cycle_time=CycleTime(mean=1.0, list=[1.0]), simulated_time=1.0, wall_time=1.0,
            realtime_factor=1.0, max_place_error=None, collisions=collisions, trace_sha256="", failure=None,
        )  # fmt: skip

    assert collisions_of_runs([record(None)]).verdict is Verdict.UNKNOWN
    assert collisions_of_runs([record(0), record(0)]).verdict is Verdict.PASS
    bad = collisions_of_runs([record(0), record(2), record(None)])
    assert "1 of 2 runs in the physics world had collisions, 2 in all" in bad.text
    found = assessed().with_check(bad)
    assert found.verdict is Verdict.FAIL
    assert [one.key for one in found.with_check(bad).checks].count("collisions") == 1


def test_every_sentence_uses_the_same_figures_in_both_languages() -> None:
    from string import Formatter

    for key, (english, dutch) in SENTENCES.items():
        fields = [{name for _, name, _, _ in Formatter().parse(text) if name} for text in (english, dutch)]
        assert fields[0] == fields[1], key


def test_every_check_has_a_sentence_in_both_languages() -> None:
    for found in (at_the_feeder("irb-120", "wsg-50"), assessed("rebel", "", "machine_tending")):
        for check in found.checks:
            assert check.sentence("nl") != check.text
            assert "{" not in check.sentence("nl") + check.text
        assert all(key in SENTENCES for key in found.not_checked)


def test_a_concept_of_another_model_file_is_planned_as_a_run_plans_it() -> None:
    cell = static_cell(read_scenario("palletise"), concept("ur20", "", "palletise"), FeasibilityConfig())
    assert cell.plan.arms["robot"].id == "ur20"
    assert cell.plan.grippers["hand"].name.startswith("VG10 with sixteen cups")
