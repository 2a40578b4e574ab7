"""Cartesian motions: on the path, within limits, slowed or refused near singularities."""

from __future__ import annotations

import dataclasses
import math

import arms
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellkit.errors import PlanningError, SingularPath, Unreachable
from cellkit.geometry import Array, rotation_from_rotvec, rotvec_from_rotation, transform
from cellkit.motion import (
    Arc,
    ArmKinematics,
    Hold,
    Line,
    Path,
    PathLimits,
    PathTrajectory,
    Sequence,
    Trajectory,
    blend,
    plan_cartesian,
    plan_paths,
    violations,
)
from cellkit.motion.cartesian import SHORTEST

TOOL = transform(np.eye(3), (0.0, 0.0, 0.12))
shift = st.tuples(st.floats(-0.2, 0.2), st.floats(-0.2, 0.2), st.floats(-0.2, 0.1))
turn = st.tuples(st.floats(-0.4, 0.4), st.floats(-0.4, 0.4), st.floats(-0.8, 0.8))


def moved(pose: Array, by: tuple[float, ...], rotvec: tuple[float, ...] = (0.0, 0.0, 0.0)) -> Array:
    result = pose.copy()
    result[:3, 3] += by
    result[:3, :3] = rotation_from_rotvec(rotvec) @ result[:3, :3]
    return result


def check(kinematics: ArmKinematics, motion: Trajectory, path: Path, tool: Array = TOOL, limits: object = None) -> None:
    """Check everything that must hold on a planned path."""
    assert isinstance(motion, PathTrajectory)
    bounds = kinematics.limits if limits is None else limits
    assert violations(motion, bounds, step=motion.duration / 400) == []  # type: ignore[arg-type]
    times = np.linspace(0.0, motion.duration, 150)
    for t in times[:-1]:
        q, _ = motion.sample(float(t))
        pose = kinematics.forward(q) @ tool
        wanted = path.poses(np.array([motion.law.at(float(t))[0]]))[0]
        assert np.linalg.norm(pose[:3, 3] - wanted[:3, 3]) < 5e-5
        assert np.linalg.norm(rotvec_from_rotation(pose[:3, :3] @ wanted[:3, :3].T)) < math.radians(0.05)
    final = kinematics.forward(motion.end) @ tool
    assert np.linalg.norm(final[:3, 3] - path.poses(np.array([path.length]))[0][:3, 3]) < 2e-6
    assert not motion.sample(motion.duration)[1].any()
    # Velocity is the derivative of position, and acceleration that of velocity, everywhere: C1 and C2.
    h = 1e-5
    for t in times[1:-1:9]:
        (before, v0), (after, v1) = motion.sample(t - h), motion.sample(t + h)
        assert np.abs((after - before) / (2 * h) - motion.sample(t)[1]).max() < 1e-3
        jolt = 3 * h * float(np.max(kinematics.limits.jerk)) * 20 + 1e-3
        assert np.abs((v1 - v0) / (2 * h) - motion.acceleration(float(t))).max() < jolt


@settings(max_examples=25, deadline=None)
@given(shift, turn)
def test_lines_are_followed_within_all_limits(
    any_arm: ArmKinematics, by: tuple[float, ...], rotvec: tuple[float, ...]
) -> None:
    home = np.array(any_arm.model.home)
    start = any_arm.forward(home) @ TOOL
    path = Line(start, moved(start, by, rotvec))
    try:
        motion = plan_cartesian(any_arm, path, home, TOOL)
    except PlanningError:
        return  # refusing is allowed, wrong motion is not
    if path.length >= SHORTEST:
        check(any_arm, motion, path)


@pytest.mark.parametrize("speed", [0.01, 0.4])
@pytest.mark.parametrize("drop", [0.05, 0.15, 0.3])
def test_a_slow_line_takes_the_time_of_its_trapezoid(ur5e: ArmKinematics, drop: float, speed: float) -> None:
    """Far from any singularity the TCP's own limits decide, wherever between two grid points the braking begins."""
    home = np.array(ur5e.model.home)
    start = ur5e.forward(home) @ TOOL
    path = Line(start, moved(start, (0.0, 0.0, -drop)))
    limits = PathLimits(speed=speed, acceleration=1.0, rotation_speed=2.0, rotation_acceleration=10.0)
    motion = plan_cartesian(ur5e, path, home, TOOL, cartesian=limits)
    top = min(speed, math.sqrt(drop))
    assert motion.duration == pytest.approx(drop / top + top, rel=0.006)
    smooth = plan_cartesian(ur5e, path, home, TOOL, cartesian=dataclasses.replace(limits, smoothing=0.1))
    check(ur5e, smooth, path)
    assert smooth.duration == pytest.approx(drop / top + top + 0.1, rel=0.03)


