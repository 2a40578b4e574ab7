"""Forward and inverse kinematics: against hand-multiplied frames, finite differences, and each other."""

from __future__ import annotations

import math

import arms
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellkit.errors import Unreachable
from cellkit.geometry import Array, rotation_from_rpy, rotvec_from_rotation, transform
from cellkit.motion import ArmKinematics
from cellkit.motion.unreachable_reason import solve_or_explain


def random_configurations(kinematics: ArmKinematics, count: int, seed: int = 1) -> Array:
    low = np.maximum(kinematics.limits.lower, -math.pi)
    high = np.minimum(kinematics.limits.upper, math.pi)
    return np.random.default_rng(seed).uniform(low, high, (count, kinematics.dof))


def gap(kinematics: ArmKinematics, q: Array, target: Array) -> tuple[float, float]:
    """Return the position (m) and rotation (rad) error, by the plain product of the joint frames."""
    pose = kinematics.joint_frames(q)[-1]
    return (
        float(np.linalg.norm(pose[:3, 3] - target[:3, 3])),
        float(np.linalg.norm(rotvec_from_rotation(target[:3, :3] @ pose[:3, :3].T))),
    )


def test_forward_is_the_product_of_the_joint_frames(any_arm: ArmKinematics) -> None:
    for q in random_configurations(any_arm, 30):
        assert np.abs(any_arm.forward(q) - any_arm.joint_frames(q)[-1]).max() < 1e-12
    many = random_configurations(any_arm, 5)
    assert np.abs(any_arm.forward(many)[3] - any_arm.forward(many[3])).max() < 1e-12


def test_published_pose_of_the_ur5e(ur5e: ArmKinematics) -> None:
    # All joints at zero: the arm lies along -x, by the published dimensions.
    assert ur5e.forward(np.zeros(6))[:3, 3] == pytest.approx([-0.425 - 0.3922, -0.1333 - 0.0996, 0.1625 - 0.0997])


def test_read_only_strided_and_plain_lists_are_accepted(ur5e: ArmKinematics) -> None:
    q = np.array(ur5e.model.home)
    expected = ur5e.forward(q)
    locked = q.copy()
    locked.setflags(write=False)
    strided = np.stack([q, q + 1.0], axis=1)[:, 0]
    for form in (locked, strided, q.tolist()):
        assert np.array_equal(ur5e.forward(form), expected)
        assert np.array_equal(ur5e.jacobian(form), ur5e.jacobian(q))
        assert np.array_equal(ur5e.inverse(expected, form), ur5e.inverse(expected, q))


def test_jacobian_is_the_derivative_of_the_tool_pose(any_arm: ArmKinematics) -> None:
    tool = transform(rotation_from_rpy(0.3, -0.4, 0.5), (0.05, -0.02, 0.18))
    h = 1e-6
    for tip in (None, tool):
        offset = np.eye(4) if tip is None else tip
        for q in random_configurations(any_arm, 10):
            jacobian = any_arm.jacobian(q, tip)
            for i in range(any_arm.dof):
                ahead, behind = q.copy(), q.copy()
                ahead[i] += h
                behind[i] -= h
                a, b = any_arm.forward(ahead) @ offset, any_arm.forward(behind) @ offset
                rate = np.concatenate([a[:3, 3] - b[:3, 3], rotvec_from_rotation(a[:3, :3] @ b[:3, :3].T)]) / (2 * h)
                assert np.abs(rate - jacobian[:, i]).max() < 1e-6


def test_hessian_is_the_derivative_of_the_jacobian(any_arm: ArmKinematics) -> None:
    h = 1e-6
    for q in random_configurations(any_arm, 5):
        hessian = any_arm.hessian(any_arm.jacobian(q))
        for i in range(any_arm.dof):
            ahead, behind = q.copy(), q.copy()
            ahead[i] += h
            behind[i] -= h
            rate = (any_arm.jacobian(ahead) - any_arm.jacobian(behind)) / (2 * h)
            assert np.abs(rate - hessian[i]).max() < 1e-6


def test_random_poses_are_solved_within_limits_and_twice_the_same(any_arm: ArmKinematics) -> None:
    home = np.array(any_arm.model.home)
    for q in random_configurations(any_arm, 300):
        target = any_arm.forward(q)
        found = any_arm.inverse(target, home)
        position, rotation = gap(any_arm, found, target)
        assert position < 1e-6
        assert rotation < 1e-6
        assert any_arm.limits.violation(found, tolerance=0.0) is None
        assert found.tobytes() == any_arm.inverse(target, home).tobytes()


def test_a_new_object_gives_the_same_bits(any_arm: ArmKinematics) -> None:
    other = ArmKinematics(any_arm.model)
    home = np.array(any_arm.model.home)
    poses = [any_arm.forward(q) for q in random_configurations(any_arm, 40)]
    backwards = [other.inverse(pose, home, seed=3) for pose in poses[::-1]][::-1]
    for pose, found in zip(poses, backwards, strict=True):
        assert any_arm.inverse(pose, home, seed=3).tobytes() == found.tobytes()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(-0.1, 0.1), min_size=6, max_size=6), st.integers(0, 10_000))
def test_a_near_start_finds_the_same_configuration(ur5e: ArmKinematics, shift: list[float], seed: int) -> None:
    q = random_configurations(ur5e, 1, seed)[0]
    value, _ = ur5e.dexterity(q)
    near = np.clip(q + shift, ur5e.limits.lower, ur5e.limits.upper)
    found = ur5e.inverse(ur5e.forward(q), near)
    if value > 0.02:  # nearer to a singularity another configuration may be as near
        assert np.abs(found - q).max() < 1e-3


