"""The interpolator: any sequence of rates keeps the path, its end and the joints' accelerations."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellkit.controller.interpolator import _SHORTEST_RAMP, Interpolator
from cellkit.geometry import Array
from cellkit.joints import JointLimits
from cellkit.models.load import load_arm
from cellkit.motion.trajectory import Hold, plan_joint

RAMP_EXCESS = 1.12
"""Of the acceleration limits: where a ramp meets the hardest braking of a trajectory, which leaves it no room."""


@cache
def limits() -> JointLimits:
    return load_arm("ur5e").joint_limits()


goals = st.lists(st.floats(-2.5, 2.5), min_size=6, max_size=6)
changes = st.lists(st.tuples(st.floats(0.001, 0.6), st.just(0.0) | st.floats(0.01, 1.0)), max_size=5)
rates = st.floats(0.05, 1.0)


def played(goal: list[float], rate: float, steps: list[tuple[float, float]]) -> tuple[Interpolator, float]:
    """An interpolator and the moment of its last change of rate; it begins at 10 s."""
    player = Interpolator(plan_joint(np.zeros(6), goal, limits()), 10.0, rate)
    t = 10.0
    for wait, to in steps:
        t += wait
        player.change_rate(t, to, limits())
    return player, t


@settings(max_examples=60, deadline=None)
@given(goals, rates, changes)
def test_path_time_is_continuous_and_never_goes_back(
    goal: list[float], rate: float, steps: list[tuple[float, float]]
) -> None:
    player = Interpolator(plan_joint(np.zeros(6), goal, limits()), 10.0, rate)
    t, last = 10.0, 0.0
    for wait, to in [*steps, (1.0, 1.0)]:
        for moment in np.linspace(t, t + wait, 20):
            u = player.path_time(float(moment))
            assert -1e-12 <= u - last <= wait / 19 + 1e-9, "path time runs at most as fast as cell time"
            last = u
        t += wait
        before, speed = player.sample(t)
        player.change_rate(t, to, limits())
        after, speed_after = player.sample(t)
        assert np.abs(after - before).max() < 1e-9
        assert np.abs(speed_after - speed).max() < 1e-9
        last = player.path_time(t)


@settings(max_examples=60, deadline=None)
@given(goals, rates, changes)
def test_the_end_is_exact(goal: list[float], rate: float, steps: list[tuple[float, float]]) -> None:
    player, t = played(goal, rate, steps)
    end, duration = player.end(), player.trajectory.duration
    if math.isinf(end):
        assert player.path_time(1e6) < duration
        return
    assert player.path_time(end) == pytest.approx(duration, abs=1e-9)
    assert np.array_equal(player.sample(end + 1e-6)[0], player.trajectory.end)
    assert not player.sample(end + 1e-6)[1].any()
    assert np.abs(player.sample(end)[0] - player.trajectory.end).max() < 1e-9
    if end > t + 1e-6:
        assert player.path_time(end - 1e-6) < duration


@settings(max_examples=60, deadline=None)
@given(goals, rates, changes)
def test_velocity_is_the_derivative_of_position(
    goal: list[float], rate: float, steps: list[tuple[float, float]]
) -> None:
    player, t = played(goal, rate, steps)
    h = 1e-6
    for moment in np.linspace(t + 0.01, t + 1.0, 12):
        (low, _), (high, _) = player.sample(float(moment) - h), player.sample(float(moment) + h)
        assert (high - low) / (2 * h) == pytest.approx(player.sample(float(moment))[1], abs=1e-3)


@settings(max_examples=60, deadline=None)
@given(goals, rates, st.floats(0.001, 1.2), st.sampled_from([0.0, 0.1, 0.5, 1.0]))
def test_a_ramp_keeps_the_joints_within_their_accelerations(
    goal: list[float], rate: float, at: float, to: float
) -> None:
    player, t = played(goal, rate, [(at, to)])
    step = 5e-4
    speeds = np.array([player.sample(t + i * step)[1] for i in range(1600)])
    accelerations = np.abs(np.diff(speeds, axis=0)) / step
    worst = float((accelerations / limits().acceleration).max())
    assert worst <= RAMP_EXCESS, f"{worst:.2f} times the limit"


@settings(max_examples=40, deadline=None)
@given(goals, st.floats(0.001, 1.2))
def test_a_halt_lasts_no_longer_than_the_motion_itself(goal: list[float], at: float) -> None:
    """A stop is never slower than not stopping at all."""
    player = Interpolator(plan_joint(np.zeros(6), goal, limits()), 0.0, 1.0)
    natural_end = player.end()
    ramp_end = player.change_rate(at, 0.0, limits())
    rest = min(ramp_end, player.end())
    full_speed = float(np.max(limits().velocity / limits().acceleration))
    assert rest <= max(at, natural_end) + 1.5 * full_speed


def test_halting_takes_the_time_that_the_fastest_joint_needs() -> None:
    player = Interpolator(plan_joint(np.zeros(6), np.full(6, 3.0), limits()), 0.0, 1.0)
    at = player.trajectory.duration / 2
    speed = np.abs(player.sample(at)[1])
    ramp = player.change_rate(at, 0.0, limits()) - at
    assert ramp >= float(np.max(1.5 * speed / limits().acceleration)) * 0.9
    assert player.rate(at) == 1.0
    assert player.rate(at + ramp) == 0.0
    assert player.end() == math.inf
    assert not player.sample(at + ramp + 5.0)[1].any()


def test_a_rate_of_zero_holds_and_can_be_raised_again() -> None:
    player = Interpolator(plan_joint(np.zeros(6), np.ones(6), limits()), 0.0, 0.0)
    assert player.end() == math.inf
    assert not player.sample(100.0)[0].any()
    player.change_rate(100.0, 1.0, limits())
    assert player.end() < 110.0
    assert np.array_equal(player.sample(player.end() + 1e-9)[0], np.ones(6))


@pytest.mark.parametrize("rate", [0.0, 0.5, 1.0])
def test_what_goes_nowhere_is_over_at_once(rate: float) -> None:
    player = Interpolator(Hold(np.ones(6)), 3.0, rate)
    assert player.end() == 3.0
    assert player.change_rate(4.0, 0.0, limits()) >= 4.0
    assert player.end() == pytest.approx(4.0)


def test_before_its_start_it_stands_at_the_start() -> None:
    player = Interpolator(plan_joint(np.zeros(6), np.ones(6), limits()), 5.0, 1.0)
    position, velocity = player.sample(1.0)
    assert not position.any()
    assert not velocity.any()


def test_a_change_to_the_same_rate_changes_nothing() -> None:
    player = Interpolator(plan_joint(np.zeros(6), np.ones(6), limits()), 0.0, 0.7)
    end = player.end()
    assert player.change_rate(0.3, 0.7, limits()) == 0.3
    assert player.end() == pytest.approx(end)


def test_a_change_of_rate_after_the_end_takes_the_shortest_ramp() -> None:
    player, _ = played([1.0] * 6, 1.0, [])
    t = player.end() + 1.0
    assert player.change_rate(t, 0.0, limits()) - t == pytest.approx(_SHORTEST_RAMP)
    assert (player.sample(t + 0.01)[0] == player.trajectory.end).all()


class CountedHold(Hold):
    """A trajectory that counts its samples."""

    samples = 0

    def sample(self, t: float) -> tuple[Array, Array]:
        self.samples += 1
        return super().sample(t)


def test_one_moment_is_sampled_once_until_the_rate_changes() -> None:
    trajectory = CountedHold(np.zeros(6), 5.0)
    player = Interpolator(trajectory, 0.0, 1.0)
    assert player.sample(1.0) is player.sample(1.0)
    assert trajectory.samples == 1
    before = player.sample(2.0)
    assert trajectory.samples == 2
    player.change_rate(2.0, 0.5, limits())
    assert player.sample(2.0) is not before


def test_after_the_end_every_moment_has_the_same_sample() -> None:
    player, _ = played([1.0, -0.5, 0.0, 0.0, 0.0, 0.3], 1.0, [])
    end = player.end()
    moving = player.sample(end - 0.01)
    first = player.sample(end + 1e-9)
    assert moving is not first
    assert player.sample(end + 5.0) is first, "so that a state that depends on nothing else need not be computed again"
    assert first[0].tolist() == player.trajectory.end.tolist()
    assert not first[1].any()
