"""The command ``cellkit study``: from a study file to a report for a decision."""

from __future__ import annotations

import datetime
import os
import sys
from pathlib import Path

from rich import box
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from cellkit.cli.output import check_writable, out, prints_tables, progress_console, write_text
from cellkit.end_signals import exit_code
from cellkit.errors import ConfigError
from cellkit.study.advice import Reason
from cellkit.study.headline import Headline
from cellkit.study.report.language import LanguageCode
from cellkit.study.report.write import csv_text, html_text, json_text
from cellkit.study.result import StudyResult
from cellkit.study.run_study import StudyResources, run_study
from cellkit.study.runs.store import IN_MEMORY, RunStore
from cellkit.study.study_file import Study, read_study

STAGES = {"runs": "runs", "feasibility": "feasibility", "shifts": "shifts", "dependencies": "dependencies"}

WORDS = {
    "no_feasibility": "the study has no section feasibility",
    "no_runs": "nothing was run",
    "no_good_run": "no run was good",
    "failed_runs": "{value} of {limit} runs were good",
    "volume_short": "{value} good parts per year are made; {limit} are required",
    "no_criteria": "the study states no criterion",
    "criterion_open": "no figure is known for the criterion {what}",
    "criterion_never": "{what}: never, at most {limit} is required",
    "criterion_missed_low": "{what} is {value}, at least {limit} is required",
    "criterion_missed_high": "{what} is {value}, at most {limit} is required",
}
"""The reasons against, by their keys; other reasons carry their own text."""
NOT_FEASIBLE = frozenset({"impossible", "check_failed", "no_good_run"})
"""Reasons that concern the task itself and not a wish."""


def study_command(
    file: Path,
    html: Path | None,
    json: Path | None,
    csv: Path | None,
    store: Path | None,
    jobs: int | None,
    dask: str | None,
    lang: str,
) -> int:
    """Conduct the study, write its report, and return the exit code: 0 for any advice."""
    language = _language(lang)
    study = read_study(file)
    name = study.file.name
    page = html or Path(f"{name}.html")
    database = store or Path(f"{name}.runs.sqlite")
    if str(database) == "-":
        raise ConfigError("--store -: an SQLite file cannot go to standard output; name a file")
    check_writable(page, json, csv, None if str(database) == IN_MEMORY else database)
    streams = [file for file in (page, json, csv) if not prints_tables(file)]
    if len(streams) > 1:
        raise ConfigError("only one of --html, --json and --csv can go to standard output")
    try:
        result = _conducted(study, database, jobs or len(os.sched_getaffinity(0)), dask)
    except KeyboardInterrupt as interrupt:
        sys.stderr.write(f"cellkit: interrupted: finished runs are stored in {database} and will not be repeated\n")
        return exit_code(interrupt)
    write_text(html_text(result, language), page)
    if json is not None:
        write_text(json_text(result), json)
    if csv is not None:
        write_text(csv_text(result), csv)
    if not streams:
        _print(result, page)
    return 0


def _language(lang: str) -> LanguageCode:
    if lang == "en":
        return "en"
    if lang == "nl":
        return "nl"
    raise ConfigError(f"--lang {lang}: the report is written in en (English) or nl (Dutch)")


def _conducted(study: Study, database: Path, places: int, dask: str | None) -> StudyResult:
    """Return the result and show the progress on a terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    with Progress(*columns, console=progress_console(), transient=True) as progress, RunStore(database) as store:
        bars = {stage: progress.add_task(shown, total=None, start=False) for stage, shown in STAGES.items()}

        def show_progress(stage: str, done: int, total: int) -> None:
            progress.start_task(bars[stage])
            progress.update(bars[stage], completed=done, total=total)

        resources = StudyResources(store, places, dask, show_progress)
        return run_study(study, resources, today, f"cellkit study {study.document.file.name}")


def _print(result: StudyResult, page: Path) -> None:
    console = out()
    table = Table(title=result.header.title, box=box.HEAVY_HEAD)
    for title in (
        "concept",
        "advice",
        "good runs",
        "cycle s",
        "parts/h",
        "OEE",
        "kWh/part",
        "capex EUR",
        "payback",
        "NPV EUR",
    ):
        table.add_column(title, justify="left" if title in ("concept", "advice") else "right")
    for concept, row in zip(result.concepts, result.comparison, strict=True):
        table.add_row(concept.id, concept.advice.word, *_figures(row))
    console.print(table)
    for concept in result.concepts:
        if concept.advice.reasons:
            console.print(f"{concept.id}: {concept.advice.word}", markup=False)
        for reason in concept.advice.reasons:
            console.print(f"  - {_in_words(reason)}", markup=False)
    console.print(f"The report is {page}; it lists every assumption and the untested items.", markup=False)


def _figures(row: Headline) -> list[str]:
    def shown(value: float | None, form: str) -> str:
        return "–" if value is None else format(value, form)

    return [
        "–" if row.runs is None else f"{row.good}/{row.runs}",
        shown(row.cycle_mean, ".2f"),
        shown(row.parts_per_hour, ".1f"),
        shown(row.oee, ".1%"),
        shown(row.energy_per_part, ".4f"),
        shown(row.capex, ",.0f"),
        shown(row.payback, ".1f") + ("" if row.payback is None else " y"),
        shown(row.npv, ",.0f"),
    ]


def _in_words(reason: Reason) -> str:
    """Return a reason in one line; the report states it in full."""
    words = WORDS.get(reason.key, "{because}").format(
        what=reason.what.replace("_", " "),
        because=reason.because,
        value=_figure(reason.value),
        limit=_figure(reason.limit),
    )
    if reason.key in NOT_FEASIBLE:
        return f"not feasible, because {words}"
    return words if reason.weight == "against" else f"open: {words}"


def _figure(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