def test_speed_asked_for_is_reached_and_not_exceeded(ur5e: ArmKinematics) -> None:
    home = np.array(ur5e.model.home)
    start = ur5e.forward(home) @ TOOL
    path = Line(start, moved(start, (0.0, 0.3, 0.0)))
    limits = PathLimits.of(ur5e.model.cartesian).at_speed(0.1)
    motion = plan_cartesian(ur5e, path, home, TOOL, cartesian=limits)
    assert isinstance(motion, PathTrajectory)
    speeds = [motion.law.at(float(t))[1] for t in np.linspace(0, motion.duration, 500)]
    assert max(speeds) <= 0.1 + 1e-9
    assert max(speeds) == pytest.approx(0.1, rel=0.01)


def test_pure_rotation_keeps_the_tool_point(ur5e: ArmKinematics) -> None:
    home = np.array(ur5e.model.home)
    start = ur5e.forward(home) @ TOOL
    path = Line(start, moved(start, (0.0, 0.0, 0.0), (0.0, 0.0, 1.0)))
    motion = plan_cartesian(ur5e, path, home, TOOL)
    check(ur5e, motion, path)
    rates = [
        np.linalg.norm((ur5e.jacobian(q, TOOL) @ v)[3:])
        for q, v in (motion.sample(float(t)) for t in np.linspace(0, motion.duration, 200))
    ]
    assert max(rates) <= ur5e.model.cartesian.max_rotation_speed * 1.001


@settings(max_examples=10, deadline=None)
@given(shift, shift)
def test_arcs_are_followed(any_arm: ArmKinematics, by: tuple[float, ...], via: tuple[float, ...]) -> None:
    home = np.array(any_arm.model.home)
    start = any_arm.forward(home) @ TOOL
    try:
        path = Arc(start, moved(start, via), moved(start, by, (0.0, 0.0, 0.3)))
        motion = plan_cartesian(any_arm, path, home, TOOL)
    except PlanningError:
        return
    check(any_arm, motion, path)


def test_blended_waypoints_with_a_stop(any_arm: ArmKinematics) -> None:
    home = np.array(any_arm.model.home)
    a = any_arm.forward(home) @ TOOL
    b = moved(a, (0.0, 0.0, -0.12))
    c = moved(b, (0.0, 0.12, 0.0), (0.0, 0.0, 0.3))
    d = moved(c, (0.0, 0.0, 0.1))
    e = moved(d, (0.0, -0.12, 0.0))
    paths = blend([a, b, c, d, e], [0.0, 0.04, 0.05, 0.0, 0.0])
    motion = plan_paths(any_arm, paths, home, TOOL)
    assert isinstance(motion, Sequence)
    assert len(paths) == 2
    for part, path in zip(motion._parts, paths, strict=True):
        check(any_arm, part, path)
    assert violations(motion, any_arm.limits, step=0.01) == []


def test_scaled_limits_hold_too(ur5e: ArmKinematics) -> None:
    home = np.array(ur5e.model.home)
    start = ur5e.forward(home) @ TOOL
    path = Line(start, moved(start, (0.1, 0.25, 0.05)))
    slow = ur5e.limits.scaled(speed=0.1, acceleration=0.2)
    motion = plan_cartesian(ur5e, path, home, TOOL, limits=slow)
    check(ur5e, motion, path, limits=slow)
    assert motion.duration > 2 * plan_cartesian(ur5e, path, home, TOOL).duration


def near_wrist_singularity(kinematics: ArmKinematics, miss: float) -> tuple[Array, Array, Path]:
    """Return a tilt of the flange that brings wrist 2 of a UR within ``miss`` rad of zero, and out sideways."""
    q = np.array([0.3, -1.3, 1.6, -1.5, 0.6, 0.2])
    closest = q.copy()
    closest[4] = miss
    target = kinematics.forward(closest)
    start = kinematics.forward(q)
    beyond = target @ np.linalg.inv(start) @ target
    return q, start, Line(start, beyond)


