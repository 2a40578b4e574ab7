"""Charts as PNG, as SVG, or as an HTML page. The only module of this package that imports matplotlib.

Lines differ by dashes and markers, not by colour alone, so that a print in black and white can be read.
"""

from __future__ import annotations

import html
import io
import re
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from cellkit.recording.chart import Chart, Line, Panel

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, GRID, WARNING = "#1b2733", "#d5dbe1", "#a03418"
LOOKS: tuple[tuple[str, Any, str], ...] = (
    ("#0072b2", "-", ""),
    ("#d55e00", (0, (6, 2)), ""),
    ("#009e73", (0, (1, 1.5)), ""),
    ("#1b2733", (0, (6, 2, 1, 2)), ""),
    ("#cc79a7", "-", "o"),
    ("#8a6d00", (0, (6, 2)), "s"),
    ("#56646f", (0, (1, 1.5)), "^"),
    ("#3c4f9f", "-", "x"),
)
"""Colour, dashes and marker of each style (colours after Okabe and Ito, dark enough on white)."""
_WIDTH = 10.0  # inches
_STYLE: Any = {
    "font.family": "sans-serif",
    "font.sans-serif": ["Arial", "Helvetica", "Liberation Sans", "DejaVu Sans", "sans-serif"],
    "font.size": 8.5,
    "svg.fonttype": "none",  # text stays text, for screen readers, search and copying
    "svg.hashsalt": "cellkit",
    "text.color": INK,
    "axes.edgecolor": "#8a97a3",
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
}
_MARKERS = 14  # on a line


def as_png(chart: Chart) -> bytes:
    """Draw the chart as a PNG picture."""
    buffer = io.BytesIO()
    with _drawn(chart) as figure:
        figure.savefig(buffer, format="png", dpi=130, metadata={"Software": None})
    return buffer.getvalue()


def as_svg(chart: Chart) -> str:
    """Draw the chart as an SVG file."""
    buffer = io.StringIO()
    with _drawn(chart) as figure:
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return buffer.getvalue()


def as_html(chart: Chart) -> str:
    """Return a page with the chart and its marked moments in words; the page sends no request."""
    svg = as_svg(chart)
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg[svg.index("<svg") :], flags=re.DOTALL)
    label = f"{chart.title}: {', '.join(panel.title for panel in chart.panels)}"
    svg = svg.replace("<svg ", f'<svg role="img" aria-label="{html.escape(label, quote=True)}" ', 1)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8" />'
        '<meta name="viewport" content="width=device-width, initial-scale=1" />'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
        'img-src data:" />'
        f"<title>{html.escape(chart.title)}</title><style>body{{margin:1rem;font:14px/1.5 system-ui,sans-serif;"
        f"color:{INK}}}svg{{max-width:100%;height:auto}}</style></head><body><main>{svg}</main></body></html>\n"
    )


@contextmanager
def _drawn(chart: Chart) -> Iterator[Figure]:
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    heights = [_height(panel) for panel in chart.panels]
    words = _words(chart)
    with mpl.rc_context(_STYLE):
        below = 0.17 * (words.count("\n") + 1) if words else 0.0
        figure = Figure(figsize=(_WIDTH, sum(heights) + 0.45 + below), layout="constrained")
        FigureCanvasAgg(figure)
        figure.suptitle(chart.title, fontsize=10, fontweight="bold", x=0.01, ha="left")
        all_axes = figure.subplots(len(chart.panels), 1, squeeze=False, height_ratios=heights)[:, 0]
        for panel, axes in zip(chart.panels, all_axes, strict=True):
            _panel(axes, panel, chart)
        if words:
            figure.supxlabel(words, fontsize=8.5, x=0.01, ha="left")
        yield figure


def _height(panel: Panel) -> float:
    """Return the height of a panel in inches."""
    if panel.lanes:
        return 0.65 + 0.2 * len(panel.lanes)
    if panel.bars:
        return 0.65 + 0.2 * len(panel.bars)
    return 1.25 if len(panel.lines) == 1 else 2.1


def _words(chart: Chart) -> str:
    lines = [f"{n}: {moment.time:.2f} s, {moment.words}" for n, moment in enumerate(chart.moments, start=1)]
    return "\n".join(
        textwrap.shorten(line, 150, placeholder=" …").replace("$", r"\$") for line in [*lines, *chart.notes]
    )


