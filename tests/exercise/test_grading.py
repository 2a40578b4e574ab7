"""Complete gradings of the first exercise: reference, starter, cheats; repeated runs; the handed-out files."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cellkit.cli import main
from cellkit.exercise.config import Exercise, read_exercise
from cellkit.exercise.grading import grade, read_program
from cellkit.exercise.sandbox import protection
from cellkit.exercise.student import ProgramText

pytestmark = pytest.mark.skipif(protection().missing is not None, reason="this machine has no sandbox")

# The places of the drawing instead of the poses from the camera.
HARD_CODED = """
async def main(cell):
    arm, hand, station = cell.arm("robot"), cell.gripper("hand"), cell.io("station")
    part = cell.workpiece("part")
    await hand.release(part)
    await arm.move_joint(arm.home)
    await station.wait_for("tray_ready")
    for number, (start, nest) in enumerate(zip(cell.places("tray"), cell.places("fixture")), 1):
        half = part.size[2] / 2
        grasp = await arm.nearest(hand.grasp_poses(part, start.offset(z=half)))
        goal = await arm.nearest(hand.grasp_poses(part, nest.offset(z=half + 0.001)))
        await arm.move_pose(grasp.offset(z=-0.08))
        await arm.move_linear(grasp)
        await hand.grip()
        await arm.move_linear(grasp.offset(z=-0.08))
        await arm.move_pose(goal.offset(z=-0.08), speed=0.7, acceleration=0.7)
        await arm.move_linear(goal)
        await hand.release(part)
        await arm.move_linear(goal.offset(z=-0.08))
        cell.part_finished(f"part_{number}")
    await station.pulse("tray_done")
