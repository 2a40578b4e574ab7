"""``cellkit matrix``: the same programs on many arms, spread over local processes or a Dask cluster."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from cellkit import registry
from cellkit.cli.matrix_tables import print_report
from cellkit.cli.output import check_writable, told, watcher, write_json, write_text
from cellkit.cli.run import parse_path
from cellkit.errors import CellkitError, ConfigError
from cellkit.models.load import model_ids
from cellkit.scenario.runner import CommandPath
from cellkit.study.matrix.plan import Plan, Request, plan_matrix
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
    """Run all, print, write, and return the exit code."""
    check_writable(json, html)
    if not told(json) and not told(html):
        raise ConfigError("--json - and --html -: only one result fits on standard output")
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
        raise CellkitError(_nothing(plan))
    try:
        outcomes = run_all(work, jobs or len(os.sched_getaffinity(0)), dask)
    except KeyboardInterrupt:
        ended = "all runs were ended" if dask is None else "what waited was cancelled; workers end the run they are at"
        sys.stderr.write(f"cellkit: interrupted: {ended}\n")
        return 130
    report = make_report(plan, work, outcomes)
    if not report.runs:
        raise CellkitError("no arm can do it: " + "; ".join(dict.fromkeys(one.why for one in report.excluded)))
    if json is not None:
        write_json(report.model_dump(mode="json"), json)
    if html is not None:
        from cellkit.study.matrix.page import page

        write_text(page(report), html)
    if told(json) and told(html):
        print_report(report)
    return 0 if report.good == len(report.runs) else 1


def run_all(jobs: Sequence[Job], places: int, dask: str | None = None) -> list[Outcome]:
    """All outcomes, in the order of ``jobs``; a person who watches sees them come in."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=watcher(), transient=True) as progress:
        bar = progress.add_task("runs", total=len(jobs))

        def told(number: int, outcome: Outcome) -> None:
            entry = jobs[number].entry
            what = f"{entry.name} {entry.label} {entry.path} seed {jobs[number].seed}"
            if not outcome.record.success and outcome.record.failure is not None:
                progress.console.print(f"{what}: {outcome.record.failure.what}", markup=False)
            progress.update(bar, advance=1, description=what)

        if dask is None:
            return run_locally(jobs, places, told)
        from cellkit.study.runs.dask_cluster import run_on_dask

        return run_on_dask(jobs, dask, told)


def chosen_scenarios(given: Sequence[str]) -> list[str]:
    """``all`` stands for every shipped one."""
    return [name for one in given for name in (registry.scenario_files() if one == ALL else [one])]


def parse_paths(text: str) -> list[CommandPath]:
    """``direct``, ``wire`` or both with a comma. Raises ``ConfigError``."""
    found: list[CommandPath] = []
    for name in _distinct(text, f"--path names no path; expected {_PATHS}"):
        if name not in get_args(CommandPath):
            raise ConfigError(f"--path {name}: expected {_PATHS}")
        found.append(parse_path(name))
    return found


def _distinct(text: str, none: str) -> list[str]:
    """The names of a list with commas; one named twice counts once."""
    names = list(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    if not names:
        raise ConfigError(none)
    return names


def _nothing(plan: Plan) -> str:
    return "no arm can do it: " + "; ".join(dict.fromkeys(one.why for one in plan.excluded))
