"""The shipped scenario on real choices of hardware, in physics, as the README promises."""

from __future__ import annotations

from pathlib import Path

import pybullet_data
import pytest

from cellkit.models.load import model_file, model_ids
from cellkit.scenario.record import RunRecord
from cellkit.scenario.runner import RunOptions, run_scenario


def run(arm: str, gripper: str = "2f-85", seed: int = 1) -> RunRecord:
    return run_scenario("pick_and_place", RunOptions(arm=arm, gripper=gripper, seed=seed, world="physics"))


def assert_all_good(record: RunRecord) -> None:
    assert record.success, record.failure
    assert record.parts_good == record.parts_total == 10
    assert record.collisions == 0
    assert record.max_place_error is not None
    assert record.max_place_error < 0.002, "parts fit their nests with 2 mm to spare on each side"


@pytest.mark.parametrize(
    ("arm", "gripper"),
    [
        ("ur5e", "2f-85"),
        pytest.param("irb-120", "rg2", marks=pytest.mark.long),
        pytest.param("fr3", "vacuum", marks=pytest.mark.long),
    ],
)
def test_one_program_other_hardware(arm: str, gripper: str) -> None:
    assert_all_good(run(arm, gripper))


CANNOT = {
    ("lite6", "2f-85"): "the gripper alone is heavier than the payload",
    ("lite6", "rg2"): "the gripper alone is heavier than the payload",
    ("lite6", "vacuum"): "the trays, whose size is fixed, overlap in a cell laid out for so short a reach",
    ("rebel", "rg2"): "axis 5 does not point so long a gripper straight down at the far places",
    ("ur3e", "rg2"): "the far places are out of reach with so long a gripper",
    ("ur5e", "rg6"): "so long a hand meets the arm on the way home once its last joint has turned half round (seed 2)",
}


EVERYWHERE = ["2f-85", "rg2", "vacuum"]
A_FEW = ["ur5e", "crx-10ia", "kr6-r900"]


def combinations() -> list[object]:
    found = []
    for gripper in model_ids("gripper"):
        for arm in model_ids("arm") if gripper in EVERYWHERE else A_FEW:
            why = CANNOT.get((arm, gripper))
            marks = [] if why is None else [pytest.mark.xfail(reason=why, strict=True)]
            found.append(pytest.param(arm, gripper, marks=marks))
    return found


@pytest.mark.long
@pytest.mark.parametrize(("arm", "gripper"), combinations())
def test_every_arm_and_every_gripper(arm: str, gripper: str) -> None:
    for seed in (1, 2):
        assert_all_good(run(arm, gripper, seed))


def test_an_own_urdf_gives_the_shapes(tmp_path: Path) -> None:
    """The model's figures with another description's links, meshes included."""
    shapes = Path(pybullet_data.getDataPath()) / "xarm"
    text = model_file("xarm6").read_text(encoding="utf-8").replace("\nid: xarm6", "\nid: my-arm")
    model = tmp_path / "my-arm.yaml"
    model.write_text(f"{text}\nurdf: {shapes / 'xarm6_robot.urdf'}\n", encoding="utf-8")
    record = run_scenario("pick_and_place", RunOptions(arm=str(model), quantity=2, world="physics"))
    assert record.success, record.failure
    assert record.arm == "my-arm"