@pytest.mark.parametrize("miss", [0.15, 0.05, 0.01, 1e-3, 1e-5])
def test_wrist_singularity_is_slowed_or_refused(ur5e: ArmKinematics, miss: float) -> None:
    q, start, path = near_wrist_singularity(ur5e, 0.0)
    aside = ur5e.jacobian(np.where(np.arange(6) == 4, 0.0, q))
    # Across the singular direction, at a distance that the joints can feel.
    lost = np.linalg.svd(aside)[0][:, 5]
    goal = path.poses(np.array([path.length]))[0]
    line = Line(start, moved(goal, tuple(miss * lost[:3]), tuple(miss * lost[3:])))
    try:
        motion = plan_cartesian(ur5e, line, q)
    except SingularPath as error:
        text = str(error)
        assert "mm along the path" in text
        assert "joint" in text
        return
    check(ur5e, motion, line, np.eye(4))


def test_through_the_wrist_singularity_sideways_is_refused(ur5e: ArmKinematics) -> None:
    """At wrist 2 = 0 the flange cannot turn about the direction lost there, however slowly."""
    q = np.array([0.3, -1.3, 1.6, -1.5, 1e-4, 0.2])
    lost = np.linalg.svd(ur5e.jacobian(q))[0][:, 5]
    start = ur5e.forward(q)
    goal = moved(start, tuple(0.05 * lost[:3]), tuple(0.05 * lost[3:]))
    with pytest.raises(SingularPath, match=r"mm along the path .* TCP at .*joint [46],"):
        plan_cartesian(ur5e, Line(start, goal), q)


@pytest.mark.parametrize("miss", [0.15, 0.02, 0.002])
def test_shoulder_singularity_is_slowed_or_refused(ur5e: ArmKinematics, miss: float) -> None:
    """A line past the base axis: the wrist passes near it, and the base joint has to swing round."""
    q = np.array([0.0, -1.9, 2.2, -1.87, -1.57, 0.0])
    start = ur5e.forward(q)
    x, y, _ = start[:3, 3]
    goal = moved(start, (-2 * x, miss - y, 0.0))
    line = Line(start, goal)
    refused = ""
    try:
        motion = plan_cartesian(ur5e, line, q)
    except PlanningError as error:
        refused = str(error)
    if refused:
        assert "mm along the path" in refused
    else:
        check(ur5e, motion, line, np.eye(4))


def test_slowing_down_is_local(ur5e: ArmKinematics) -> None:
    """A path near the wrist singularity is slow there and has the commanded speed elsewhere."""
    q = np.array([0.3, -1.3, 1.6, -1.5, 0.06, 0.2])
    start = ur5e.forward(q)
    lost = np.linalg.svd(ur5e.jacobian(q))[0][:, 5]
    line = Line(start, moved(start, (0.05, 0.25, 0.05), tuple(0.12 * lost[3:])))
    motion = plan_cartesian(ur5e, line, q)
    check(ur5e, motion, line, np.eye(4))


def test_a_path_out_of_reach_says_where_and_by_how_much(ur5e: ArmKinematics) -> None:
    home = np.array(ur5e.model.home)
    start = ur5e.forward(home) @ TOOL
    goal = moved(start, (-0.8, 0.0, 0.0))
    with pytest.raises(
        Unreachable, match=r"m beyond the reach: .* The path leaves the reach \d+\.\d mm along"
    ) as caught:
        plan_cartesian(ur5e, Line(start, goal), home, TOOL)
    along = float(str(caught.value).split("leaves the reach ")[1].split(" mm")[0]) / 1e3
    straight = Line(start, goal)
    untool = np.linalg.inv(TOOL)
    ur5e.inverse(straight.poses(np.array([along - 2e-3]))[0] @ untool, home)
    with pytest.raises(Unreachable):
        ur5e.inverse(straight.poses(np.array([along + 2e-3]))[0] @ untool, home)


def test_a_joint_limit_on_the_way_is_named() -> None:
    tight = ArmKinematics(arms.ur5e(j1=(-1.0, 0.2)))
    home = np.array(tight.model.home)
    start = tight.forward(home) @ TOOL
    with pytest.raises(PlanningError, match=r"joint 1 \(j1\) at .* is outside -57.30 to 11.46 deg, \d+\.\d mm along"):
        plan_cartesian(tight, Line(start, moved(start, (0.0, -0.3, 0.0))), home, TOOL)


