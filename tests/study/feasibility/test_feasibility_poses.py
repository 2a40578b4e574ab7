"""Required poses, reach, margins and collisions."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from feasibility_rig import FEEDER, ONE_PLACE, PICK, assessed, at_the_feeder, cell_of, changed, check_of, concept

from cellkit.errors import ConfigError
from cellkit.geometry import Array
from cellkit.models.arm import ArmModel
from cellkit.scenario.config import read_scenario
from cellkit.study.feasibility.assess import assess
from cellkit.study.feasibility.config import FeasibilityConfig, StatedPose, check_names
from cellkit.study.feasibility.postures import margins
from cellkit.study.feasibility.result import Verdict
from cellkit.study.feasibility.static_cell import static_cell
from cellkit.study.feasibility.targets import targets
from cellkit.yamlfile import read_yaml, validate


def _forward(model: ArmModel, joints: list[float], tool: Array) -> Array:
    """Calculate forward kinematics independently of the product: Rodrigues along the model's own table."""
    pose = model.kinematics.base_to_first.matrix()
    for joint, angle in zip(model.kinematics.joints, joints, strict=True):
        x, y, z = np.array(joint.axis) / np.linalg.norm(joint.axis)
        skew = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
        turn = np.eye(4)
        turn[:3, :3] = np.eye(3) + math.sin(angle) * skew + (1 - math.cos(angle)) * skew @ skew
        pose = pose @ joint.matrix() @ turn
    return pose @ model.kinematics.flange.matrix() @ tool


def _jacobian(model: ArmModel, joints: list[float], tool: Array) -> Array:
    """Calculate the Jacobian by differences, rotation at 0.1 m/rad."""
    columns, step = [], 1e-6
    middle = _forward(model, joints, tool)
    for index in range(model.dof):
        moved = list(joints)
        moved[index] += step
        after = _forward(model, moved, tool)
        turned = (after[:3, :3] @ middle[:3, :3].T - np.eye(3)) / step
        turning = np.array([turned[2, 1] - turned[1, 2], turned[0, 2] - turned[2, 0], turned[1, 0] - turned[0, 1]]) / 2
        columns.append([*((after[:3, 3] - middle[:3, 3]) / step), *(0.1 * turning)])
    return np.array(columns).T


@pytest.mark.parametrize(("arm", "gripper"), [("ur5e", "2f-85"), ("fr3", "rg6")])
def test_margins_agree_with_an_independent_computation(arm: str, gripper: str) -> None:
    cell = cell_of(arm, gripper)
    kinematics, tool = cell.arms["robot"].kinematics, cell.tools["hand"].tcp.matrix
    chance = np.random.default_rng(7)
    for _ in range(5):
        joints = np.clip(
            np.array(kinematics.model.home) + chance.normal(0.0, 0.3, kinematics.dof),
            kinematics.limits.lower,
            kinematics.limits.upper,
        )
        found = margins(kinematics, joints, tool)
        table = kinematics.model.kinematics.joints
        rooms = [
            (min(angle - one.lower, one.upper - angle), one.upper - one.lower, one.name)
            for angle, one in zip(joints, table, strict=True)
            if one.lower is not None and one.upper is not None
        ]
        room, whole, name = min(rooms)
        assert found.joint == name
        assert found.joint_margin == pytest.approx(room)
        assert found.joint_margin_share == pytest.approx(room / whole)
        jacobian = _jacobian(kinematics.model, joints.tolist(), tool)
        values = np.linalg.svd(jacobian, compute_uv=False)
        assert found.singular_value == pytest.approx(values[-1], rel=1e-3)
        assert found.manipulability == pytest.approx(float(np.prod(values)), rel=1e-3)


