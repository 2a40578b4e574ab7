"""The law of stops: closed form against integration, stops on the path, and the assumption where nothing is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellkit.controller.planner import MotionPlanner
from cellkit.devices import LinearMotion
from cellkit.geometry import Array, Pose
from cellkit.masses import Load
from cellkit.models.arm import ArmModel
from cellkit.models.load import load_arm
from cellkit.motion import ArmKinematics, plan_joint
from cellkit.motion.stop_trajectory import Coast, FreeStop, PathStop
from cellkit.motion.stopping import (
    ASSUMED_REACTION,
    ASSUMED_TIME,
    StopLaw,
    commanded_stop,
    stop_freely,
    stop_in_proportion,
    stop_law,
    stop_on_path,
)
from cellkit.study.validation.published import published

EMPTY = Load()
AT = np.zeros(6)
speeds = st.lists(st.just(0.0) | st.floats(-3.0, 3.0).filter(lambda v: abs(v) > 1e-3), min_size=3, max_size=3)


def ur5e() -> ArmModel:
    return load_arm("ur5e")


def integrated(speed: float, reaction: float, a: float, c: float, step: float = 1e-5) -> tuple[float, float]:
    """Time and way of dv/dt = -(a + c v) after a reaction, by the midpoint rule."""
    time, way = reaction, speed * reaction
    while True:
        middle = speed - (a + c * speed) * step / 2
        after = speed - (a + c * middle) * step
        if after <= 0.0:
            part = speed / (a + c * speed)
            return time + part, way + speed * part / 2
        time, way, speed = time + step, way + middle * step, after


@pytest.mark.parametrize(("a", "c"), [(6.5, 5.2), (3.4, 2.0), (35.0, 0.0), (7.0, 11.6), (5.0, 1e-3)])
@pytest.mark.parametrize("speed", [3.194, -0.8])
def test_the_closed_form_is_the_solution(a: float, c: float, speed: float) -> None:
    law = StopLaw(0, 0.03, lambda joints, load: np.array([a]), np.array([c]), (), "high")
    time, way = integrated(abs(speed), law.reaction, a, c)
    assert law.duration([0.0], [speed], EMPTY) == pytest.approx(time, abs=2e-5)
    assert law.distances([0.0], [speed], EMPTY)[0] == pytest.approx(way, abs=2e-5)
    stop = stop_freely(law, Coast([0.2], [speed]), 0.0, EMPTY)
    assert stop.duration == pytest.approx(time, abs=2e-5)
    assert stop.end[0] - 0.2 == pytest.approx(np.sign(speed) * way, abs=2e-5)


@settings(max_examples=60, deadline=None)
@given(speeds, st.floats(0.0, 0.2), st.sampled_from([0.0, 0.5, 8.0]))
def test_a_free_stop_is_smooth_and_ends_at_rest(velocity: list[float], reaction: float, c: float) -> None:
    stop = FreeStop(Coast(np.zeros(3), velocity), 0.0, reaction, np.array([4.0, 6.0, 9.0]), np.full(3, c))
    assert np.array_equal(stop.sample(stop.duration)[0], stop.end)
    assert not stop.sample(stop.duration)[1].any()
    h = 1e-6
    for t in np.linspace(0.0, stop.duration, 9)[1:-1]:
        (low, slow), (_, speed), (high, fast) = (stop.sample(float(t) + by) for by in (-h, 0.0, h))
        assert np.allclose((high - low) / (2 * h), speed, atol=1e-4)
        if abs(t - reaction) > 2 * h and (np.abs(t - reaction - stop._times) > 2 * h).all():
            assert np.allclose((fast - slow) / (2 * h), stop.acceleration(float(t)), atol=1e-3)


def test_an_arm_at_rest_needs_no_time_to_stop() -> None:
    for category in (0, 1, 2):
        law = stop_law(ur5e(), category)
        assert law.duration(AT, AT, EMPTY) == 0.0
        assert stop_freely(law, Coast(AT, AT), 0.0, EMPTY).duration == 0.0
        assert stop_in_proportion(law, AT, AT, EMPTY).duration == 0.0


def test_the_command_goes_on_until_the_arm_reacts() -> None:
    law = stop_law(load_arm("ur10e"), 0)
    limits = load_arm("ur10e").joint_limits()
    move = plan_joint(AT, [1.5, 0.2, 0.0, 0.0, 0.0, 0.0], limits)
    stop = stop_freely(law, move, 0.3, EMPTY)
    for t in (0.0, 0.1, law.reaction - 1e-6):
        assert np.array_equal(stop.sample(t)[0], move.sample(0.3 + t)[0])
        assert np.array_equal(stop.acceleration(t), move.acceleration(0.3 + t))
    speed = np.abs(move.sample(0.3 + law.reaction)[1])
    assert stop.duration == pytest.approx(law.reaction + law.braking_times(AT, speed, EMPTY).max())


def test_without_a_path_the_joints_keep_their_proportion() -> None:
    law = stop_law(ur5e(), 1)
    velocity = np.array([1.0, -2.0, 0.0, 0.5, 0.1, 3.0])
    stop = stop_in_proportion(law, AT, velocity, EMPTY)
    assert stop.duration == pytest.approx(law.reaction + 3.0 / 6.283)
    for t in np.linspace(0.0, stop.duration, 7)[:-1]:
        position, speed = stop.sample(float(t))
        assert np.allclose(position * velocity[1], position[1] * velocity)
        assert np.allclose(speed * velocity[1], speed[1] * velocity)


# --- on the path ------------------------------------------------------------------------------------------------------


def halted(at: float, rate: float = 1.0, category: int = 1) -> tuple[StopLaw, PathStop, Array, float]:
    """A stop at ``at`` s of a long move of the UR5e; and the velocity when the arm begins to brake."""
    law, limits = stop_law(ur5e(), category), ur5e().joint_limits()
    move = plan_joint(AT, [3.0, 1.0, -1.0, 0.0, 0.0, 2.0], limits)
    stop = stop_on_path(law, move, at, rate, limits, EMPTY)
    return law, stop, move.sample(at + rate * law.reaction)[1] * rate, move.duration


@pytest.mark.parametrize("rate", [1.0, 0.4])
def test_a_stop_on_the_path_takes_the_time_of_the_law(rate: float) -> None:
    law, stop, velocity, _ = halted(0.6, rate)
    assert stop.duration == pytest.approx(law.duration(AT, velocity, EMPTY), rel=1e-6)
    way = np.abs(stop.end - stop.start)
    slowest = int(np.argmax(np.abs(velocity)))
    assert way[slowest] == pytest.approx(law.distances(AT, velocity, EMPTY)[slowest], rel=1e-6)


@pytest.mark.parametrize("at", [0.0, 0.05, 0.2, 0.6, 0.95, 1.1, 1.15, 5.0])
def test_a_stop_on_the_path_stays_within_the_limits_and_never_goes_beyond_the_move(at: float) -> None:
    limits = ur5e().joint_limits()
    law, stop, *_ = halted(at)
    moments = np.linspace(0.0, stop.duration, 400)
    bends = np.array([stop.acceleration(float(t)) for t in moments])
    assert (np.abs(bends) <= 1.04 * limits.acceleration).all()
    assert (np.abs(stop.end) <= np.abs([3.0, 1.0, -1.0, 0.0, 0.0, 2.0])).all(), "no stop goes beyond the end"
    h = 1e-6
    for t in moments[1:-1:40]:
        low, high = (stop.sample(float(t) + by)[0] for by in (-h, h))
        if abs(t - law.reaction) > 2 * h:
            assert np.allclose((high - low) / (2 * h), stop.sample(float(t))[1], atol=1e-4)
    assert not stop.sample(stop.duration)[1].any()
    assert np.array_equal(stop.sample(stop.duration)[0], stop.end)


@pytest.mark.parametrize("arm", ["fr3", "ur5e", "gp7"])
def test_a_stop_on_a_line_stays_on_it_and_within_the_limits(arm: str) -> None:
    """On a line the joints' proportion changes: the one that decides is not the one with the greatest acceleration."""
    kinematics = ArmKinematics.of(load_arm(arm))
    home = np.array(load_arm(arm).home)
    pose = Pose(kinematics.forward(home), "base")
    goal = pose.shifted(y=0.15, z=0.1)
    move = MotionPlanner(kinematics).plan(LinearMotion(goal, 0.5, 4.0), home, np.eye(4))
    way = goal.position - pose.position
    for at in np.linspace(0.02, 0.5, 9):
        stop = stop_on_path(stop_law(load_arm(arm), 2), move, float(at), 1.0, kinematics.limits, EMPTY)
        for t in np.linspace(0.0, stop.duration, 60):
            assert (np.abs(stop.acceleration(float(t))) <= 1.04 * kinematics.limits.acceleration).all()
            off = kinematics.forward(stop.sample(float(t))[0])[:3, 3] - pose.position
            assert np.linalg.norm(np.cross(off, way)) / np.linalg.norm(way) < 1e-4


