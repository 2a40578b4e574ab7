"""The score from runs: full marks for the reference, none without a good run, and a gate that closes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cellkit.errors import ConfigError
from cellkit.exercise.attempt import Attempt, FailingEvent
from cellkit.exercise.config import Exercise, Hint, read_exercise
from cellkit.exercise.grading import seeds_of
from cellkit.exercise.hints import hint_for
from cellkit.exercise.score import SLACK, passed, require_measured, score
from cellkit.study.proportion import lower_bound

EXERCISE = """\
schema: cellkit/exercise/1
name: small
number: 1
title: A small one
variants: [{arm: ur5e}, {arm: gp7}]
score: {time: 0.25, success: 0.25, robustness: 0.2, energy: 0.1, portability: 0.2}
measured:
  runs: 4
  seconds: [2.0, 4.0]
  joules: [10.0, null]
"""


@pytest.fixture
def exercise(tmp_path: Path) -> Exercise:
    return written(tmp_path, EXERCISE)


def written(folder: Path, text: str) -> Exercise:
    for name in ("text.md", "starter.py", "reference.py"):
        (folder / name).write_text("", encoding="utf-8")
    (folder / "exercise.yaml").write_text(text, encoding="utf-8")
    return read_exercise(str(folder))


def made(variant: int = 0, **changes: Any) -> Attempt:
    seconds, joules = ((2.0, 10.0), (4.0, 1e9))[variant]
    whole: dict[str, Any] = {
        "seed": 1,
        "variant": variant,
        "scenario": "small",
        "arm": "ur5e",
        "gripper": None,
        "world": "physics",
        "fault": None,
        "success": True,
        "ended": False,
        "good": 4,
        "total": 4,
        "collisions": 0,
        "refused": 0,
        "seconds": seconds,
        "joules": joules,
        "event": None,
    }
    return Attempt(**{**whole, **changes})


FAILED = {"success": False, "good": 0, "seconds": None, "joules": None}


def test_the_values_of_the_reference_have_exactly_full_marks(exercise: Exercise) -> None:
    result = score(exercise, [made(0), made(1), made(0, seconds=2.0 * SLACK, joules=10.0 * SLACK), made(1)], 4)
    assert result.score == 100.0
    assert result.gate is None
    assert passed(exercise, result)


def test_without_a_good_run_the_score_is_zero(exercise: Exercise) -> None:
    result = score(exercise, [made(0, **FAILED, event=None), made(1, **{**FAILED, "good": 3})], 2)
    assert result.score == 0.0
    assert result.gate == "no run succeeded"
    assert not passed(exercise, result)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"collisions": 1}, "1 collisions in a run, 0 allowed"),
        ({"refused": 2}, "2 commands refused in a run, 0 allowed"),
        ({"ended": True, **FAILED}, "had to be ended"),
    ],
)
def test_one_wrong_run_closes_the_gate(exercise: Exercise, changes: dict[str, Any], says: str) -> None:
    result = score(exercise, [made(0), made(1, **changes)], 2)
    assert result.score == 0.0
    assert says in (result.gate or "")


def test_a_world_without_collisions_closes_no_gate(exercise: Exercise) -> None:
    assert score(exercise, [made(0, collisions=None), made(1, collisions=None)], 2).score == 100.0


def test_each_part_of_the_score_by_hand(exercise: Exercise) -> None:
    # Four runs: two good ones on the first arm (one at half speed, with twice the work), one of two on the other arm,
    # whose work was not measured.
    runs = [made(0), made(1), made(0, seconds=4.0, joules=20.0), made(1, **{**FAILED, "good": 3})]
    parts = score(exercise, runs, 4).subscores
    assert parts.time == pytest.approx((2 * SLACK * 2.0 / 3.0 + 1.0) / 3)
    assert parts.energy == pytest.approx((2 * SLACK * 10.0 / 15.0 + 1.0) / 3)
    assert parts.success == pytest.approx(lower_bound(3, 4) / lower_bound(4, 4))
    assert parts.robustness == pytest.approx(3 / 4)
    assert parts.portability == pytest.approx(1 / 2)
    total = 0.25 * parts.time + 0.25 * parts.success + 0.2 * 0.75 + 0.1 * parts.energy + 0.2 * 0.5
    assert score(exercise, runs, 4).score == pytest.approx(100 * total, abs=0.05)


def test_a_run_with_all_parts_good_that_failed_counts_as_none() -> None:
    assert made(0, success=False).share == 0.0
    assert made(0, good=0, fault="lost").share == 1.0
    assert made(0, success=False, good=3).share == 0.75


def test_time_counts_only_against_a_measured_reference(tmp_path: Path) -> None:
    exercise = written(tmp_path, EXERCISE.partition("measured:")[0])
    with pytest.raises(ConfigError, match="cellkit exercise measure small"):
        require_measured(exercise)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("time: 0.25", "time: 0.35", "add up to 1.1, not to 1"),
        ("seconds: [2.0, 4.0]", "seconds: [2.0]", "belongs to other variants"),
        ("number: 1", "nubmer: 1", "did you mean number"),
        ("name: small", "name: small\nstarter: none.py", "the file 'none.py' does not exist"),
        ("{arm: ur5e}", "{arm: ur5e, wolrd: physics}", "did you mean world"),
        ("title: A small one", "title: A small one\nhints: [{when: {}, hint: x}]", "the pattern is empty: state kind"),
    ],
)
def test_wrong_exercise_files_are_reported_with_their_line(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert old in EXERCISE
    with pytest.raises(ConfigError, match=says) as caught:
        written(tmp_path, EXERCISE.replace(old, new))
    assert caught.value.line is not None


def test_the_exercises_own_hints_come_first() -> None:
    own = [
        Hint.model_validate({"when": {"kind": "collision", "device": "right"}, "hint": "mind the right one"}),
        Hint.model_validate({"when": {"says": "TRAY"}, "hint": "mind the tray"}),
    ]
    assert hint_for("collision", "right.wrist hit tray", "right", own) == "mind the right one"
    assert hint_for("collision", "left.wrist hit tray", "left", own) == "mind the tray"
    general = hint_for("collision", "left.wrist hit post", "left", own)
    assert general is not None
    assert "above" in general
    assert hint_for("no such thing", "x", None, own) is None


def test_seeds_follow_from_one_number_and_do_not_reveal_it() -> None:
    first = seeds_of(7, 50)
    assert first == seeds_of(7, 50)
    assert seeds_of(7, 3) == first[:3]
    assert len(set(first)) == 50
    assert not set(first) & set(seeds_of(8, 50))


def test_a_failing_event_is_json(exercise: Exercise) -> None:
    event = FailingEvent(kind="collision", what="hit", time=1.0, pose=[0.0] * 7, frame="world")
    assert Attempt.model_validate_json(made(0, event=event).model_dump_json()).event == event
