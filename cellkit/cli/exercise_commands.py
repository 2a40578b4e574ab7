"""The commands for exercises. Each imports its work when called."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cellkit.cli.options import JobsOption, JsonOption, group

ExerciseArgument = Annotated[
    str, typer.Argument(metavar="EXERCISE", help="Name or number of a shipped exercise, or path of an exercise")
]
ProgramArgument = Annotated[Path, typer.Argument(metavar="PROGRAM", help="The program to grade, one Python file")]
SeedsOption = Annotated[
    int | None,
    typer.Option("--seeds", min=1, max=1000, metavar="N", help="Number of runs, each with a hidden seed of its own"),
]
SeedBaseOption = Annotated[
    int | None,
    typer.Option(
        "--seed-base", min=0, metavar="N", help="Repeat the runs of an earlier grading, which printed this number"
    ),
]
UnprotectedOption = Annotated[
    bool, typer.Option("--unprotected", help="Do not isolate the program: only for a program that you trust")
]
exercise = group("Exercises with automatic grading, ordered by difficulty.")


def grade(
    exercise: ExerciseArgument,
    program: ProgramArgument,
    seeds: SeedsOption = None,
    seed_base: SeedBaseOption = None,
    jobs: JobsOption = None,
    unprotected: UnprotectedOption = False,
    json: JsonOption = None,
) -> None:
    """Grade a program on an exercise: on hidden seeds, isolated, with a score and the first failure."""
    from cellkit.cli.exercise import grade_command
    from cellkit.exercise.sandbox import hidden_memory

    with hidden_memory(not unprotected):
        code = grade_command(exercise, program, seeds, seed_base, jobs, unprotected, json)
    raise typer.Exit(code)


exercise.command("grade")(grade)


@exercise.command("list")
def exercise_list(json: JsonOption = None) -> None:
    """List the exercises, and the best score so far."""
    from cellkit.cli.exercise import list_command

    raise typer.Exit(list_command(json))


@exercise.command("start")
def exercise_start(
    exercise: ExerciseArgument,
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="[FOLDER]", help="Folder to write to (default: a new folder with the exercise's name)"),
    ] = None,
) -> None:
    """Copy an exercise into a folder: text, starter program and test cell."""
    from cellkit.cli.exercise import start_command

    raise typer.Exit(start_command(exercise, folder))


@exercise.command("measure", hidden=True)
def exercise_measure(
    exercise: ExerciseArgument,
    runs: Annotated[int, typer.Option("--runs", min=1, metavar="N", help="Runs of the reference program")] = 20,
    jobs: JobsOption = None,
) -> None:
    """Measure the reference program and write the results into the exercise file (for maintainers)."""
    from cellkit.cli.exercise import measure_command

    raise typer.Exit(measure_command(exercise, runs, jobs))
