"""Joint motions: limits, exact ends, stops and brakes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellkit.errors import PlanningError
from cellkit.joints import JointLimits
from cellkit.motion import Hold, Sequence, plan_joint, plan_stop, violations

LIMITS = JointLimits(
    ("a", "b", "c"),
    np.array([-3.0, -2.0, -np.inf]),
    np.array([3.0, 2.0, np.inf]),
    np.array([2.0, 1.0, 3.0]),
    np.array([8.0, 5.0, 20.0]),
    np.array([80.0, 50.0, 200.0]),
)
inside = st.tuples(st.floats(-3, 3), st.floats(-2, 2), st.floats(-20, 20))
speeds = st.tuples(st.floats(-1, 1), st.floats(-0.5, 0.5), st.floats(-2, 2))


@settings(max_examples=80, deadline=None)
@given(inside, inside)
def test_joint_motion_keeps_every_limit_and_ends_exactly(
    start: tuple[float, float, float], goal: tuple[float, float, float]
) -> None:
    motion = plan_joint(start, goal, LIMITS)
    assert violations(motion, LIMITS, step=0.01, tolerance=1e-6) == []
    assert np.array_equal(motion.end, goal)
    assert np.array_equal(motion.sample(motion.duration)[0], goal)
    assert np.array_equal(motion.sample(motion.duration + 1.0)[0], goal)
    assert np.abs(motion.sample(-1.0)[0] - start).max() < 1e-12
    assert not motion.sample(motion.duration)[1].any()


def test_joints_keep_in_proportion_from_rest() -> None:
    start, goal = np.array([0.0, 0.0, 0.0]), np.array([1.0, -1.5, 2.0])
    motion = plan_joint(start, goal, LIMITS)
    for t in np.linspace(0, motion.duration, 50):
        position, _ = motion.sample(float(t))
        assert np.abs(position / goal - position[0]).max() < 1e-9


def test_joints_at_their_goal_stay_there() -> None:
    start = np.array([1.0, 0.5, -1.0])
    motion = plan_joint(start, start + np.array([1e-14, 1.0, -1e-15]), LIMITS)
    for t in np.linspace(0, motion.duration, 30):
        position, _ = motion.sample(float(t))
        assert np.abs(position[[0, 2]] - start[[0, 2]]).max() < 1e-12
    assert isinstance(plan_joint(start, start, LIMITS), Hold)
    assert plan_joint(start, start, LIMITS).duration == 0.0


@settings(max_examples=60, deadline=None)
@given(speeds, inside)
def test_a_motion_may_begin_while_moving(speed: tuple[float, float, float], goal: tuple[float, float, float]) -> None:
    motion = plan_joint((0.0, 0.0, 0.0), goal, LIMITS, start_velocity=speed)
    assert np.allclose(motion.sample(0.0)[1], speed)
    assert np.array_equal(motion.end, goal)
    assert [line for line in violations(motion, LIMITS, step=0.01) if "limit" in line and "er limit" not in line] == []


def test_a_goal_outside_the_limits_is_refused_with_both_figures() -> None:
    with pytest.raises(PlanningError, match=r"joint 2 \(b\) at 120.32 deg is outside -114.59 to 114.59 deg"):
        plan_joint(np.zeros(3), [0.0, 2.1, 0.0], LIMITS)


def test_an_impossible_start_speed_is_refused() -> None:
    with pytest.raises(PlanningError):
        plan_joint(np.zeros(3), [1.0, 0.0, 0.0], LIMITS, start_velocity=[float("nan"), 0.0, 0.0])


@settings(max_examples=60, deadline=None)
@given(speeds)
def test_a_stop_brakes_every_joint_in_its_own_time(speed: tuple[float, float, float]) -> None:
    start = np.array([0.1, 0.2, 0.3])
    stop = plan_stop(start, speed, LIMITS)
    assert violations(stop, LIMITS, step=0.01, tolerance=1e-6) == []
    assert not stop.sample(stop.duration)[1].any()
    if stop.duration:
        assert np.allclose(stop.sample(0.0)[1], speed)
        slowest = float((np.abs(speed) / LIMITS.acceleration + LIMITS.acceleration / LIMITS.jerk).max())
        assert stop.duration <= slowest + 1e-6


def test_trajectories_are_independent_objects() -> None:
    first = plan_joint(np.zeros(3), [1.0, 1.0, 1.0], LIMITS)
    before = first.sample(0.3)[0]
    plan_joint(np.zeros(3), [-2.0, 0.5, 7.0], LIMITS)
    plan_stop(np.zeros(3), [1.0, 0.2, 0.3], LIMITS)
    assert np.array_equal(first.sample(0.3)[0], before)
    again = plan_joint(np.zeros(3), [1.0, 1.0, 1.0], LIMITS)
    assert again.sample(0.3)[0].tobytes() == before.tobytes()


def test_a_sequence_runs_its_parts_one_after_the_other() -> None:
    one = plan_joint(np.zeros(3), [1.0, 0.0, 0.0], LIMITS)
    two = plan_joint([1.0, 0.0, 0.0], [1.0, 1.0, 2.0], LIMITS)
    both = Sequence([one, two])
    assert both.duration == one.duration + two.duration
    assert np.array_equal(both.sample(one.duration + 0.2)[0], two.sample(both._part(one.duration + 0.2)[1])[0])
    assert np.array_equal(both.sample(99.0)[0], [1.0, 1.0, 2.0])
    assert np.array_equal(both.sample(-1.0)[0], np.zeros(3))
    with pytest.raises(ValueError, match="does not begin where"):
        Sequence([two, one])


def test_supervision_reports_what_is_wrong() -> None:
    fast = plan_joint(np.zeros(3), [2.0, 1.9, 5.0], LIMITS.scaled(speed=2.0, acceleration=2.0))
    found = violations(fast, LIMITS)
    assert any("joint 2 (b) exceeds its speed limit" in line for line in found)
    assert any("exceeds its acceleration limit" in line for line in found)
    outside = Hold([0.0, 2.5, 0.0], 1.0)
    assert violations(outside, LIMITS) == ["joint 2 (b) is above its upper limit at 0.000 s: 2.5000 against 2.0000 rad"]