def test_a_move_that_brakes_harder_than_the_stop_is_followed_to_its_end() -> None:
    _, stop, _, lasts = halted(1.05)
    assert lasts - 1.05 - 0.02 < stop.duration <= lasts - 1.05 + 1e-9
    assert stop.end == pytest.approx([3.0, 1.0, -1.0, 0.0, 0.0, 2.0], abs=1e-3)


# --- the figures ------------------------------------------------------------------------------------------------------


def test_the_models_figures_are_used() -> None:
    law = stop_law(ur5e(), 0)
    assert law.reaction == 0.0
    assert law.certainty == "medium"
    assert law.assumed == ("wrist_1_joint", "wrist_2_joint", "wrist_3_joint")
    assert "wrist_2_joint" in law.notice
    velocity = [0.0, 3.194, 0.0, 0.0, 0.0, 0.0]
    assert law.duration(AT, velocity, EMPTY) == pytest.approx(0.530, abs=1e-3)
    assert law.distances(AT, velocity, EMPTY)[1] == pytest.approx(0.70, abs=1e-3)
    assert stop_law(ur5e(), 1).notice == ""


@pytest.mark.parametrize("arm", ["irb-120", "kr6-r900", "rebel", "tx2-60", "xarm6", "ur20"])
def test_an_unknown_stop_is_slow_and_said_to_be_assumed(arm: str) -> None:
    model = load_arm(arm)
    limits = model.joint_limits()
    for category, before in ((0, 0.5), (1, 1.5), (2, 1.5)):  # of the time at the model's acceleration, before this law
        law = stop_law(model, category)
        assert law.certainty == "none"
        assert law.assumed == limits.names
        assert "no published stop of this arm" in law.notice
        for share in (0.1, 1.0):
            velocity = limits.velocity * share
            braking = law.braking_times(AT[: model.dof], velocity, EMPTY)
            assert (law.reaction + braking > before * velocity / limits.acceleration).all()
            assert (braking >= share * 0.5 - 1e-9).all()