"""


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return None


@pytest.fixture
def first() -> Exercise:
    return read_exercise("pick_and_place")


@pytest.fixture
def quick(tmp_path: Path) -> Exercise:
    """Return the same exercise without contacts and with one part: it is graded in the same way, but quickly."""
    folder = tmp_path / "quick"
    shutil.copytree(read_exercise("pick_and_place").folder, folder)
    file = folder / "exercise.yaml"
    text = file.read_text(encoding="utf-8").replace("world: physics", "world: kinematic\nquantity: 1")
    file.write_text(text.replace("time: 0.3, success: 0.5", "time: 0, success: 0.8"), encoding="utf-8")
    return read_exercise(str(folder))


def call(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["cellkit", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert isinstance(ended.value.code, int)
    return ended.value.code


def test_full_marks_no_marks_and_a_cheat(quick: Exercise) -> None:
    whole = grade(quick, read_program(quick.reference), seeds=1, jobs=1)
    assert (whole.score, whole.passed, whole.good, whole.first_failure) == (100.0, True, 1, None)
    nothing = grade(quick, read_program(quick.starter), seeds=1, jobs=1)
    assert (nothing.score, nothing.passed, nothing.gate) == (0.0, False, "no run succeeded")
    cheat = grade(quick, ProgramText(HARD_CODED, "cheat.py"), seeds=1, jobs=1, seed_base=1)
    assert cheat.score == 0.0
    assert cheat.first_failure is not None
    event = cheat.first_failure.event
    assert event is not None
    assert event.hint


@pytest.mark.long
def test_the_reference_has_full_marks_on_twenty_seeds(first: Exercise) -> None:
    result = grade(first, read_program(first.reference), seeds=20, jobs=2)
    assert result.score == 100.0, result.model_dump_json(indent=1)
    assert result.good == result.planned == 20


@pytest.mark.long
def test_the_starter_has_no_marks_and_hard_coded_poses_are_caught(first: Exercise) -> None:
    starter = grade(first, read_program(first.starter), seeds=5, jobs=2)
    assert (starter.score, starter.good) == (0.0, 0)
    cheat = grade(first, ProgramText(HARD_CODED, "cheat.py"), seeds=20, jobs=2)
    assert not cheat.passed
    assert cheat.score < 20.0, cheat.model_dump_json(indent=1)
    assert cheat.first_failure is not None
    event = cheat.first_failure.event
    assert event is not None
    assert event.time > 0.0
    assert event.frame == "world"


@pytest.mark.long
def test_the_same_number_repeats_the_same_runs(quick: Exercise) -> None:
    program = read_program(quick.reference)
    first = grade(quick, program, seeds=1, jobs=1)
    again = grade(quick, program, seeds=1, jobs=1, seed_base=first.seed_base)
    assert again == first


@pytest.mark.long
def test_it_does_not_matter_how_many_processes_grade(quick: Exercise) -> None:
    program = ProgramText(HARD_CODED, "cheat.py")
    first = grade(quick, program, seeds=5, jobs=1)
    assert grade(quick, program, seeds=5, jobs=2, seed_base=first.seed_base) == first
    other = grade(quick, program, seeds=5, jobs=2)
    assert {run.seed for run in other.runs}.isdisjoint(run.seed for run in first.runs)


def test_a_closed_gate_ends_the_grading(quick: Exercise) -> None:
    text = "async def main(cell):\n    arm = cell.arm('robot')\n    await arm.move_joint(arm.home + 50)\n"
    result = grade(quick, ProgramText(text, "wrong.py"), seeds=6, jobs=1)
    assert len(result.runs) == 1
    assert result.planned == 6
    run = result.first_failure
    assert run is not None
    assert run.event is not None
    assert (run.event.kind, run.event.device, run.event.line) == ("LimitViolation", "robot", 3)
    assert run.event.frame == "world"
    assert len(run.event.pose or []) == 7
    assert "both figures" in (run.event.hint or "")


def test_a_refusal_that_the_program_catches_is_logged_all_the_same(quick: Exercise) -> None:
    text = "async def main(cell):\n    try:\n        open('/tmp/own', 'w')\n    except OSError:\n        print('no')\n"
    result = grade(quick, ProgramText(text, "writes.py"), seeds=1, jobs=1)
    run = result.runs[0]
    assert run.attempts == ["tried to write the file '/tmp/own' (refused), line 3"]
    assert run.printed == "no\n"
    assert not run.ended


def test_the_exit_code_of_the_command_is_the_grade(
    quick: Exercise, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    result = tmp_path / "result.json"
    code = call(monkeypatch, "grade", quick.folder, quick.reference, "--seeds", 1, "--jobs", 1, "--json", result)
    assert code == 0
    grade_json: dict[str, Any] = json.loads(result.read_text(encoding="utf-8"))
    assert grade_json["schema"] == "cellkit/grade/1"
    assert grade_json["score"] == 100.0
    assert "100 of 100, passed" in capsys.readouterr().out
    code = call(monkeypatch, "exercise", "grade", quick.folder / "exercise.yaml", quick.starter, "--seeds", 1)
    assert code == 1
    out = capsys.readouterr().out
    assert "not passed" in out
    assert "first failure" in out
    assert call(monkeypatch, "grade", "pick_and_plaice", quick.starter) == 2
    assert "did you mean pick_and_place" in capsys.readouterr().err
    assert call(monkeypatch, "grade", quick.folder, tmp_path / "none.py") == 2
    assert call(monkeypatch, "exercise", "list") == 0
    assert "pick_and_place" in capsys.readouterr().out


def test_the_handed_out_scenario_runs_unchanged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "mine"
    assert call(monkeypatch, "exercise", "start", "4", folder) == 0
    assert f"cellkit grade pick_and_place {folder / 'starter.py'}" in capsys.readouterr().out.replace("\n", "")
    assert sorted(path.name for path in folder.iterdir()) == ["cell.yaml", "scenario.yaml", "starter.py", "text.md"]
    assert (
        call(monkeypatch, "run", folder / "scenario.yaml", "--world", "kinematic") == 1
    )  # the starter does not do its task
    assert "0 good of 4" in capsys.readouterr().out
    (folder / "starter.py").write_text("mine", encoding="utf-8")
    assert call(monkeypatch, "exercise", "start", "4", folder) == 2
    assert (folder / "starter.py").read_text(encoding="utf-8") == "mine"