def test_a_turn_limit_is_a_limit_although_the_pose_is_reachable(ur5e: ArmKinematics) -> None:
    q = np.array([0.0, -1.4, 1.6, -1.7, -1.57, 2 * math.pi - 0.2])
    start = ur5e.forward(q)
    path = Line(start, moved(start, (0.0, 0.0, 0.0), tuple(0.6 * start[:3, 2])))
    with pytest.raises(PlanningError, match=r"joint 6 \(j6\) at .* is outside -360.00 to 360.00 deg"):
        plan_cartesian(ur5e, path, q)


def test_a_start_elsewhere_is_refused(ur5e: ArmKinematics) -> None:
    home = np.array(ur5e.model.home)
    start = ur5e.forward(home)
    with pytest.raises(PlanningError, match="does not begin where the arm is"):
        plan_cartesian(ur5e, Line(start, moved(start, (0.0, 0.1, 0.0))), home, TOOL)
    outside = home.copy()
    outside[0] = 7.0
    with pytest.raises(PlanningError, match="is outside its limits"):
        plan_cartesian(ur5e, Line(start, moved(start, (0.0, 0.1, 0.0))), outside)


def test_a_path_to_nowhere_holds(ur5e: ArmKinematics) -> None:
    home = np.array(ur5e.model.home)
    start = ur5e.forward(home)
    assert isinstance(plan_cartesian(ur5e, Line(start, start), home), Hold)


def test_what_is_shorter_than_the_solver_is_exact_is_no_motion(any_arm: ArmKinematics) -> None:
    """An arm by wire once received a motion of 9 nm: the solver's error there is a thousand times as large."""
    limits = PathLimits.of(any_arm.model.cartesian).scaled(0.004, 1.0)
    home = np.array(any_arm.model.home)
    start = any_arm.forward(home)
    for length in (9e-9, 1e-7, 9e-7):
        assert isinstance(
            plan_cartesian(any_arm, Line(start, moved(start, (0.0, length, 0.0))), home, cartesian=limits), Hold
        )
    for length in (1.1e-6, 2e-6, 1e-5, 1e-4):
        trajectory = plan_cartesian(any_arm, Line(start, moved(start, (0.0, length, 0.0))), home, cartesian=limits)
        assert any_arm.forward(trajectory.end)[:3, 3] == pytest.approx(start[:3, 3] + [0.0, length, 0.0], abs=1e-6)


def test_plans_repeat_bit_for_bit(any_arm: ArmKinematics) -> None:
    home = np.array(any_arm.model.home)
    start = any_arm.forward(home) @ TOOL
    path = Line(start, moved(start, (0.03, 0.2, -0.1), (0.0, 0.1, 0.3)))
    one = plan_cartesian(any_arm, path, home, TOOL)
    other = plan_cartesian(ArmKinematics(any_arm.model), path, home.copy(), TOOL.copy())
    assert one.duration == other.duration
    for t in np.linspace(0, one.duration, 40):
        assert one.sample(float(t))[0].tobytes() == other.sample(float(t))[0].tobytes()


def test_path_limits_scale() -> None:
    limits = PathLimits(1.0, 2.0, 4.0, 5.0, 0.1)
    assert dataclasses.astuple(limits.scaled(0.5, 0.1)) == pytest.approx((0.5, 0.2, 2.0, 0.5, 0.1))
    assert dataclasses.astuple(limits.at_speed(0.25)) == pytest.approx((0.25, 2.0, 1.0, 5.0, 0.1))
    assert limits.at_speed(9.0).speed == 1.0


@pytest.mark.parametrize("smoothing", [0.0, 0.02, 0.1])
def test_random_lines_use_the_joints_in_full_and_not_more(any_arm: ArmKinematics, smoothing: float) -> None:
    """Where braking begins, or a bound ends, between two grid points, no joint is asked for more than its limits."""
    draw = np.random.default_rng(1)
    home = np.array(any_arm.model.home)
    start = any_arm.forward(home) @ TOOL
    limits = PathLimits(1.0, 4.0, 2.0, 10.0, smoothing)
    shares = []
    for _ in range(40):
        goal = moved(start, tuple(draw.uniform(-0.2, 0.2, 3)), tuple(draw.uniform(-0.4, 0.4, 3)))
        try:
            motion = plan_cartesian(any_arm, Line(start, goal), home, TOOL, cartesian=limits)
        except PlanningError:
            continue
        moments = np.linspace(0.0, motion.duration, 300)
        accelerations = np.array([motion.acceleration(float(t)) for t in moments])
        shares.append(float((np.abs(accelerations) / any_arm.limits.acceleration).max()))
    assert len(shares) > 10
    assert 0.9 < max(shares) < 1.01