def test_joints_of_several_turns_stay_on_the_turn_they_are_on(ur5e: ArmKinematics) -> None:
    q = np.array([0.2, -1.5, 1.4, -1.6, -1.5, 0.3])
    near = q + 2 * math.pi * np.array([0, 0, 0, 1, 0, -1])
    found = ur5e.inverse(ur5e.forward(q), near)
    assert np.abs(found - near).max() < 1e-5
    # Beyond the limit by a little: the turn has to be given up, the pose not.
    edge = np.array([2 * math.pi - 0.01, -1.5, 1.4, -1.6, -1.5, 0.3])
    target = ur5e.forward(edge + np.array([0.03, 0, 0, 0, 0, 0]))
    found = ur5e.inverse(target, edge)
    assert found[0] == pytest.approx(0.02, abs=1e-5)
    assert gap(ur5e, found, target)[0] < 1e-6


def test_more_candidates_never_make_the_move_longer(ur5e: ArmKinematics) -> None:
    home = np.array(ur5e.model.home)
    lengths = []
    for candidates in (1, 2, 12):
        poses = [ur5e.forward(q) for q in random_configurations(ur5e, 40)]
        lengths.append(sum(ur5e.distance(ur5e.inverse(p, home, candidates=candidates), home) for p in poses))
    assert lengths[0] >= lengths[1] >= lengths[2]


def least_distance(kinematics: ArmKinematics, point: Array, starts: int) -> float:
    """Return an independent answer: scipy's bounded minimiser from many starts."""
    from scipy.optimize import minimize  # imported by the only test process that needs it: it takes a second

    low = np.maximum(kinematics.limits.lower, -math.pi)
    high = np.minimum(kinematics.limits.upper, math.pi)
    return min(
        float(
            np.sqrt(
                minimize(
                    lambda q: float(((kinematics.forward(q)[:3, 3] - point) ** 2).sum()),
                    start,
                    jac=lambda q: 2 * (kinematics.forward(q)[:3, 3] - point) @ kinematics.jacobian(q)[:3],
                    bounds=list(zip(low, high, strict=True)),
                    method="L-BFGS-B",
                ).fun
            )
        )
        for start in random_configurations(kinematics, starts, seed=9)
    )


@pytest.mark.parametrize("starts", [5, pytest.param(25, marks=pytest.mark.long)])
@pytest.mark.parametrize("point", [(1.1, 0.9, 0.7), (0.0, 0.0, 3.0), (-0.9, 0.6, -0.3)])
def test_out_of_reach_says_by_how_much(any_arm: ArmKinematics, point: tuple[float, float, float], starts: int) -> None:
    home = np.array(any_arm.model.home)
    target = any_arm.forward(home)
    target[:3, 3] = point
    with pytest.raises(Unreachable, match="beyond the reach") as caught:
        solve_or_explain(any_arm, target, home)
    text = str(caught.value)
    claimed = float(text.split(" m beyond")[0])
    nearest = np.array([float(x) for x in text.split("is (")[1].split(")")[0].split(",")])
    assert claimed == pytest.approx(np.linalg.norm(nearest - target[:3, 3]), abs=2e-3)
    assert claimed == pytest.approx(least_distance(any_arm, target[:3, 3], starts), abs=1e-3)


def test_a_joint_limit_is_named_with_the_right_figure() -> None:
    tight = ArmKinematics(arms.ur5e(j2=(-2.0, -0.5)))
    near = np.array([0.0, -0.6, 1.2, -1.2, -1.57, 0.0])
    # Straight out and low: every configuration needs the shoulder lower than it may go.
    target = tight.forward(np.array([0.0, -0.1, 0.2, -1.67, -1.57, 0.0]))
    with pytest.raises(
        Unreachable, match=r"joint 2 \(j2\) at -?\d+\.\d+ deg is outside -114.59 to -28.65 deg"
    ) as caught:
        solve_or_explain(tight, target, near)
    needed = math.radians(float(str(caught.value).split(" at ")[1].split(" deg")[0]))
    wider = ArmKinematics(arms.ur5e(j2=(-2.0, needed + 1e-3)))
    narrower = ArmKinematics(arms.ur5e(j2=(-2.0, needed - 1e-3)))
    wider.inverse(target, near)
    with pytest.raises(Unreachable):
        narrower.inverse(target, near)


def test_an_orientation_out_of_reach_is_told_from_a_position(ur5e: ArmKinematics) -> None:
    home = np.array(ur5e.model.home)
    # Between base and elbow, pointing up: the links are in the way of themselves.
    turned = transform(np.eye(3), (0.05, 0.0, 0.2))
    with pytest.raises(Unreachable, match=r"not with this orientation: the nearest orientation there is \d+\.\d deg"):
        solve_or_explain(ur5e, turned, home)


def test_dexterity_names_the_joint_of_a_singularity(ur5e: ArmKinematics) -> None:
    good, _ = ur5e.dexterity(np.array([0.0, -1.4, 1.5, -1.6, -1.57, 0.0]))
    wrist, joint = ur5e.dexterity(np.array([0.0, -1.4, 1.5, -1.6, 0.0, 0.0]))
    assert good > 0.03
    assert wrist < 1e-9
    assert joint in (3, 5)