def _panel(axes: Axes, panel: Panel, chart: Chart) -> None:
    limits = f" (dashed: limit {panel.limits[0]:.3g} {panel.unit})" if panel.limits else ""
    axes.set_title(panel.title + limits, fontsize=8.5, loc="left", fontweight="bold")
    axes.grid(color=GRID, linewidth=0.6)
    axes.tick_params(length=0)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    if panel.bars:
        _bars(axes, panel)
        return
    axes.set_xlim(chart.start, chart.end)
    if panel is [other for other in chart.panels if not other.bars][-1]:
        axes.set_xlabel("time (s)")
    if panel.lanes:
        _lanes(axes, panel, chart)
    else:
        _lines(axes, panel)
    for label, time in _marked(chart):
        axes.axvline(time, color=WARNING, linestyle=(0, (2, 2)), linewidth=1.0)
        axes.annotate(
            label,
            (time, 1.0),
            xycoords=("data", "axes fraction"),
            xytext=(2, -8),
            textcoords="offset points",
            fontsize=7.5,
            color=WARNING,
            fontweight="bold",
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 0.5},
        )


def _marked(chart: Chart) -> list[tuple[str, float]]:
    """Return label and time of every mark; moments too close for two labels share a mark."""
    near = (chart.end - chart.start) * 0.02
    groups: list[list[int]] = []
    for number, moment in enumerate(chart.moments):
        if groups and moment.time - chart.moments[groups[-1][0]].time < near:
            groups[-1].append(number)
        else:
            groups.append([number])
    return [
        (f"{group[0] + 1}" if len(group) == 1 else f"{group[0] + 1}–{group[-1] + 1}", chart.moments[group[0]].time)
        for group in groups
    ]


def _lines(axes: Axes, panel: Panel) -> None:
    for line in panel.lines:
        _line(axes, line)
    for limit in panel.limits:
        axes.axhline(limit, color=WARNING, linestyle="--", linewidth=1.1)
    axes.set_ylabel(panel.unit)
    axes.margins(y=0.12)
    if len(panel.lines) > 1:
        axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False, handlelength=4.0, fontsize=8)


def _line(axes: Axes, line: Line) -> None:
    colour, dashes, marker = LOOKS[line.look % len(LOOKS)]
    every = max(1, len(line.times) // _MARKERS)
    times, values = line.times, line.values
    axes.plot(
        times,
        values,
        color=colour,
        linestyle=dashes,
        linewidth=1.3,
        marker=marker,
        markersize=4,
        markevery=every,
        markerfacecolor="white",
        label=line.label,
        drawstyle="steps-post" if line.held else "default",
    )


def _lanes(axes: Axes, panel: Panel, chart: Chart) -> None:
    for row, lane in enumerate(panel.lanes):
        for span in lane.spans:
            start, end = max(span.start, chart.start), min(span.end, chart.end)
            if end <= start:
                continue
            fill = "#ffffff" if span.word else "#4a6f96"
            axes.barh(row, end - start, left=start, height=0.62, color=fill, edgecolor=INK, linewidth=0.7)
            if span.word and (end - start) / (chart.end - chart.start) > 0.011 * len(span.word):
                axes.text((start + end) / 2, row, span.word, ha="center", va="center", fontsize=7)
    axes.set_yticks(range(len(panel.lanes)), [lane.label for lane in panel.lanes])
    axes.set_ylim(len(panel.lanes) - 0.5, -0.5)


def _bars(axes: Axes, panel: Panel) -> None:
    values = [bar.value for bar in panel.bars]
    rows = np.arange(len(values))
    axes.barh(rows, values, height=0.62, color="#c9d8e8", edgecolor=INK, linewidth=0.7)
    for row, value in enumerate(values):
        axes.annotate(
            f"{value:.2f}", (value, row), xytext=(3, 0), textcoords="offset points", va="center", fontsize=7.5
        )
    axes.axvline(float(np.mean(values)), color=INK, linestyle="--", linewidth=1.1)
    axes.set_yticks(rows, [bar.label for bar in panel.bars])
    axes.set_ylim(len(values) - 0.5, -0.5)
    axes.set_xlim(0.0, max(values) * 1.1)
    axes.set_xlabel(f"time ({panel.unit})")
