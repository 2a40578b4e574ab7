"""A belt followed by its encoder: speed and place from readings that come late, or over the counter's end."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest

from cellkit.geometry import Pose
from cellkit.motion.tracking import BeltTracker, OnBelt

ALONG = np.array([0.0, 2.0, 0.0])  # only its direction counts


def belt(speed: float, until: float = 2.0, turn: float | None = None, jitter: float = 0.0) -> BeltTracker:
    tracker, chance = BeltTracker(ALONG, turn), random.Random(1)
    for beat in range(int(until / 0.02) + 1):
        moment = beat * 0.02
        value = speed * (moment + chance.uniform(-jitter, jitter))
        tracker.read(moment, value if turn is None else value % turn)
    return tracker


@pytest.mark.parametrize("turn", [None, 0.05, 10.0])
@pytest.mark.parametrize("speed", [0.1, -0.1, 1.0])
def test_speed_and_travel(speed: float, turn: float | None) -> None:
    tracker = belt(speed, turn=turn)
    assert tracker.steady
    assert tracker.speed == pytest.approx(speed)
    assert tracker.travel(2.0) - tracker.travel(1.5) == pytest.approx(0.5 * speed)
    assert tracker.travel(3.0) == pytest.approx(3.0 * speed)
    assert tracker.when(5.0 * speed) == pytest.approx(5.0)
    assert tracker.when(1.0 * speed) == pytest.approx(1.0), "also what is past"


def test_readings_that_are_somewhat_late_make_no_odds() -> None:
    tracker = belt(0.1, jitter=0.010)
    assert tracker.steady
    assert tracker.travel(2.5) == pytest.approx(0.25, abs=0.0015), "1 mm of scatter in every single one"


def test_a_belt_that_stops_stands_where_it_is() -> None:
    tracker = belt(0.1)
    for beat in range(1, 11):
        tracker.read(2.0 + beat * 0.02, 0.2)
    assert not tracker.steady
    assert tracker.travel(2.2) == pytest.approx(0.2)
    for beat in range(11, 41):
        tracker.read(2.0 + beat * 0.02, 0.2)
    assert tracker.steady
    assert not tracker.runs
    assert tracker.when(0.3) == math.inf
    assert tracker.travel(100.0) == pytest.approx(0.2, abs=1e-6)


def test_few_readings_are_no_steady_belt() -> None:
    tracker = BeltTracker(ALONG)
    for beat in range(4):
        tracker.read(beat * 0.02, beat * 0.002)
        assert not tracker.steady
    tracker.read(0.08, 0.008)
    assert tracker.steady


def test_what_lies_on_it_goes_along() -> None:
    tracker = belt(0.1)
    seen = OnBelt(Pose.from_rpy((1.0, 0.5, 0.2), (0, 0, 0.3), frame="world"), tracker.travel(1.0))
    later = tracker.pose(seen, 3.0)
    assert later.position == pytest.approx([1.0, 0.7, 0.2])
    assert later.rotation == pytest.approx(seen.pose.rotation)
    assert later.frame == "world"
    assert tracker.along(later) == pytest.approx(0.7)
    assert tracker.along(tracker.moved(seen, seen.travel)) == pytest.approx(0.5)
