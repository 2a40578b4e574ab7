"""Measures time and energy of an exercise's reference program, and writes them into the exercise file."""

from __future__ import annotations

import re
from pathlib import Path

from cellkit.errors import CellkitError
from cellkit.exercise.attempt import Attempt
from cellkit.exercise.config import Exercise
from cellkit.exercise.grading import read_program, run_variants

_BLOCK = re.compile(r"\n*(?:#[^\n]*`cellkit exercise measure`[^\n]*\n)?measured:.*(?:\n[ \t]+.*)*\n?", re.MULTILINE)


def measure(exercise: Exercise, runs: int, jobs: int) -> list[Attempt]:
    """Run the reference ``runs`` times (every variant equally often), and write down the slowest run of each.

    Raises ``CellkitError`` if a run fails: an unreliable reference cannot define full marks.
    """
    count = max(runs, len(exercise.file.variants))
    made = run_variants(exercise, read_program(exercise.reference), count, jobs, protected=True)
    for run in made:
        if run.event is not None or not run.success:
            why = "the run failed" if run.event is None else f"{run.event.what} (at {run.event.time:.2f} s)"
            raise CellkitError(f"the reference of {exercise.file.name} fails on {run.arm}, seed {run.seed}: {why}")
    _write(exercise.document.file, made, len(exercise.file.variants))
    return made


def _write(file: Path, runs: list[Attempt], variants: int) -> None:
    seconds, joules = ([_most(runs, number, what) for number in range(variants)] for what in ("seconds", "joules"))
    text = _BLOCK.sub("\n", file.read_text(encoding="utf-8")).rstrip("\n")
    block = (
        "\n\n# Largest need of the reference for a good part, written by `cellkit exercise measure`.\n"
        f"measured:\n  runs: {len(runs)}\n  seconds: [{', '.join(seconds)}]\n  joules: [{', '.join(joules)}]\n"
    )
    file.write_text(text + block, encoding="utf-8")


def _most(runs: list[Attempt], variant: int, what: str) -> str:
    values = [getattr(run, what) for run in runs if run.variant == variant]
    known = [value for value in values if value is not None]
    return f"{max(known):.4g}" if known else "null"
