"""The tables of the matrix page."""

from __future__ import annotations

import html
import textwrap
from collections.abc import Iterable, Sequence

from cellkit.scenario.record import RunRecord
from cellkit.study.matrix.plan import Exclusion
from cellkit.study.matrix.report import CellRow, MatrixReport, ScenarioRow, reasons

GOOD, BAD, OUT = "&#10003;", "&#10007;", "&#8211;"
SHOWN_FAILURES = 200


def text(given: object) -> str:
    """Return a value as escaped text of a page."""
    return html.escape(str(given), quote=True)


def big_table(report: MatrixReport) -> str:
    """Return the table of arms and paths against scenarios: good runs of all, and the bound."""
    every: list[CellRow | Exclusion] = [*report.cells, *report.excluded]
    scenarios = list(dict.fromkeys(row.scenario for row in every))
    vendors = {cell.arm.split("+")[0]: cell.vendors[0] for cell in report.cells}
    paths = report.how.paths
    rows = []
    for arm in dict.fromkeys(row.arm.split("+")[0] for row in every):
        vendor = f'<br><span class="soft">{text(vendors[arm])}</span>' if arm in vendors else ""
        head = f'<th rowspan="{len(paths)}">{text(arm)}{vendor}</th>'
        for path in paths:
            fields = "".join(_field(report, scenario, arm, path) for scenario in scenarios)
            rows.append(f"<tr>{head}<td>{text(path)}</td>{fields}</tr>")
            head = ""
    heads = "".join(f"<th>{_breaking(name)}</th>" for name in scenarios)
    return (
        f'<p class="soft">Good runs of all, and the share of good runs that they prove. {GOOD} all good, '
        f"{BAD} at least one failed, {OUT} left out (reason: below). In a cell of two arms the partner is named.</p>\n"
        f'<div class="scroll"><table class="big"><thead><tr><th>arm</th><th>path</th>{heads}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _field(report: MatrixReport, scenario: str, arm: str, path: str) -> str:
    rows = [
        cell for cell in report.cells if (cell.scenario, cell.arm.split("+")[0], cell.path) == (scenario, arm, path)
    ]
    if not rows:
        return f'<td class="out">{OUT}</td>'
    good = all(cell.good == cell.runs for cell in rows)
    return f'<td class="{"good" if good else "bad"}">{"<br>".join(_bound(cell) for cell in rows)}</td>'


def _bound(cell: CellRow) -> str:
    mark = GOOD if cell.good == cell.runs else BAD
    _, _, partner = cell.arm.partition("+")
    beside = f'<br><span class="soft">with {text(partner)}</span>' if partner else ""
    return f"{mark} {cell.good}/{cell.runs} &#8805;{cell.at_least * 100:.0f}&#8201;%{beside}"


def detail_table(cells: Sequence[CellRow], program: ScenarioRow) -> str:
    """Return the table of one scenario with all figures of every row."""
    heads = [
        "arm", "vendor", "path", "good", "proven", "cycle mean s", "p95 s", "work J", "worst error mm", "collisions",
        "result",
    ]  # fmt: skip
    rows = []
    for cell in cells:
        failed = cell.good < cell.runs
        too_far = cell.max_place_error is not None and cell.max_place_error > program.tolerance
        rows.append(
            f'<tr><th>{text(cell.arm)}</th><td class="name">{text(" + ".join(cell.vendors))}</td>'
            + f"<td>{text(cell.path)}</td>"
            + _numbers(
                f"{cell.good}/{cell.runs}",
                f"{cell.at_least:.0%}",
                _figure(cell.cycle_mean, 2),
                _figure(cell.cycle_p95, 2),
                _figure(cell.energy, 0),
                _figure(cell.max_place_error, 2, 1000.0) + (" !" if too_far else ""),
                "-" if cell.collisions is None else str(cell.collisions),
            )
            + f'<td class="{"bad" if failed else "good"}">{BAD if failed else GOOD} {text(_result(cell))}</td></tr>'
        )
    return _table(heads, rows, numbers=range(3, 10))


def _result(cell: CellRow) -> str:
    return "ok" if cell.failure is None else textwrap.shorten(cell.failure, 90, placeholder=" …")


def excluded_table(report: MatrixReport) -> str:
    """Return the table of arms by path, their scenarios and the reason; rows of one reason are together."""
    rows = [
        f"<tr><th>{text(arms)}</th><td>{text(scenarios)}</td><td>{text(why)}</td></tr>"
        for arms, scenarios, why in reasons(report.excluded)
    ]
    return _table(["arms", "scenarios", "why"], rows)


def programs_table(report: MatrixReport) -> str:
    """Return the table of the programs with the figures of their texts."""
    rows = [
        f"<tr><th>{text(program.scenario)}</th>"
        + _numbers(str(program.runs), str(program.texts), str(program.lines), str(program.lines_changed))
        + f"<td><code>{text(program.sha256)}</code></td></tr>"
        for program in report.programs
    ]
    return _table(["scenario", "runs", "texts", "lines", "lines changed", "SHA-256"], rows, numbers=range(1, 5))


def failures(report: MatrixReport) -> str:
    """Return the table of failed runs with the event, and the command that runs each one again."""
    failed = [run for run in report.runs if not run.success]
    if not failed:
        return ""
    again = {(cell.scenario, cell.arm, cell.path): cell.command for cell in report.cells}
    rows = [
        f'<tr><th>{text(run.scenario)}</th><td class="name">{text(run.arm)}</td><td>{text(run.path)}</td>'
        + _numbers(str(run.seed))
        + f"<td>{text(_happened(run))}<br>"
        + f'<code class="soft">{text(again[run.scenario, run.arm, run.path])} --seed {run.seed}</code></td></tr>'
        for run in failed[:SHOWN_FAILURES]
    ]
    more = "" if len(failed) <= SHOWN_FAILURES else f"<p>And {len(failed) - SHOWN_FAILURES} more: see the JSON.</p>"
    heads = ["scenario", "arm", "path", "seed", "event, and the command to run it again"]
    return "<h2>Runs that failed</h2>\n" + _table(heads, rows, numbers=[3]) + more


def _happened(run: RunRecord) -> str:
    return "" if run.failure is None else f"{run.failure.what} (at {run.failure.when:.2f} s, {run.failure.where})"


def _table(heads: Sequence[str], rows: Iterable[str], numbers: Iterable[int] = ()) -> str:
    right = set(numbers)
    row = "".join(
        f'<th class="n">{text(head)}</th>' if number in right else f"<th>{text(head)}</th>"
        for number, head in enumerate(heads)
    )
    return f'<div class="scroll"><table><thead><tr>{row}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>'


def _numbers(*figures: str) -> str:
    return "".join(f'<td class="n">{text(figure)}</td>' for figure in figures)


def _figure(value: float | None, digits: int, factor: float = 1.0) -> str:
    return "-" if value is None else f"{value * factor:.{digits}f}"


def _breaking(name: str) -> str:
    """Return a name that may break at its underscores."""
    return text(name).replace("_", "_<wbr>")
