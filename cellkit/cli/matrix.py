"""The command ``cellkit matrix``: the same programs on many arms, spread over local processes or a Dask cluster."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from cellkit import registry
from cellkit.cli.matrix_tables import print_report
from cellkit.cli.output import check_writable, prints_tables, progress_console, write_json, write_text
from cellkit.cli.run import parse_path
from cellkit.end_signals import exit_code
from cellkit.errors import CellkitError, ConfigError
from cellkit.models.load import model_ids
from cellkit.scenario.runner import CommandPath
from cellkit.study.matrix.plan import Exclusion, Request, plan_matrix
from cellkit.study.matrix.report import make_report
from cellkit.study.matrix.work import Job, Outcome
from cellkit.study.runs.local import run_locally

ALL = "all"
_PATHS = "direct, wire or direct,wire"


def matrix_command(
    scenarios: list[str],
    arms: str | None,
    gripper: str | None,
    world: str,
    path: str,
    seeds: int,
    quantity: int | None,
    jobs: int | None,
    dask: str | None,
    json: Path | None,
    html: Path | None,
) -> int:
    """Run all jobs, print, write, and return the exit code."""
    check_writable(json, html)
    if not prints_tables(json) and not prints_tables(html):
        raise ConfigError("--json - and --html -: only one result can go to standard output")
    request = Request(
        scenarios=chosen_scenarios(scenarios),
        arms=_distinct(arms, "--arms names no arm") if arms is not None else model_ids("arm"),
        paths=parse_paths(path),
        seeds=seeds,
        gripper=gripper,
        world=world,
        quantity=quantity,
    )
    plan = plan_matrix(request)
    work = plan.jobs()
    if not work:
        raise CellkitError(_no_arm(plan.excluded))
    try:
        outcomes = run_all(work, jobs or len(os.sched_getaffinity(0)), dask)
    except KeyboardInterrupt as interrupt:
        ended = "all runs were ended" if dask is None else "waiting runs were cancelled; workers end their current run"
        sys.stderr.write(f"cellkit: interrupted: {ended}\n")
        return exit_code(interrupt)
    report = make_report(plan, work, outcomes)
    if not report.runs:
        raise CellkitError(_no_arm(report.excluded))
    if json is not None:
        write_json(report.model_dump(mode="json"), json)
    if html is not None:
        from cellkit.study.matrix.page import page

        write_text(page(report), html)
    if prints_tables(json) and prints_tables(html):
        print_report(report)
    return 0 if report.good == len(report.runs) else 1


def run_all(jobs: Sequence[Job], places: int, dask: str | None = None) -> list[Outcome]:
    """Return all outcomes, in the order of ``jobs``, and show the progress on a terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=progress_console(), transient=True) as progress:
        bar = progress.add_task("runs", total=len(jobs))

        def show_outcome(number: int, outcome: Outcome) -> None:
            entry = jobs[number].entry
            job = f"{entry.name} {entry.label} {entry.path} seed {jobs[number].seed}"
            if not outcome.record.success and outcome.record.failure is not None:
                progress.console.print(f"{job}: {outcome.record.failure.what}", markup=False)
            progress.update(bar, advance=1, description=job)

        if dask is None:
            return run_locally(jobs, places, show_outcome)
        from cellkit.study.runs.dask_cluster import run_on_dask

        return run_on_dask(jobs, dask, show_outcome)


def chosen_scenarios(given: Sequence[str]) -> list[str]:
    """Return the names of the scenarios; ``all`` means every shipped one."""
    return [name for text in given for name in (registry.scenario_files() if text == ALL else [text])]


def parse_paths(text: str) -> list[CommandPath]:
    """Return the paths of ``direct``, ``wire`` or both with a comma. Raises ``ConfigError``."""
    paths: list[CommandPath] = []
    for name in _distinct(text, f"--path names no path; expected {_PATHS}"):
        if name not in get_args(CommandPath):
            raise ConfigError(f"--path {name}: expected {_PATHS}")
        paths.append(parse_path(name))
    return paths


def _distinct(text: str, none: str) -> list[str]:
    """Return the names of a list with commas, without duplicates."""
    names = list(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    if not names:
        raise ConfigError(none)
    return names


def _no_arm(excluded: Sequence[Exclusion]) -> str:
    return "no arm can do it: " + "; ".join(dict.fromkeys(exclusion.why for exclusion in excluded))