def test_every_part_of_the_tray_and_the_fixture_is_required_and_reached_where_it_lies() -> None:
    found = assessed()
    assert [pose.kind for pose in found.poses] == ["grasp", "approach"] * 20
    assert {pose.place for pose in found.poses} == {"tray", "fixture"}
    assert found.reachable_share == 1.0
    assert check_of(found, "reach").verdict is Verdict.PASS
    cell = cell_of()
    for pose in found.poses:
        tcp = cell.bases["robot"] @ _forward(cell.plan.arms["robot"], pose.joints, cell.tools["hand"].tcp.matrix)
        assert tcp[:3, 3] == pytest.approx(np.array(pose.xyz), abs=2e-6)
        assert tcp[:3, 2] == pytest.approx(np.array([0.0, 0.0, -1.0]), abs=2e-6)
    above = {pose.name: pose.xyz[2] for pose in found.poses}
    assert above["tray 3, above"] - above["tray 3"] == pytest.approx(0.10)


def test_the_checks_are_the_same_every_time_and_survive_json() -> None:
    found = at_the_feeder("kr6-r900", "rg2")
    assert found == at_the_feeder("kr6-r900", "rg2")
    text = found.model_dump_json()
    assert type(found).model_validate_json(text) == found
    assert '"verdict":"not known"' in text


def test_a_place_out_of_reach_is_named_with_the_reason(tmp_path: Path) -> None:
    scenario = changed(tmp_path, ('"0.52 reach", "-0.36 reach", "0.12 reach"', "0.95, -0.30, 0.10"))
    found = assess(scenario, concept(), FeasibilityConfig())
    check = check_of(found, "reach")
    assert check.verdict is Verdict.FAIL
    assert check.value == pytest.approx(0.5, abs=0.051)
    assert "fixture" in check.text
    assert "m beyond the reach" in check.text
    assert found.verdict is Verdict.FAIL


def test_lengths_in_metres_do_not_scale_with_the_arm(tmp_path: Path) -> None:
    scenario = changed(
        tmp_path,
        ('"0.52 reach", "-0.36 reach", "0.12 reach"', "0.40, -0.30, 0.10"),
        ('"0.52 reach", "0.36 reach", "0.12 reach"', "0.40, 0.30, 0.10"),
    )
    cells = [static_cell(scenario, concept(arm, "rg2"), FeasibilityConfig()) for arm in ("ur5e", "kr6-r900")]
    found = [targets(scenario, cell.plan, FeasibilityConfig()) for cell in cells]
    middles = [np.mean([one.at.position for one in some], axis=0) for some in found]
    assert middles[0] == pytest.approx(middles[1])
    assert middles[0][:2] == pytest.approx([0.40, 0.0])


def test_a_pose_near_a_singularity_is_found_and_named() -> None:
    """UR's wrist loses a direction if its second joint is stretched: joint 5 near 0 or half a turn."""
    cell = cell_of()
    model, tool = cell.plan.arms["robot"], cell.tools["hand"].tcp.matrix
    joints = [*model.home]
    joints[4] = -0.02
    tcp = _forward(model, joints, tool)
    pitch = math.asin(-tcp[2, 0])
    rpy = [math.degrees(one) for one in (math.atan2(tcp[2, 1], tcp[2, 2]), pitch, math.atan2(tcp[1, 0], tcp[0, 0]))]
    stated = StatedPose.model_validate({"name": "sideways", "in": "robot", "xyz": tcp[:3, 3].tolist(), "rpy_deg": rpy})
    check = check_of(at_the_feeder(poses=[stated]), "singularity")
    assert check.verdict is Verdict.MARGINAL
    assert check.figures["pose"] == "sideways"
    jacobian = _jacobian(model, joints, tool)
    assert check.value == pytest.approx(float(np.linalg.svd(jacobian, compute_uv=False)[-1]), abs=2e-4)
    assert check_of(at_the_feeder(), "singularity").verdict is Verdict.PASS


def test_an_obstacle_is_found_and_named(tmp_path: Path) -> None:
    wall = "structures:\n  wall: {in: feeder, shapes: [{box: [0.6, 0.6, 0.05], xyz: [0, 0, 0.12]}]}\n"
    scenario = changed(tmp_path, ("structures:\n", wall), scenario=FEEDER)
    check = check_of(assess(scenario, concept(), ONE_PLACE), "clearance")
    assert check.verdict is Verdict.FAIL
    assert "wall" in str(check.figures["between"])
    assert "slot" in str(check.figures["pose"])
    assert check_of(at_the_feeder(), "clearance").verdict is Verdict.PASS