def test_a_stop_that_cellkit_commands_itself_models_no_reaction() -> None:
    """A delay of a model must not hold up the set-points that stop a real robot."""
    limits = ur5e().joint_limits()
    for category, times in ((0, 1.0), (1, 1.5), (2, 1.5)):
        law = commanded_stop(ur5e(), category)
        assert (law.reaction, law.notice) == (0.0, "")
        braking = law.braking_times(AT, limits.velocity, EMPTY)
        assert braking == pytest.approx(times * limits.velocity / limits.acceleration)


def test_decelerations_may_depend_on_joints_and_load() -> None:
    def weaker(joints: Array, load: Load) -> Array:
        return np.full(6, 10.0) / (1.0 + load.mass) * (1.0 - 0.5 * np.abs(np.sin(joints)))

    law = stop_law(ur5e(), 1, weaker)
    velocity = np.array([2.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    assert law.duration(AT, velocity, EMPTY) == pytest.approx(0.024 + 0.2)
    assert law.duration(AT, velocity, Load(1.0)) == pytest.approx(0.024 + 0.4)
    assert law.duration(AT + np.pi / 2, velocity, EMPTY) == pytest.approx(0.024 + 0.4)
    assert stop_in_proportion(law, AT, velocity, Load(1.0)).duration == pytest.approx(0.024 + 0.4)


def test_the_assumption_is_slower_than_every_published_stop_of_a_joint() -> None:
    figures = published()
    speed = figures["ur_stop_speed"]
    for robot in ("ur5", "ur3"):
        for joint in ("base", "shoulder", "elbow"):
            assert figures[f"{robot}_{joint}_time"] < ASSUMED_REACTION + ASSUMED_TIME
            assert speed * (ASSUMED_REACTION + ASSUMED_TIME / 2) > figures[f"{robot}_{joint}_distance"]
