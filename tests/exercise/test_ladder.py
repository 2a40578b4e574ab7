"""The shipped exercises: twelve, each complete; the reference has full marks, the starter none."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

from cellkit.cell.plan import read_cell
from cellkit.exercise.config import Exercise, ladder
from cellkit.exercise.grading import grade, read_program
from cellkit.exercise.handout import hand_out
from cellkit.exercise.sandbox import protection
from cellkit.exercise.student import ProgramText
from cellkit.scenario.config import read_scenario

LADDER = ladder()
ON_EACH = pytest.mark.parametrize("exercise", LADDER.values(), ids=LADDER)
GRADES = pytest.mark.skipif(protection().missing is not None, reason="this machine has no sandbox")

# The nominal tool, not the mounted one.
BY_HEART = (
    'async def main(cell):\n    for axis, value in zip("xyz", (0.0, 0.0, 0.15)): cell.report(f"tcp_{axis}", value)\n'
)


def programs(exercise: Exercise) -> list[Path]:
    return [exercise.starter, exercise.reference]


def test_twelve_exercises_each_in_a_folder_of_its_name() -> None:
    assert [one.file.number for one in LADDER.values()] == list(range(1, 13))
    assert [one.folder.name for one in LADDER.values()] == list(LADDER)


@ON_EACH
def test_text_begins_with_number_and_title(exercise: Exercise) -> None:
    text = exercise.text.read_text(encoding="utf-8")
    assert text.splitlines()[0] == f"# {exercise.file.number} · {exercise.file.title}"
    for part in ("**Your task.**", "**What you need.**", "**What counts.**"):
        assert part in text
    assert f"{exercise.file.pass_:g} points pass" in " ".join(text.split())


@ON_EACH
def test_programs_stand_alone(exercise: Exercise) -> None:
    for file in programs(exercise):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        mains = [node for node in tree.body if isinstance(node, ast.AsyncFunctionDef) and node.name == "main"]
        assert len(mains) == 1, file
        for node in ast.walk(tree):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                assert node.level == 0, file
                names = [node.module or ""]
            for name in names:
                assert name.partition(".")[0] in {*sys.stdlib_module_names, "cellkit", "numpy"}, (file, name)
                assert not name.startswith("cellkit.patterns"), "the layer must be computed, not looked up"
    starter, reference = (file.read_text(encoding="utf-8") for file in programs(exercise))
    assert starter != reference


@ON_EACH
def test_the_handed_out_files_are_complete(exercise: Exercise, tmp_path: Path) -> None:
    hand_out(exercise, tmp_path / "mine")
    files = {exercise.file.scenario, *(one.scenario for one in exercise.file.variants if one.scenario is not None)}
    for name in files:
        scenario = read_scenario(str(tmp_path / "mine" / name))
        read_cell(scenario.cell_file)
        assert scenario.file.program == exercise.starter.name
    faults = {one.fault for one in exercise.file.variants if one.fault is not None}
    assert faults <= set(exercise.scenario().file.faults)


@ON_EACH
def test_weights_need_measured_references(exercise: Exercise) -> None:
    weights, measured = exercise.file.score, exercise.file.measured
    if weights.time:
        assert measured is not None
        assert measured.runs >= 10
        assert any(measured.seconds)
    if weights.energy:
        assert measured is not None
        assert any(measured.joules)


@GRADES
def test_the_first_exercise_without_contacts() -> None:
    exercise = LADDER["tool_centre_point"]
    whole = grade(exercise, read_program(exercise.reference), seeds=1, jobs=1)
    assert (whole.score, whole.gate) == (100.0, None), whole.model_dump_json(indent=1)
    cheat = grade(exercise, ProgramText(BY_HEART, "cheat.py"), seeds=1, jobs=1)
    assert cheat.score == 0.0
    assert cheat.first_failure is not None
    assert cheat.first_failure.event is not None
    assert "is wrong" in cheat.first_failure.event.what


@GRADES
@pytest.mark.long
@ON_EACH
def test_the_reference_has_full_marks(exercise: Exercise) -> None:
    result = grade(exercise, read_program(exercise.reference), seeds=4, jobs=2)
    assert result.score == 100.0, result.model_dump_json(indent=1)


@GRADES
@pytest.mark.long
@ON_EACH
def test_the_starter_has_no_marks(exercise: Exercise) -> None:
    result = grade(exercise, read_program(exercise.starter), seeds=4, jobs=2)
    assert (result.score, result.passed) == (0.0, False), result.model_dump_json(indent=1)
    assert result.first_failure is not None
    assert result.first_failure.event is not None
    assert result.first_failure.event.hint


def changed(exercise: Exercise, *changes: tuple[str, str]) -> ProgramText:
    """Return the reference with a mistake in it."""
    text = exercise.reference.read_text(encoding="utf-8")
    for right, wrong in changes:
        assert right in text
        text = text.replace(right, wrong)
    return ProgramText(text, "wrong.py")


@GRADES
@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    [
        ("tool_centre_point", "TILT = 0.6", "TILT = 0.02"),  # poses that hardly differ
        ("repeatability", "READINGS, PERIOD = 20", "READINGS, PERIOD = 1"),  # the instrument's noise as the arm's
        ("pallet_pattern", "[(-x, -y, yaw) for", "[(x, y, yaw) for"),  # layers that do not bind
        ("machine_handshake", "    if failed:\n", "    if False:\n"),  # one of the two is enough
        ("moving_belt", "moment).inverse", "moment - 0.3).inverse"),  # the pose of the part some time ago
        ("separation", "INTRUSION = 1.0", "INTRUSION = 0.0"),  # people without arms
    ],
)
def test_a_mistake_that_the_exercise_is_about_does_not_pass(name: str, right: str, wrong: str) -> None:
    exercise = LADDER[name]
    result = grade(exercise, changed(exercise, (right, wrong)), seeds=4, jobs=2)
    assert not result.passed, result.model_dump_json(indent=1)
