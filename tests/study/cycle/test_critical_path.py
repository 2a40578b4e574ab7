"""The activity of each instant, in traces with a known result; the steps always add up."""

from __future__ import annotations

import math
import random
from itertools import pairwise

import pytest

from cellkit.study.cycle.activity import Activity, Kind
from cellkit.study.cycle.critical import CriticalPath, Step


def did(device: str, kind: Kind, start: float, end: float, speed: float = 1.0) -> Activity:
    return Activity(start=start, end=end, device=device, kind=kind, name="", speed=speed)


def went(activities: list[Activity], start: float, end: float) -> list[tuple[str, float, float]]:
    steps = CriticalPath(activities).steps(start, end)
    return [("dwell" if one.activity is None else one.activity.device, one.start, one.end) for one in steps]


def test_one_after_the_other() -> None:
    assert went([did("arm", "free", 0, 1), did("hand", "gripper", 1, 1.5), did("arm", "free", 1.5, 3)], 0, 3) == [
        ("arm", 0, 1),
        ("hand", 1, 1.5),
        ("arm", 1.5, 3),
    ]


def test_a_gap_is_dwell_and_a_wait_is_a_handshake() -> None:
    moves = [did("arm", "free", 0, 1), did("arm", "free", 4, 5)]
    assert went(moves, 0, 5) == [("arm", 0, 1), ("dwell", 1, 4), ("arm", 4, 5)]
    assert went([*moves, did("io", "handshake", 2, 4)], 0, 5) == [
        ("arm", 0, 1),
        ("dwell", 1, 2),
        ("io", 2, 4),
        ("arm", 4, 5),
    ]


def test_work_of_the_arm_while_it_waits_for_the_machine_is_not_critical() -> None:
    cell = [
        did("arm", "free", 0, 1),
        did("mill", "machine", 1, 9),
        did("arm", "free", 1, 3),
        did("hand", "gripper", 3, 4),
        did("mill", "machine_wait", 4, 9),
        did("arm", "carrying", 9, 10),
    ]
    assert went(cell, 0, 10) == [("arm", 0, 1), ("mill", 1, 9), ("arm", 9, 10)]


def test_a_machine_that_is_done_before_the_wait_is_not_critical() -> None:
    cell = [did("mill", "machine", 1, 3), did("arm", "free", 0, 3), did("arm", "free", 3, 6)]
    assert went(cell, 0, 6) == [("arm", 0, 3), ("arm", 3, 6)]


def test_a_report_that_comes_late_leaves_a_rest_of_the_wait() -> None:
    cell = [
        did("mill", "machine", 0, 5),
        did("mill", "machine_wait", 1, 5),
        did("panel", "handshake", 1, 5.5),
        did("arm", "free", 5.5, 6),
    ]
    assert went(cell, 0, 6) == [("mill", 0, 5), ("panel", 5, 5.5), ("arm", 5.5, 6)]


def test_the_other_arm_is_critical_where_this_one_stands_and_waits_for_it() -> None:
    cell = [did("giver", "carrying", 0, 4), did("taker", "free", 0, 2), did("taker", "free", 4, 5)]
    assert went(cell, 0, 5) == [("giver", 0, 4), ("taker", 4, 5)]


def test_of_several_that_end_at_once_the_longest() -> None:
    assert went([did("a", "free", 1, 3), did("b", "free", 0, 3), did("c", "free", 2, 3)], 0, 3) == [("b", 0, 3)]


def test_a_cycle_may_begin_within_an_activity() -> None:
    assert went([did("arm", "free", 0, 4)], 2, 5) == [("arm", 2, 4), ("dwell", 4, 5)]
    assert went([], 2, 5) == [("dwell", 2, 5)]


@pytest.mark.parametrize(
    ("activity", "lines"),
    [
        (None, [("dwell", 2.0)]),
        (did("arm", "free", 0, 2), [("free", 2.0)]),
        (did("arm", "carrying", 0, 2, 0.25), [("carrying", 0.5), ("slow_down", 1.5)]),
        (did("arm", "free", 0, 2, 0.0), [("free", 0.0), ("slow_down", 2.0)]),
        (did("mill", "machine_wait", 0, 2), [("machine", 2.0)]),
        (did("arm", "settling", 0, 2), [("settling", 2.0)]),
    ],
)
def test_the_lines_of_a_step(activity: Activity | None, lines: list[tuple[str, float]]) -> None:
    assert Step(0.0, 2.0, activity).shares() == lines


@pytest.mark.parametrize("seed", range(25))
def test_each_instant_gets_exactly_one_step(seed: int) -> None:
    draw = random.Random(seed)
    kinds: tuple[Kind, ...] = ("free", "carrying", "gripper", "machine", "machine_wait", "handshake", "settling")
    moments = [draw.uniform(0.0, 20.0) for _ in range(12)]
    cell = []
    for _ in range(40):
        start, end = sorted(draw.choice(moments) if draw.random() < 0.7 else draw.uniform(0.0, 20.0) for _ in "ab")
        cell.append(did(draw.choice("abc"), draw.choice(kinds), start, end, draw.choice((1.0, 0.5))))
    steps = CriticalPath(cell).steps(3.0, 17.0)
    assert steps[0].start == 3.0
    assert steps[-1].end == 17.0
    assert all(before.end == after.start for before, after in pairwise(steps))
    assert all(step.end > step.start for step in steps)
    for step in steps:
        if step.activity is not None:
            assert step.activity.start <= step.start + 1e-6
            assert step.activity.end >= step.end - 1e-6
    total = math.fsum(seconds for step in steps for _, seconds in step.shares())
    assert total == pytest.approx(14.0, abs=1e-12)