def test_a_door_is_open_where_the_arm_reaches_into_the_machine() -> None:
    found = assessed("ur5e", "", "machine_tending")
    assert {pose.place for pose in found.poses} == {"chuck", "stand", "blanks", "finished"}
    assert check_of(found, "clearance").verdict is not Verdict.FAIL


def test_each_gripper_that_must_reach_a_place_counts() -> None:
    config = FeasibilityConfig(hands={"chuck": ["fresh", "done"]}, leave_out=["stand", "blanks", "finished"])
    found = assessed("ur5e", "", "machine_tending", config)
    assert [pose.hand for pose in found.poses] == ["fresh", "fresh", "done", "done"]


def test_boxes_on_a_pallet_are_where_the_pattern_puts_them() -> None:
    scenario = read_scenario("palletise")
    cell = cell_of("ur10e", "", "palletise")
    found = targets(scenario, cell.plan, FeasibilityConfig(), quantity=6)
    heights = sorted({round(float(one.at.position[2]), 3) for one in found if one.place == "deck"})
    assert heights == pytest.approx([0.144, 0.364])
    assert sum(one.place == "deck" for one in found) == 6
    assert max(len(one.beside) for one in found if one.place == "deck") == 5


def test_places_of_people_are_left_out_unless_named() -> None:
    scenario = read_scenario("shared_workspace")
    plan = cell_of("", "", "shared_workspace").plan
    assert {one.place for one in targets(scenario, plan, FeasibilityConfig())} == {"left"}
    config = FeasibilityConfig(places=["left", "right"])
    assert {one.place for one in targets(scenario, plan, config)} == {"left", "right"}


STUDY = """\
approach: 0.1
leave_out: [nowhere]
tolerance: -0.001
"""


def test_bad_input_is_reported_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "study.yaml"
    file.write_text(STUDY, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"study\.yaml:3: tolerance.*-0\.001 is not above 0"):
        validate(FeasibilityConfig, read_yaml(file))
    file.write_text(STUDY.replace("-0.001", "0.001"), encoding="utf-8")
    document = read_yaml(file)
    config = validate(FeasibilityConfig, document)
    with pytest.raises(ConfigError, match=r"study\.yaml:2: leave_out: the cell has no place 'nowhere'; valid: fix"):
        assess(read_scenario(PICK), concept(), config, document=document, at=())


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("places: [trai]", "the cell has no place 'trai'; did you mean tray"),
        ("hands: {tray: [foot]}", "the cell has no gripper 'foot'; valid: hand"),
        ("poses: [{name: p, in: nowhere}]", "the cell has no frame 'nowhere'"),
        ("poses: [{name: p, hand: foot}]", "the cell has no gripper 'foot'"),
        ("wrist_inertia: {ur5e: [{joint: 2, moment: 0.1}]}", "the cell has no wrist joint '2'; valid: 4, 5, 6"),
    ],
)
def test_unknown_names_are_reported_with_the_valid_ones(tmp_path: Path, given: str, says: str) -> None:
    file = tmp_path / "study.yaml"
    file.write_text(f"# A study.\n{given}\n", encoding="utf-8")
    document = read_yaml(file)
    with pytest.raises(ConfigError, match=rf"study\.yaml:2: .*{says}"):
        assess(read_scenario(PICK), concept(), validate(FeasibilityConfig, document), document=document, at=())


def test_names_of_another_layout_are_accepted() -> None:
    config = FeasibilityConfig(places=["slot", "tray"], hands={"tray": ["hand"]})
    plans = [cell_of("ur5e", "2f-85", name).plan for name in (FEEDER, PICK)]
    check_names(config, plans)
    with pytest.raises(ConfigError, match="no place 'tray'"):
        check_names(config, plans[:1])
    found = assess(read_scenario(FEEDER), concept("ur5e", "2f-85", FEEDER), config, checked=True)
    assert {pose.place for pose in found.poses} == {"slot"}
