"""The matrix as one HTML page: no script, no external files, readable on screen and on paper."""

from __future__ import annotations

from cellkit.study.matrix.page_style import STYLE
from cellkit.study.matrix.page_tables import big_table, detail_table, excluded_table, failures, programs_table, text
from cellkit.study.matrix.plots import scenario_plot
from cellkit.study.matrix.report import MatrixReport, ScenarioRow
from cellkit.study.proportion import lower_bound


def page(report: MatrixReport) -> str:
    """Return the whole page as HTML."""
    parts = [_head(report), _overview(report), failures(report), _excluded(report)]
    parts += [_scenario(report, program) for program in report.programs]
    parts += [_programs(report), _notes(report)]
    body = "\n".join(part for part in parts if part)
    title = "cellkit: interoperability matrix"
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{title}</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<style>{STYLE}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def _head(report: MatrixReport) -> str:
    how = report.how
    arms = {arm for cell in report.cells for arm in cell.arm.split("+")}
    vendors = {vendor for cell in report.cells for vendor in cell.vendors}
    figures = [
        (f"{report.good} of {len(report.runs)}", "runs good"),
        (str(len(report.programs)), "scenarios"),
        (str(len(arms)), f"arms of {len(vendors)} vendors"),
        (" + ".join(how.paths), "path" if len(how.paths) == 1 else "paths"),
        (str(len(how.seeds)), "random layouts each (seeds)"),
        (str(report.lines_changed), "program lines changed"),
    ]
    tiles = "".join(f"<li><b>{text(figure)}</b>{text(what)}</li>" for figure, what in figures)
    parts = "" if how.quantity is None else f", {how.quantity} parts a run"
    hand = "" if how.gripper is None else f", gripper {how.gripper}"
    return (
        "<h1>Interoperability matrix</h1>\n"
        "<p>Each scenario is one cell program. The same text was run on every arm named here, by every path: "
        "<b>direct</b>, straight to the simulated controller, and <b>wire</b>, through each vendor's own protocol to a "
        "virtual controller that speaks it. Seeds vary the random parts of a cell.</p>\n"
        f'<ul class="figures">{tiles}</ul>\n'
        f'<p class="soft">{text(how.world)} world, {how.seed_words}{text(parts + hand)}; '
        f"cellkit {text(how.cellkit)}, Python {text(how.python)}, {text(how.platform)}. "
        "All results are simulated; no robot moved.</p>"
    )


def _overview(report: MatrixReport) -> str:
    return f"<h2>Results by arm and scenario</h2>\n{big_table(report)}"


def _excluded(report: MatrixReport) -> str:
    if not report.excluded:
        return "<h2>Left out</h2>\n<p>Nothing: every chosen arm was run in every scenario by every path.</p>"
    return (
        '<section class="keep">\n<h2>Left out, and why</h2>\n'
        "<p>An arm that cannot do a task at all is not a failure: it is found before the first motion.</p>\n"
        f"{excluded_table(report)}\n</section>"
    )


def _scenario(report: MatrixReport, program: ScenarioRow) -> str:
    cells = [cell for cell in report.cells if cell.scenario == program.scenario]
    return (
        f'<section class="scenario">\n<h2>{text(program.scenario)}</h2>\n<p>{text(program.title)}.</p>\n'
        f'<p class="key soft"><span>&#9679; direct</span><span>&#9633; wire</span>'
        f"<span>program: {program.lines} lines, {program.lines_changed} changed</span></p>\n"
        f"{scenario_plot(program, cells, report.how.confidence)}\n{detail_table(cells, program)}\n</section>"
    )


def _programs(report: MatrixReport) -> str:
    warning = ""
    if any(program.texts > 1 for program in report.programs):
        warning = '<p class="warning">Not all runs of a scenario had the same program text.</p>\n'
    return (
        '<section class="keep">\n<h2>The program texts</h2>\n'
        "<p>Each run reports its program text; the texts of a scenario's runs are compared line by line.</p>\n"
        f"{warning}{programs_table(report)}\n</section>"
    )


def _notes(report: MatrixReport) -> str:
    seeds = len(report.how.seeds)
    confidence = report.how.confidence
    notes = [
        f"A bound states what the runs prove: more than this share of all such runs is good, with {confidence:.0%} "
        f"confidence (Clopper and Pearson, one-sided). 10 good runs of 10 prove {lower_bound(10, 10):.0%}; here "
        f"{seeds} of {seeds} prove {lower_bound(seeds, seeds):.0%}. Seeds vary the simulation's layouts, so the bound "
        "is valid for these layouts, not for a factory.",
        "All results are simulated: no hardware took part, and no virtual controller is the vendor's own.",
        "Cycle times and percentiles are those of all cycles of good runs. Joint accelerations are mostly cellkit's "
        "own assumption, since vendors seldom publish them; cycle times depend strongly on them.",
        "Work is the positive mechanical work of the joints in a run. It is not electric energy: drives, brakes and "
        "controllers take more, and some return energy.",
        "The worst error is the distance of a part from its place, as the simulation measures it.",
        "Collisions are contacts that the simulation detected. This page does not say that a robot or a cell is safe.",
    ]
    items = "".join(f"<li>{text(note)}</li>" for note in notes)
    return f'<section class="keep">\n<h2>Meaning and limits of these figures</h2>\n<ul>{items}</ul>\n</section>'
