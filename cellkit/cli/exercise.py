"""The commands ``cellkit exercise …`` and ``cellkit grade``."""

from __future__ import annotations

import math
import sys
from pathlib import Path

from rich.markup import escape
from rich.table import Table

from cellkit.cli.output import check_writable, out, prints_tables, progress_console, write_json
from cellkit.end_signals import exit_code
from cellkit.exercise.attempt import Attempt
from cellkit.exercise.config import ladder, read_exercise
from cellkit.exercise.grading import Grade, grade, read_program
from cellkit.exercise.handout import hand_out
from cellkit.exercise.measuring import measure
from cellkit.exercise.progress import best, remember
from cellkit.geometry import Pose


def list_command(json: Path | None) -> int:
    """List the exercises with the best scores so far."""
    check_writable(json)
    reached = best()
    if json is not None:
        rows = [
            {
                "number": one.file.number,
                "name": name,
                "title": one.file.title,
                "pass": one.file.pass_,
                "best": reached.get(name),
                "file": str(one.document.file),
            }
            for name, one in ladder().items()
        ]
        write_json({"exercises": rows}, json)
    if prints_tables(json):
        table = Table(title="exercises", title_justify="left")
        table.add_column("", justify="right")
        for heading in ("name", "topic"):
            table.add_column(heading, overflow="fold")
        table.add_column("best", justify="right")
        for name, one in ladder().items():
            score = reached.get(name)
            mark = "" if score is None else f"{score:g}" + (" passed" if score >= one.file.pass_ else "")
            table.add_row(str(one.file.number), name, one.file.title, mark)
        out().print(table)
        out().print("cellkit exercise start NAME  copies an exercise into a folder", soft_wrap=True)
    return 0


def start_command(reference: str, folder: Path | None) -> int:
    """Copy an exercise into a folder."""
    exercise = read_exercise(reference)
    place = folder if folder is not None else Path(exercise.file.name)
    written = hand_out(exercise, place)
    console = out()
    console.print(f"{exercise.file.number}  {exercise.file.title}", style="bold", markup=False)
    for file in written:
        console.print(f"  {file}", soft_wrap=True, markup=False)
    console.print(f"Read {place / exercise.text.name}, work in {place / exercise.starter.name}. Then:", soft_wrap=True)
    world = "" if exercise.file.world == "physics" else f" --world {exercise.file.world}"
    console.print(f"  cellkit run {place / 'scenario.yaml'}{world}", soft_wrap=True, markup=False)
    shown = reference if "/" in reference or reference.endswith((".yaml", ".yml")) else exercise.file.name
    console.print(f"  cellkit grade {shown} {place / exercise.starter.name}", soft_wrap=True, markup=False)
    return 0


def grade_command(
    reference: str,
    program: Path,
    seeds: int | None,
    seed_base: int | None,
    jobs: int | None,
    unprotected: bool,
    json: Path | None,
) -> int:
    """Grade, print, and return the exit code: 0 passed, 1 failed."""
    check_writable(json)
    exercise = read_exercise(reference)
    text = read_program(program)
    with progress_console().status("") as status:

        def progress(done: int, planned: int) -> None:
            status.update(f"{exercise.file.name}: {done} of {planned} runs")

        progress(0, seeds or exercise.file.seeds)
        try:
            result = grade(
                exercise,
                text,
                seeds=seeds,
                seed_base=seed_base,
                jobs=jobs,
                protected=not unprotected,
                on_run=progress,
            )
        except KeyboardInterrupt as interrupt:
            sys.stderr.write("cellkit: interrupted: nothing was graded\n")
            return exit_code(interrupt)
    if not unprotected:
        remember(exercise.file.name, result.score)
    if json is not None:
        write_json(result.model_dump(mode="json", by_alias=True), json)
    if prints_tables(json):
        report(result, text.text.splitlines())
    return 0 if result.passed else 1


def measure_command(reference: str, runs: int, jobs: int | None) -> int:
    """Run the reference program and write its results into the exercise file (for maintainers)."""
    exercise = read_exercise(reference)
    made = measure(exercise, runs, jobs or 2)
    for number, variant in enumerate(exercise.file.variants):
        runs_of_variant = [run for run in made if run.variant == number]
        label = variant.arm or "as in the cell"
        out().print(f"{label}: {len(runs_of_variant)} runs, {_span(runs_of_variant)}", soft_wrap=True)
    return 0


def _span(runs: list[Attempt]) -> str:
    seconds = [run.seconds for run in runs if run.seconds is not None]
    return f"{min(seconds):.3f} to {max(seconds):.3f} s per good part" if seconds else "no parts"


def report(result: Grade, lines: list[str]) -> None:
    """Print the result for the student."""
    console = out()
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    verdict = "[green]passed[/]" if result.passed else "[red]not passed[/]"
    table.add_row("exercise", escape(f"{result.exercise}: {result.program}"))
    table.add_row("score", f"{result.score:g} of 100, {verdict} (from {result.pass_mark:g} on)")
    table.add_row("gate", "open" if result.gate is None else f"[red]closed[/]: {escape(result.gate)}")
    early = "" if len(result.runs) == result.planned else f"; {result.planned - len(result.runs)} were not needed"
    table.add_row("runs", f"{result.good} good of {len(result.runs)}{early}")
    for name, weight in result.weights.items():
        if weight > 0:
            table.add_row(name, f"{result.subscores[name]:.2f} × {100 * weight:g}")
    if result.first_failure is not None:
        for key, text in _failure_rows(result.first_failure, result.program, lines):
            table.add_row(key, escape(_plain(text)))
    table.add_row("isolated by", ", ".join(result.protection) or "nothing")
    for note in result.notes:
        table.add_row("note", escape(note))
    table.add_row("repeat with", f"--seed-base {result.seed_base}")
    console.print(table)


def _failure_rows(run: Attempt, program: str, lines: list[str]) -> list[tuple[str, str]]:
    event = run.event
    assert event is not None
    rows = [("first failure", event.what), ("when", f"{event.time:.2f} s into the run with {run.arm}, seed {run.seed}")]
    if event.pose is not None:
        x, y, z, *quaternion = event.pose
        roll, pitch, yaw = (math.degrees(angle) for angle in Pose.from_quaternion((x, y, z), quaternion).rpy)
        subject = "the part" if event.kind == "parts" else "the tool"
        doing = f", {event.device or 'arm'} last command {event.doing}" if event.doing else ""
        place = f"{x:.3f} {y:.3f} {z:.3f} m, rpy {roll:.0f} {pitch:.0f} {yaw:.0f} deg"
        rows.append(("where", f"{subject} at {place}, in frame {event.frame}{doing}"))
    if event.line is not None:
        text = lines[event.line - 1].strip() if 0 < event.line <= len(lines) else ""
        rows.append(("line", f"{program}:{event.line}  {text}"))
    if event.hint:
        rows.append(("hint", event.hint))
    rows += [("also", attempt) for attempt in run.attempts]
    return rows


def _plain(text: str) -> str:
    """Return a program's words on one line, without control characters for the terminal."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
