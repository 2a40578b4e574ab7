"""The matrix as tables for the terminal."""

from __future__ import annotations

from rich.table import Table

from cellkit.cli.output import out, titled_table
from cellkit.scenario.record import RunRecord
from cellkit.study.matrix.report import CellRow, MatrixReport, reasons


def print_report(report: MatrixReport) -> None:
    """Print the rows, the programs, and the excluded arms.

    Single runs are printed where every row has only one run.
    """
    console = out()
    how = report.how
    single = len(report.programs) == len(how.paths) == len(how.seeds) == 1
    console.print(runs_table(report) if single else cells_table(report))
    console.print(f"{report.good} of {len(report.runs)} runs succeeded; {program_words(report)}", soft_wrap=True)
    for arms, scenarios, why in reasons(report.excluded):
        console.print(f"left out: {arms} from {scenarios}: {why}", soft_wrap=True, markup=False)


def program_words(report: MatrixReport) -> str:
    """Return whether the program's text was the same in all runs."""
    changed = [program for program in report.programs if program.texts > 1]
    if changed:
        listed = "; ".join(f"{p.scenario}: {p.texts} texts, {p.lines_changed} lines changed" for p in changed)
        return f"with different program texts! {listed}"
    unknown = [program.scenario for program in report.programs if program.texts == 0]
    if unknown:
        return f"no run stored its program's text of {', '.join(unknown)}"
    return "the program's text was the same in all of them (lines changed: 0)"


def cells_table(report: MatrixReport) -> Table:
    """Return a table with one row per scenario, arm and path."""
    title = f"matrix: {report.how.world} world, {report.how.seed_words}"
    figures = ("good", "proven", "cycle s", "p95 s", "work J", "error mm", "coll.")
    table = titled_table(title, ("scenario", "arm", "path"), figures, fold=True)
    table.add_column("result", overflow="fold")
    before = ""
    for row in report.cells:
        if before and row.scenario != before:
            table.add_section()
        table.add_row(*_cell(row, "" if row.scenario == before else row.scenario))
        before = row.scenario
    table.caption = (
        "proven: share of good runs (95 %, one-sided); cycle: mean and 95th percentile; "
        "work: mechanical work of the joints per run, no electric energy"
    )
    return table


def _cell(row: CellRow, scenario: str) -> list[str]:
    return [
        scenario,
        row.arm,
        row.path,
        f"{row.good}/{row.runs}",
        f"{row.at_least:.0%}",
        figure(row.cycle_mean, 2),
        figure(row.cycle_p95, 2),
        figure(row.energy, 0),
        figure(row.max_place_error, 2, 1000.0),
        "-" if row.collisions is None else str(row.collisions),
        row.failure or "ok",
    ]


def runs_table(report: MatrixReport) -> Table:
    """Return a table with one row per run."""
    first = report.runs[0]
    gripper = f", {first.gripper}" if first.gripper else ""
    way = ", by wire" if first.path == "wire" else ""
    title = f"{first.scenario}: one program, {first.world} world{gripper}{way}"
    figures = ("seed", "parts", "cycle s", "place error mm", "collisions", "x real time")
    table = titled_table(title, ("arm", "vendor"), figures)
    table.add_column("result", overflow="fold")
    vendors = {cell.arm: " + ".join(cell.vendors) for cell in report.cells}
    for run in report.runs:
        table.add_row(*_run(run, vendors[run.arm]))
    return table


def _run(run: RunRecord, vendor: str) -> list[str]:
    return [
        run.arm,
        vendor,
        str(run.seed),
        f"{run.parts_good}/{run.parts_total}",
        figure(run.cycle_time.mean, 2),
        figure(run.max_place_error, 2, 1000.0),
        "-" if run.collisions is None else str(run.collisions),
        f"{run.realtime_factor:.0f}",
        "ok" if run.failure is None else run.failure.what,
    ]


def figure(value: float | None, digits: int, factor: float = 1.0) -> str:
    """Return a figure for a table, or a dash where the value is not known."""
    return "-" if value is None else f"{value * factor:.{digits}f}"
