"""The command ``cellkit validate``: published figures against predictions, with error, source and certainty."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from statistics import median

from rich.table import Table

from cellkit import __version__
from cellkit.cli.output import check_writable, out, prints_tables, progress_console, write_json
from cellkit.study.validation.published import Row
from cellkit.study.validation.topics import NOTICES, TOPICS, chosen, rows_of

FAILED = 1
WORDS = {"found": "found", "recalled": "recalled?", "computed": "computed"}
EXPLAINED = (
    "found: read in the named source. recalled?: from memory, not verified. computed: a test vector of the formula. "
    "Predictions are reported, not judged; a self-check that fails means that the code is wrong (exit code 1)."
)


def validate_command(topics: Sequence[str], json: Path | None) -> int:
    """Compare, print, and return the exit code: 1 when a formula does not give its own test vector."""
    check_writable(json)
    rows: list[Row] = []
    for topic in chosen(topics):
        with progress_console().status(TOPICS[topic][0]):
            topic_rows = rows_of(topic)
        rows += topic_rows
        if prints_tables(json):
            _print(topic, topic_rows)
    if json is not None:
        notices = {topic: NOTICES[topic] for topic in {row.topic for row in rows} & set(NOTICES)}
        data = [{**asdict(row), "error": row.error} for row in rows]
        write_json({"cellkit": __version__, "notices": dict(sorted(notices.items())), "rows": data}, json)
    wrong = [row for row in rows if row.kind == "self-check" and not row.holds]
    if prints_tables(json):
        out().print(EXPLAINED, soft_wrap=True)
        out().print(_summary(rows), soft_wrap=True)
        for row in wrong:
            out().print(f"wrong: {row.what}: {row.predicted:.6g} instead of {row.published:.6g} {row.unit}")
    return FAILED if wrong else 0


def _summary(rows: Sequence[Row]) -> str:
    """Return the median and the worst error of the predictions."""
    errors = [(abs(row.error), row.what) for row in rows if row.kind == "prediction" and row.error is not None]
    if not errors:
        return "No predictions."
    worst, what = max(errors)
    middle = median(error for error, _ in errors)
    return f"{len(errors)} predictions: median error {middle:.1%}, worst {worst:.1%} ({what})."


def _print(topic: str, rows: list[Row]) -> None:
    table = Table(title=TOPICS[topic][0], title_justify="left")
    table.add_column("", justify="right")
    table.add_column("figure")
    for heading in ("predicted", "published", "error"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("certainty", no_wrap=True)
    table.add_column("source")
    for number, row in enumerate(rows, 1):
        table.add_row(
            str(number),
            row.what,
            *(_value(row, value) for value in (row.predicted, row.published)),
            _error(row),
            WORDS[row.certainty],
            row.source,
        )
    out().print(table)
    if topic in NOTICES:
        out().print(NOTICES[topic], style="bold", soft_wrap=True)
    for numbers, text in _notes(rows):
        out().print(f"{numbers}: {text}", soft_wrap=True)
    out().print()


def _value(row: Row, value: float) -> str:
    if row.kind == "property":
        return "rises" if value > 0 else "falls" if value < 0 else "neither"
    return f"{value:.4g} {row.unit}".strip()


def _error(row: Row) -> str:
    if row.kind == "property":
        return "seen" if row.holds else "not seen"
    if row.kind == "self-check":
        return "ok" if row.holds else "WRONG"
    return "" if row.error is None else f"{row.error:+.1%}"


def _notes(rows: list[Row]) -> Iterator[tuple[str, str]]:
    """Yield the basis of the predictions, once for consecutive rows, and further remarks."""
    numbered = list(enumerate(rows, 1))
    for basis, group in groupby(numbered, key=lambda entry: entry[1].basis):
        numbers = [number for number, _ in group]
        yield (f"{numbers[0]}-{numbers[-1]}" if len(numbers) > 1 else str(numbers[0])), f"from {basis}"
    for remark, group in groupby(numbered, key=lambda entry: entry[1].remark):
        numbers = [number for number, _ in group]
        if remark:
            yield (f"{numbers[0]}-{numbers[-1]}" if len(numbers) > 1 else str(numbers[0])), remark
