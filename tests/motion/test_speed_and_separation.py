"""Speed and separation monitoring: the equation by its terms, its inverse, and the intrusion distances."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellkit.motion.speed_and_separation import (
    ARM_LENGTH,
    Monitoring,
    Stop,
    allowed_speed,
    intrusion_distance,
    intrusion_over_plane,
    protective_distance,
)

CELL = Monitoring(reaction_time=0.1, intrusion=0.10, person_uncertainty=0.05, robot_uncertainty=0.02)


def test_the_terms_of_one_example() -> None:
    """Worked by hand: .64 + .10 + .15 + .10 + .05 + .02."""
    distance = protective_distance(CELL, Stop(speed=1.0, time=0.3, distance=0.15))
    assert distance.person == pytest.approx(0.64)
    assert distance.reaction == pytest.approx(0.10)
    assert distance.stopping == pytest.approx(0.15)
    assert distance.total == pytest.approx(1.06)


def test_an_arm_at_rest_still_needs_the_way_of_the_person() -> None:
    """A person comes nearer until something reacts; the rest is the distance that must be left at the end."""
    assert protective_distance(CELL, Stop(0.0, 0.0, 0.0)).total == pytest.approx(1.6 * 0.1 + CELL.fixed)


def test_a_constant_deceleration_stops_over_half_of_speed_times_time() -> None:
    stop = Stop.braking(1.0, 4.0)
    assert (stop.time, stop.distance) == (0.25, 0.125)
    half = stop.scaled(0.5)
    assert (half.time, half.distance) == (0.125, 0.03125)


@given(
    speed=st.floats(0.01, 5.0),
    time=st.floats(0.01, 2.0),
    shape=st.floats(0.3, 0.7),
    reaction=st.floats(0.0, 1.0),
    intrusion=st.floats(0.0, 1.2),
    person=st.floats(0.0, 2.0),
)
def test_the_allowed_speed_is_the_inverse(
    speed: float, time: float, shape: float, reaction: float, intrusion: float, person: float
) -> None:
    cell = Monitoring(reaction, intrusion, 0.04, 0.01, person)
    stop = Stop(speed, time, shape * speed * time)
    separation = protective_distance(cell, stop).total
    assert allowed_speed(cell, separation, stop) == pytest.approx(speed, rel=1e-6)
    assert allowed_speed(cell, separation + 0.1, stop) > speed
    assert allowed_speed(cell, separation - 0.1, stop) < speed


def test_too_near_allows_no_speed() -> None:
    stop = Stop.braking(1.0, 4.0)
    assert allowed_speed(CELL, CELL.fixed + 1.6 * 0.1 - 1e-6, stop) == 0.0
    assert allowed_speed(CELL, 0.0, stop) == 0.0


def test_a_stop_from_rest_says_nothing() -> None:
    with pytest.raises(ValueError, match="from rest"):
        allowed_speed(CELL, 1.0, Stop(0.0, 0.0, 0.0))


@pytest.mark.parametrize(
    ("resolution", "intrusion"),
    [(0.014, 0.0), (0.010, 0.0), (0.030, 0.128), (0.040, 0.208), (0.041, 0.85), (0.07, 0.85)],
)
def test_the_intrusion_goes_by_the_resolution(resolution: float, intrusion: float) -> None:
    assert intrusion_distance(resolution) == pytest.approx(intrusion)


@pytest.mark.parametrize("resolution", [0.0, -0.01, 0.071, float("nan")])
def test_what_may_miss_a_leg_is_refused(resolution: float) -> None:
    with pytest.raises(ValueError, match="a leg may pass undetected"):
        intrusion_distance(resolution)


def test_over_a_level_plane_an_arm_reaches() -> None:
    assert intrusion_over_plane(0.3) == pytest.approx(1.08)
    assert intrusion_over_plane(0.9) == pytest.approx(ARM_LENGTH)
    with pytest.raises(ValueError, match="crawl"):
        intrusion_over_plane(1.1)
