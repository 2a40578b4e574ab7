"""Switching cost, metrics and composite index, against figures made by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from dependencies_rig import HOME, InThisProcess, assessed, config, scenario, subject

from cellkit.scenario.config import read_scenario
from cellkit.study.assumption import register
from cellkit.study.concepts import Concept
from cellkit.study.dependencies.assess import assess
from cellkit.study.dependencies.config import WEIGHTS, DependenciesConfig
from cellkit.study.dependencies.result import Dependencies, Metric
from cellkit.study.dependencies.subject import subject_of
from cellkit.study.dependencies.switching import score, switching_cost

COSTS: dict[str, Any] = {
    "arm_hours": 80,
    "other_hours": 10,
    "engineering_rate": 100,
    "validation": 3000,
    "retraining": 2000,
    "adapter": 200,
    "downtime_days": 4,
    "margin_per_day": 500,
    "lead_time": 10,
    "hours_per_week": 40,
}


def metric(result: Dependencies, name: str) -> Metric:
    return next(one for one in result.metrics if one.id == name)


def test_cost_of_another_arm_by_hand() -> None:
    given = config(switching=COSTS)
    # lrmate-200id has a flange 31.5-4-M5, the 2F-85 one of 50-4-M6: a plate is needed.
    cost = switching_cost(
        subject("pick_and_place"), {"robot": "lrmate-200id"}, given, {"lrmate-200id": 25_000.0}, 80_000.0
    )
    assert (cost.hardware, cost.adapters, cost.engineering) == (25_000.0, 200.0, 8_000.0)
    assert (cost.validation, cost.retraining, cost.lost_margin) == (3_000.0, 2_000.0, 2_000.0)
    assert cost.total == 40_200.0
    assert cost.of_capex == pytest.approx(0.5025)
    assert cost.weeks == 12.0
    same_flange = switching_cost(subject("pick_and_place"), {"robot": "ur10e"}, given, {}, 80_000.0)
    assert (same_flange.adapters, same_flange.hardware, same_flange.total) == (0.0, None, None)
    assert same_flange.without_hardware == 15_000.0
    assert same_flange.unpriced == ["ur10e"]
    assert same_flange.of_capex is None


def test_cost_of_other_hands_by_hand() -> None:
    given = config(switching={**COSTS, "margin_per_day": None}, lead_times={"OnRobot": 3})
    models = {"fresh": "rg2", "done": "rg2"}
    cost = switching_cost(subject("machine_tending"), models, given, {"rg2": 4_000.0}, None)
    assert (cost.hardware, cost.adapters, cost.engineering, cost.retraining) == (8_000.0, 0.0, 2_000.0, 0.0)
    assert cost.lost_margin is None
    assert cost.total == 13_000.0
    assert cost.weeks == pytest.approx(3.5)


@pytest.mark.parametrize(("share", "expected"), [(0.1, 1.0), (0.15, 1.0), (0.275, 0.5), (0.4, 0.0), (2.0, 0.0)])
def test_score_of_a_switching_cost(share: float, expected: float) -> None:
    assert score(share) == pytest.approx(expected)


def test_all_metrics_of_a_cell_by_hand(tmp_path: Path) -> None:
    eye = "  eye: {kind: proximity, model: ods9-450, pose: {xyz: [1, 0, 1]}}\n"
    result = assessed(
        scenario(tmp_path, HOME, more=eye),
        config(
            arms=["ur5e", "gp7", "fr3"],
            prices={"ur5e": 30_000, "eye": 10_000, "fr3": 4_000},
            switching=COSTS,
            lead_times={"Leuze electronic": 6},
            offline_days={"Universal Robots": 30, "eye": 1000},
            jurisdictions=["US"],
        ),
        capex=100_000.0,
    )
    figures = {one.id: (one.value, one.score) for one in result.metrics}
    assert figures["L1"] == (0.0, 1.0)
    assert figures["L2"] == (1.0, 1.0)
    assert figures["L3"] == (2.0, pytest.approx((1.0 + 0.5) / 2)), "three vendors of the arm, two of the sensor"
    # fr3: 4000 + 8000 + 3000 + 2000 + 2000; gp7 has no price
    assert figures["L4"] == (pytest.approx(0.19), pytest.approx((0.40 - 0.19) / 0.25))
    assert figures["L5"] == (pytest.approx(0.75**2 + 0.25**2), None)
    assert figures["L6"] == (pytest.approx(0.25), pytest.approx(0.25))
    assert metric(result, "L6").flag == "more than 50% from outside the EU"
    assert figures["L7"] == (pytest.approx(0.7), pytest.approx(0.7))
    assert figures["L8"] == (0.5, 0.5)
    assert figures["L9"] == (0.75, 0.75)
    assert figures["L10"] == (30.0, None)
    assert figures["L11"] == (pytest.approx(0.75), None)
    assert figures["L12"] == (0.0, None), "nothing has a single source"
    scores = {"L1": 1.0, "L2": 1.0, "L3": 0.75, "L4": 0.84, "L6": 0.25, "L7": 0.7, "L8": 0.5}
    assert result.composite.index == pytest.approx(100 * sum(WEIGHTS[name] * (1 - scores[name]) for name in WEIGHTS))  # type: ignore[index]
    assert result.composite.known == pytest.approx(1.0)
    assert result.composite.left_out == []


def test_a_metric_that_is_not_known_leaves_the_composite(tmp_path: Path) -> None:
    scenario(tmp_path)
    result = assessed(tmp_path / "cell.yaml", config(arms=["gp7"]))
    assert result.composite.left_out == ["L1", "L2", "L4"]
    assert result.composite.known == pytest.approx(0.45)
    # L3: two vendors; L6: owned in the US; L7: RTDE; L8: half
    assert result.composite.index == pytest.approx(100 * (0.2 * 0.5 + 0.1 * 1.0 + 0.1 * 0.3 + 0.05 * 0.5) / 0.45)
    weights = [one.weight for one in result.metrics if one.weight is not None]
    assert sum(weights) == pytest.approx(1.0)
    for name, word in (("L10", "offline_days"), ("L11", "jurisdictions")):
        assert word in (metric(result, name).why_not_known or "")


def test_a_single_source_is_named_with_its_lead_time(tmp_path: Path) -> None:
    reference = scenario(tmp_path, needs="needs: {robot: {payload: 4.0}}\n")
    stated = {"arms": ["fr3"], "lead_times": {"ur5e": 14}}
    result = assessed(reference, config(**stated))
    assert metric(result, "L3").flag == "single source: robot"
    assert (metric(result, "L3").value, metric(result, "L3").score) == (1.0, 0.0)
    assert metric(result, "L12").value == 14.0
    assert metric(assessed(reference, config(**stated, spares=["robot"])), "L12").value == 0.0
    unknown = metric(assessed(reference, config(arms=["fr3"])), "L12")
    assert unknown.value is None
    assert unknown.why_not_known == "not stated (`lead_times`): robot"


def test_the_register_lists_every_assumed_figure() -> None:
    given = DependenciesConfig.model_validate({"prices": {"ur5e": 1}, "switching": {"adapter": 7}})
    entries = {one.path: one for one in register(given, owner="the firm")}
    assert (entries["prices.ur5e"].value, entries["prices.ur5e"].unit) == (1.0, "EUR")
    assert not entries["switching.adapter"].default
    assert entries["switching.validation"].default
    assert entries["switching.engineering_rate"].owner == "cellkit"
    assert not any(one.verified for one in entries.values())


def test_a_concept_is_run_at_its_speed() -> None:
    runner = InThisProcess()
    concept = Concept("", "feeder_pick", "gp7", "rg2", speed=0.5)
    cell = subject_of(read_scenario("feeder_pick"), concept.arm, concept.gripper, concept.speed, quantity=1)
    result = assess(cell, config(arms=["gp7", "fr3"]), world="kinematic", runner=runner, concept=concept.id)
    assert (result.concept, result.bom.item("robot").model, result.bom.item("hand").model) == (concept.id, "gp7", "rg2")
    assert [one.gone for one in result.what_if] == ["Yaskawa"]
    assert {job.options().override for job in runner.done} == {0.5}
    assert {(job.options().quantity, job.options().gripper, job.options().world) for job in runner.done} == {
        (1, "hand=rg2", "kinematic")
    }
    assert result.model_validate_json(result.model_dump_json()) == result


def test_alternatives_must_pass_what_the_present_cell_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    from cellkit.study.dependencies.fitness import Fitness, FitnessTask
    from cellkit.study.feasibility.config import FeasibilityConfig

    failing = {"2f-85": {"own": "fails now too"}, "rg2": {"own": "the same"}, "rg6": {"own": "x", "grip": "slips"}}

    def carry_out(task: FitnessTask) -> Fitness:
        return Fitness(failing[task.concept.gripper])

    monkeypatch.setattr(FitnessTask, "carry_out", carry_out)
    result = assessed(
        "feeder_pick",
        config(arms=["ur5e"], grippers=["rg2", "rg6"], disappear=[{"region": "EU", "view": "production"}]),
        feasibility=FeasibilityConfig(),
        quantity=1,
    )
    hand = next(one for one in result.sourcing if one.role == "hand")
    assert [one.model for one in hand.alternatives] == ["rg2"]
    assert [(one.model, one.why) for one in hand.refused] == [("rg6", "slips")]
