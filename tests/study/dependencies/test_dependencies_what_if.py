"""The loss of a vendor or region: roles that are hit, and replacements that were run, in the kinematic world."""

from __future__ import annotations

from pathlib import Path

import pytest
from dependencies_rig import SIX_JOINTS, InThisProcess, assessed, config, scenario

from cellkit.errors import ConfigError
from cellkit.study.dependencies.result import Dependencies, WhatIf


def arms_of(what_if: WhatIf) -> list[tuple[str, bool]]:
    return [(one.models["robot"], one.passed) for one in what_if.replacements]


def only(result: Dependencies) -> WhatIf:
    (what_if,) = result.what_if
    return what_if


def test_replacements_are_run_and_failures_are_reported(tmp_path: Path) -> None:
    runner = InThisProcess()
    result = assessed(scenario(tmp_path, SIX_JOINTS), config(arms=["ur5e", "gp7", "fr3", "tx2-60"]), runner=runner)
    what_if = only(result)
    assert (what_if.gone, what_if.hit, what_if.verdict) == ("Universal Robots", ["robot"], "replaced")
    assert arms_of(what_if) == [("tx2-60", True), ("gp7", True), ("fr3", False)]
    _, gp7, franka = what_if.replacements
    assert gp7.no_wire == "the study asks for no runs by wire"
    assert franka.direct.why_not is not None
    assert "six joints are needed" in franka.direct.why_not
    assert gp7.direct.row.at_least == pytest.approx(0.05), "one good run proves next to nothing"
    assert result.portability is not None
    assert result.portability.share == pytest.approx(3 / 4)
    assert [trial.passed for trial in result.portability.trials] == [True, True, False, True]
    assert result.portability.lines_changed == 0
    assert [job.entry.arm for job in runner.done] == ["ur5e", "gp7", "fr3", "tx2-60"], "nothing is run twice"


@pytest.mark.long
def test_replacements_are_run_by_wire_where_there_is_a_driver(tmp_path: Path) -> None:
    runner = InThisProcess()
    result = assessed(
        scenario(tmp_path, SIX_JOINTS), config(arms=["gp7", "fr3", "tx2-60"], wire_seeds=2), runner=runner
    )
    gp7, staubli, franka = only(result).replacements
    assert gp7.by_wire is not None
    assert (gp7.by_wire.row.path, gp7.by_wire.row.runs, gp7.by_wire.passed) == ("wire", 2, True)
    assert staubli.passed
    assert staubli.no_wire is not None
    assert staubli.no_wire.startswith("no wire path for tx2-60")
    assert franka.no_wire == "not run by wire: it has failed on the direct path"


def test_a_cell_fails_when_nothing_passes(tmp_path: Path) -> None:
    result = assessed(scenario(tmp_path, SIX_JOINTS), config(arms=["ur5e", "fr3"]))
    assert only(result).verdict == "fails"
    (cost,) = [metric for metric in result.metrics if metric.id == "L4"]
    assert (cost.value, cost.score) == (None, 0.0)
    assert cost.flag == "no replacement has passed for the loss of Universal Robots"


def test_a_replacement_that_is_slower_than_the_takt_does_not_pass(tmp_path: Path) -> None:
    result = assessed(scenario(tmp_path), config(arms=["gp7"], takt=1e-6))
    (one,) = only(result).replacements
    assert one.direct.row.good == 1
    assert not one.passed
    assert one.direct.why_not is not None
    assert one.direct.why_not.endswith("the takt is 1e-06 s")


def test_the_needs_of_a_role_are_checked_before_any_run(tmp_path: Path) -> None:
    runner = InThisProcess()
    reference = scenario(tmp_path, needs="needs: {robot: {payload: 4.0}}\n")
    result = assessed(reference, config(arms=["fr3", "gp7"]), runner=runner)
    what_if = only(result)
    assert [(one.model, one.why) for one in what_if.refused] == [
        ("fr3", "robot needs a payload of 4 kg; Franka Research 3 has 3 kg")
    ]
    assert [job.entry.arm for job in runner.done] == ["gp7"]
    assert result.portability is not None
    assert result.portability.share == 0.5, "refused is not portable either"


def test_a_region_by_each_view(tmp_path: Path) -> None:
    reference = scenario(tmp_path)
    every = [{"region": "US", "view": view} for view in ("owner", "headquarters", "production")]
    result = assessed(reference, config(arms=["gp7"], disappear=[*every, {"region": "EU", "view": "headquarters"}]))
    assert [(one.gone, one.hit) for one in result.what_if] == [
        ("US (owner)", ["robot"]),
        ("US (headquarters)", []),
        ("US (production)", []),
        ("EU (headquarters)", ["robot"]),
    ]
    assert [one.verdict for one in result.what_if] == ["replaced", "goes on", "goes on", "replaced"]


def test_a_lost_vendor_replaces_nothing(tmp_path: Path) -> None:
    result = assessed(
        scenario(tmp_path, arm="gp7"), config(arms=["gofa", "crx-10ia", "fr3"], disappear=[{"region": "JP"}])
    )
    what_if = only(result)
    assert arms_of(what_if) == [("fr3", True)]
    assert [(one.model, one.why) for one in what_if.refused] == [
        ("gofa", "ABB: SoftBank Group (JP) is to become its owner")
    ]


