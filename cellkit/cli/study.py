"""``cellkit study``: from a study file to a report that a firm can decide on."""

from __future__ import annotations

import datetime
import os
import sys
from pathlib import Path

from rich import box
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from cellkit.cli.output import check_writable, out, told, watcher, write_text
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
    "volume_short": "{value} good parts a year are made of the {limit} that are asked for",
    "no_criteria": "no criterion was stated",
    "criterion_open": "there is no figure to hold the criterion {what} to",
    "criterion_never": "{what}: never, at most {limit} was asked for",
    "criterion_missed_low": "{what} is {value}, at least {limit} was asked for",
    "criterion_missed_high": "{what} is {value}, at most {limit} was asked for",
}
"""Why not go, by the key of a reason; what is not here says it itself."""
NOT_FEASIBLE = frozenset({"impossible", "check_failed", "no_good_run"})
"""Reasons that are none of wishes, but of the task."""


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
    """Conduct the study, write its report, and return the exit code: 0, whatever the advice."""
    language = _language(lang)
    study = read_study(file)
    name = study.file.name
    page = html or Path(f"{name}.html")
    kept = store or Path(f"{name}.runs.sqlite")
    if str(kept) == "-":
        raise ConfigError("--store -: an SQLite file cannot go to standard output; name a file")
    check_writable(page, json, csv, None if str(kept) == IN_MEMORY else kept)
    streams = [one for one in (page, json, csv) if not told(one)]
    if len(streams) > 1:
        raise ConfigError("only one of --html, --json and --csv fits on standard output")
    try:
        result = _conducted(study, kept, jobs or len(os.sched_getaffinity(0)), dask)
    except KeyboardInterrupt:
        sys.stderr.write(f"cellkit: interrupted: finished runs are in {kept}, and are not run again\n")
        return 130
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


def _conducted(study: Study, kept: Path, places: int, dask: str | None) -> StudyResult:
    """The result; a person who watches sees how far it is."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    with Progress(*columns, console=watcher(), transient=True) as progress, RunStore(kept) as store:
        bars = {stage: progress.add_task(shown, total=None, start=False) for stage, shown in STAGES.items()}

        def so_far(stage: str, done: int, total: int) -> None:
            progress.start_task(bars[stage])
            progress.update(bars[stage], completed=done, total=total)

        means = StudyResources(store, places, dask, so_far)
        return run_study(study, means, today, f"cellkit study {study.document.file.name}")


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
            console.print(f"  - {_told(reason)}", markup=False)
    console.print(f"The report is {page}; what was not tested, and every assumption, stands there.", markup=False)


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


def _told(reason: Reason) -> str:
    """A reason in one line, as the report says it in full."""
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
