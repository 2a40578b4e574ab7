"""The plan of the matrix: every possible run; exclusions have a reason, and bad input is an error."""

from __future__ import annotations

from pathlib import Path

import pytest
from matrix_rig import HOME, planned, scenario

from cellkit.errors import ConfigError, DriverNotFound
from cellkit.models.load import load_arm, model_file
from cellkit.study.matrix.plan import fillings


def test_rows_and_jobs_in_order(tmp_path: Path) -> None:
    plan = planned(scenario(tmp_path / "job", HOME), "pick_and_place", arms="ur5e,gp7", paths="direct,wire", seeds=2)
    rows = [(one.name, one.label, one.path) for one in plan.entries]
    assert rows == [(name, arm, path) for name in ("job", "pick_and_place") for arm in ("ur5e", "gp7")
                    for path in ("direct", "wire")]  # fmt: skip
    assert plan.excluded == []
    assert [job.seed for job in plan.jobs()] == [1, 2] * 8
    assert plan.entries[0].vendors == ("Universal Robots",)
    assert plan.entries[4].gripper == "2f-85"


def test_an_arm_without_a_wire_driver_is_excluded_by_wire_alone() -> None:
    plan = planned("pick_and_place", arms="tx2-60,ur5e", paths="direct,wire")
    assert [(one.label, one.path) for one in plan.entries] == [
        ("tx2-60", "direct"),
        ("ur5e", "direct"),
        ("ur5e", "wire"),
    ]
    (left_out,) = plan.excluded
    assert (left_out.scenario, left_out.arm, left_out.path) == ("pick_and_place", "tx2-60", "wire")
    assert left_out.why.startswith("no wire path for tx2-60")
    assert "cell.yaml" not in left_out.why, "the reason contains no place in a file"


def test_needs_that_an_arm_does_not_meet(tmp_path: Path) -> None:
    file = scenario(tmp_path / "job", HOME)
    with file.open("a", encoding="utf-8") as text:
        text.write("needs: {left: {payload: 4.0}}\n")
    plan = planned(file, arms="ur5e,irb-120")
    assert [one.label for one in plan.entries] == ["ur5e"]
    assert [(one.arm, one.why) for one in plan.excluded] == [
        ("irb-120", "left needs a payload of 4 kg; IRB 120-3/0.6 has 3 kg")
    ]


def test_a_scenario_for_another_world() -> None:
    plan = planned("press_to_force", "pick_and_place")
    assert [one.name for one in plan.entries] == ["pick_and_place"]
    assert [one.why for one in plan.excluded] == ["--world kinematic: press_to_force needs the physics world"]


def test_two_arms_are_of_two_vendors(tmp_path: Path) -> None:
    file = scenario(tmp_path / "job", HOME, arms=2)
    plan = planned(file, arms="ur5e,ur3e,fr3,tx2-60", paths="direct,wire")
    assert [(one.label, one.path) for one in plan.entries] == [
        ("ur5e+fr3", "direct"),
        ("ur5e+fr3", "wire"),
        ("ur3e+fr3", "direct"),
        ("ur3e+fr3", "wire"),
        ("fr3+tx2-60", "direct"),
        ("fr3+ur5e", "wire"),  # the next arm has no wire driver
        ("tx2-60+ur5e", "direct"),
    ]
    assert plan.entries[0].arm == "left=ur5e,right=fr3"
    assert plan.entries[0].vendors == ("Universal Robots", "Franka Robotics")
    assert [(one.arm, one.path) for one in plan.excluded] == [("tx2-60", "wire")]


def test_an_arm_alone_finds_no_partner_and_named_partners_are_taken(tmp_path: Path) -> None:
    file = scenario(tmp_path / "job", HOME, arms=2)
    plan = planned(file, arms="ur5e,ur3e,ur5e+gp7")
    assert [one.label for one in plan.entries] == ["ur5e+gp7"]
    assert plan.excluded[0].why == "the cell has 2 arms; no arm of another vendor than ur5e's was chosen"
    single = planned(scenario(tmp_path / "one", HOME), arms="ur5e+gp7,ur5e")
    assert [one.why for one in single.excluded] == ["the cell has 1 arms, ur5e+gp7 names 2"]


def test_three_arms_are_of_three_vendors() -> None:
    chosen = ["ur5e", "ur3e", "gp7", "hc10", "fr3"]
    found = list(fillings("ur5e", chosen, 3))
    assert found[0] == ["ur5e", "gp7", "fr3"]
    assert all(len({load_arm(model).vendor.name for model in models}) == 3 for models in found)


def test_a_model_by_path_is_found_in_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "my-arm.yaml"
    own.write_text(model_file("ur5e").read_text(encoding="utf-8").replace("id: ur5e", "id: my-arm", 1))
    monkeypatch.chdir(tmp_path)
    scenario(tmp_path / "job", HOME)
    (one,) = planned("./job", arms="./my-arm.yaml").entries
    assert (one.label, one.arm, one.scenario) == ("my-arm", str(own), str(tmp_path / "job" / "scenario.yaml"))


def test_invalid_input_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="unknown scenario 'pick_and_plaice'"):
        planned("pick_and_plaice")
    with pytest.raises(DriverNotFound, match="unknown model 'ur55'"):
        planned("pick_and_place", arms="gp7,ur55")
    with pytest.raises(ConfigError, match="is not valid Python"):
        planned(scenario(tmp_path / "syntax", "async def main(cell:\n"))
    spoilt = scenario(tmp_path / "spoilt", HOME)
    cell = tmp_path / "spoilt" / "cell.yaml"
    cell.write_text(cell.read_text() + "frames: {a: {in: nowhere}}\n")
    with pytest.raises(ConfigError, match="unknown frame 'nowhere'"):
        planned(spoilt, "pick_and_place")
    with pytest.raises(ConfigError, match="a second scenario is called 'job'"):
        planned(scenario(tmp_path / "a", HOME), scenario(tmp_path / "b", HOME))
    with pytest.raises(ConfigError, match="--path live"):
        planned("pick_and_place", paths="direct,live")


def test_named_twice_run_once(tmp_path: Path) -> None:
    file = scenario(tmp_path / "job", HOME)
    assert len(planned(file, file.parent).entries) == 1