def test_a_pending_sale_makes_a_component_unsure(tmp_path: Path) -> None:
    result = assessed(
        scenario(tmp_path, arm="gofa"), config(arms=["fr3"], disappear=[{"region": "JP"}, {"region": "CH"}])
    )
    japan, switzerland = result.what_if
    assert (japan.hit, japan.verdict) == ([], "goes on")
    assert "SoftBank Group (JP) is to become its owner" in japan.unsure["robot"]
    assert switzerland.hit == ["robot"]


def test_a_vendor_with_plants_elsewhere_is_hit_in_part(tmp_path: Path) -> None:
    lost = [{"region": "CN", "view": "production"}]
    result = assessed(scenario(tmp_path, arm="kr6-r900"), config(arms=["fr3"], disappear=lost))
    assert (only(result).hit, only(result).partly) == ([], ["robot"])


def test_a_sensor_cannot_be_exchanged_in_a_run(tmp_path: Path) -> None:
    eye = "  eye: {kind: proximity, model: ods9-450, pose: {xyz: [1, 0, 1]}}\n"
    result = assessed(scenario(tmp_path, more=eye), config(arms=["gp7"], disappear=[{"vendor": "Leuze"}]))
    what_if = only(result)
    assert (what_if.hit, what_if.verdict) == (["eye"], "not known")
    assert what_if.not_run == {"eye": ["ogd592"]}
    assert what_if.replacements == []


def test_several_components_are_replaced_together(tmp_path: Path) -> None:
    hand = "  hand: {kind: gripper, model: rg2, on: robot, adapter: {thickness: 0.01, mass: 0.1}}\n"
    program = 'async def main(cell):\n    arm = cell.arm("robot")\n    await arm.move_joint(arm.home)\n'
    result = assessed(
        scenario(tmp_path, program, more=hand),
        config(
            arms=["fr3", "gp7"],
            grippers=["wsg-50", "2f-85", "vg10"],
            disappear=[{"vendor": "OnRobot"}, {"region": "EU", "view": "headquarters"}],
            most=1,
        ),
    )
    vendor, region = result.what_if
    assert [one.models for one in vendor.replacements] == [{"hand": "2f-85"}], "one is enough, as asked for"
    assert vendor.left_out == 1, "VG10 is OnRobot's too"
    assert region.hit == ["robot", "hand"]
    assert [one.models for one in region.replacements] == [{"robot": "gp7", "hand": "2f-85"}]


def test_a_generic_model_replaces_nothing(tmp_path: Path) -> None:
    hand = "  hand: {kind: gripper, model: vg10, on: robot}\n"
    program = 'async def main(cell):\n    arm = cell.arm("robot")\n    await arm.move_joint(arm.home)\n'
    result = assessed(
        scenario(tmp_path, program, more=hand),
        config(arms=["gp7"], grippers=["vacuum"], disappear=[{"vendor": "OnRobot"}]),
    )
    assert only(result).verdict == "fails"
    assert [(one.model, one.why) for one in only(result).refused] == [("vacuum", "no vendor sells it")]
    hand_of = next(one for one in result.sourcing if one.role == "hand")
    assert (hand_of.vendors, hand_of.alternatives) == (1, [])


def test_a_bare_cell_has_nothing_to_run(tmp_path: Path) -> None:
    scenario(tmp_path)
    result = assessed(tmp_path / "cell.yaml", config(arms=["gp7"]))
    assert result.scenario is None
    assert (only(result).hit, only(result).verdict) == (["robot"], "not known")
    assert only(result).unknown == "a bare cell has no program to run: give the scenario"
    unknown = {metric.id: metric.why_not_known for metric in result.metrics if metric.value is None}
    assert {"L1", "L2", "L4"} <= set(unknown)
    assert "give the scenario" in (unknown["L2"] or "")
    (sourcing,) = result.sourcing
    assert (sourcing.vendors, [one.model for one in sourcing.alternatives]) == (2, ["gp7"])


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"disappear": [{"vendor": "Acme"}]}, "unknown vendor 'Acme'"),
        ({"disappear": [{"region": "Atlantis"}]}, "unknown region 'Atlantis'"),
        ({"spares": ["hand"]}, "spares: no device in role 'hand'; valid: robot"),
        ({"prices": {"ur5": 1.0}}, "prices: 'ur5' is neither a role of this cell nor a model; did you mean ur5e"),
        ({"lead_times": {"Yaskava": 1.0}}, "lead_times: 'Yaskava' is neither .*; did you mean Yaskawa"),
        ({"jurisdictions": ["X"]}, "unknown region 'X'"),
        ({"arms": ["2f-85"]}, "'2f-85' is a gripper, expected an arm"),
    ],
)  # fmt: skip
def test_bad_input(tmp_path: Path, given: dict[str, object], complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint):
        assessed(scenario(tmp_path), config(**given))


@pytest.mark.parametrize(
    "given",
    [
        {"disappear": [{"vendor": "KUKA", "region": "CN"}]},
        {"disappear": [{}]},
        {"prices": {"ur5e": -1.0}},
        {"arm_class": {"payload": [2.0, 1.0]}},
        {"weights": {"L2": 0.0}},
        {"weights": {"L5": 0.5}},
        {"switching": {"hours_per_week": 0}},
    ],
)
def test_an_inconsistent_section_is_refused(given: dict[str, object]) -> None:

    with pytest.raises(ValueError, match="validation error"):
        config(**given)
