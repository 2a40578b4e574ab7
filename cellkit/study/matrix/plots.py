"""Plots of the matrix: one figure a scenario, as SVG for a page. The only module here that knows matplotlib.

Paths differ in shape and filling, not in colour alone, so that they also differ on black-and-white paper.
"""

from __future__ import annotations

import html
import io
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cellkit.study.matrix.report import CellRow, ScenarioRow

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INK, GRID, WARNING = "#1b2733", "#d5dbe1", "#a03418"
MARKS = {"direct": ("o", "#1f5f99", "#1f5f99"), "wire": ("s", "#ffffff", "#1b2733")}
"""Marker, filling and edge of each path."""
_ROW = 0.26  # inches of height of one arm
_STYLE: Any = {
    "font.family": "sans-serif",
    "font.sans-serif": ["Arial", "Helvetica", "Liberation Sans", "DejaVu Sans", "sans-serif"],
    "font.size": 8.5,
    "svg.fonttype": "none",  # text stays text for screen readers, search and copy
    "text.color": INK,
    "axes.edgecolor": "#8a97a3",
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
}


def scenario_plot(program: ScenarioRow, cells: Sequence[CellRow], confidence: float) -> str:
    """Return an ``<svg>`` with three panels that share the arms: share of good runs, cycle time, worst error."""
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    arms = list(dict.fromkeys(cell.arm for cell in cells))
    paths = list(dict.fromkeys(cell.path for cell in cells))
    with mpl.rc_context({**_STYLE, "svg.hashsalt": program.scenario}):
        figure = Figure(figsize=(10.2, 0.95 + _ROW * len(arms)), layout="constrained")
        FigureCanvasSVG(figure)
        good, cycle, error = figure.subplots(1, 3, sharey=True, width_ratios=[1.0, 1.25, 1.0])
        places = _places(arms, paths)
        for cell in cells:
            at = places[cell.arm, cell.path]
            _good(good, cell, at)
            _cycle(cycle, cell, at)
            _error(error, cell, at)
        good.set_yticks(range(len(arms)), arms)
        good.set_ylim(len(arms) - 0.5, -0.5)
        good.set_xlim(-0.02, 1.04)
        good.set_xticks([0, 0.25, 0.5, 0.75, 1.0], ["0", "25", "50", "75", "100 %"])
        _titled(good, f"good runs, and the proven share ({confidence:.0%})")
        cycle.set_xlim(left=0.0)
        _titled(cycle, "cycle time in s: mean, and 95th percentile (bar)")
        if any(cell.max_place_error is not None for cell in cells):
            error.axvline(program.tolerance * 1000, color=WARNING, linestyle="--", linewidth=1.2)
            worst = max(cell.max_place_error or 0.0 for cell in cells)
            error.set_xlim(0.0, max(program.tolerance, worst) * 1000 * 1.1)
            _titled(error, "worst error in mm (dashed: tolerance)")
        else:
            error.text(0.5, 0.5, "positions are not judged", transform=error.transAxes, ha="center", va="center")
            error.set_xticks([])
            _titled(error, "worst error")
        written = io.StringIO()
        figure.savefig(written, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    return _inline(written.getvalue(), program.scenario, _description(program, cells))


def _places(arms: Sequence[str], paths: Sequence[str]) -> dict[tuple[str, str], float]:
    """Return the rows of the marks of each arm: paths one below the other."""
    apart = 0.34 if len(paths) > 1 else 0.0
    return {
        (arm, path): row + apart * (column - (len(paths) - 1) / 2)
        for row, arm in enumerate(arms)
        for column, path in enumerate(paths)
    }


def _mark(axes: Axes, x: float, at: float, path: str) -> None:
    marker, filling, edge = MARKS[path]
    axes.plot(x, at, marker=marker, markersize=5, markerfacecolor=filling, markeredgecolor=edge, zorder=3)


def _good(axes: Axes, cell: CellRow, at: float) -> None:
    share = cell.good / cell.runs
    axes.plot([cell.at_least, share], [at, at], color=INK, linewidth=1.1)
    axes.plot(cell.at_least, at, marker="|", markersize=7, color=INK)
    _mark(axes, share, at, cell.path)


def _cycle(axes: Axes, cell: CellRow, at: float) -> None:
    if cell.cycle_mean is None or cell.cycle_p95 is None:
        return
    axes.plot([cell.cycle_mean, cell.cycle_p95], [at, at], color=INK, linewidth=1.1)
    axes.plot(cell.cycle_p95, at, marker="|", markersize=7, color=INK)
    _mark(axes, cell.cycle_mean, at, cell.path)


def _error(axes: Axes, cell: CellRow, at: float) -> None:
    if cell.max_place_error is not None:
        _mark(axes, cell.max_place_error * 1000, at, cell.path)


def _titled(axes: Axes, title: str) -> None:
    axes.set_title(title, fontsize=8.5, loc="left", fontweight="bold")
    axes.grid(axis="x", color=GRID, linewidth=0.6)
    axes.tick_params(length=0)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)


def _description(program: ScenarioRow, cells: Sequence[CellRow]) -> str:
    """Return the figure in words, for screen readers; the table beside it holds all figures."""
    cycles = [cell.cycle_mean for cell in cells if cell.cycle_mean is not None]
    span = f"; mean cycle times from {min(cycles):.2f} to {max(cycles):.2f} s" if cycles else ""
    errors = [cell.max_place_error for cell in cells if cell.max_place_error is not None]
    worst = (
        f"; the worst error is {max(errors) * 1000:.2f} mm, {program.tolerance * 1000:g} mm allowed" if errors else ""
    )
    good, runs = sum(cell.good for cell in cells), sum(cell.runs for cell in cells)
    return f"{program.scenario}: {good} of {runs} runs good on {len({cell.arm for cell in cells})} arms{span}{worst}."


def _inline(svg: str, prefix: str, description: str) -> str:
    """Return the figure for a page: without the head of a file, with unique ids and a description."""
    body = svg[svg.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    body = re.sub(r'\bid="', f'id="{prefix}-', body)
    body = re.sub(r'href="#', f'href="#{prefix}-', body)
    body = body.replace("url(#", f"url(#{prefix}-")
    label = html.escape(description, quote=True)
    return body.replace("<svg ", f'<svg role="img" aria-label="{label}" ', 1)
