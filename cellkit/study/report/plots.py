"""The plots of the report: plotly specifications with the JSON pointer of every figure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from cellkit.study.report.formats import FORMATS
from cellkit.study.report.html import Html, tag
from cellkit.study.report.language import Language
from cellkit.study.report.node import Node

# Colours by Okabe and Ito, distinguishable with colour vision deficiency; dark enough on white.
COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8a6d00", "#3c4f9f", "#56646f", "#56b4e9"]
INK, LINE = "#1b2733", "#c3ccd4"
LEGEND = {"traceorder": "normal", "orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "xanchor": "left"}


@dataclass(frozen=True)
class Source:
    """The origin of the values of one key of one trace.

    It is one pointer for each value, or one pointer to a ``whole`` list or to one ``column`` of a list of rows.
    ``factor`` is applied to figures.
    """

    trace: int
    key: str
    pointers: list[str]
    factor: float = 1.0
    whole: bool = False
    column: int | None = None


@dataclass
class Plot:
    """One plot. ``title`` and ``about`` are texts of the report; ``about`` describes the plot."""

    title: Html
    about: Html
    height: int = 320
    traces: list[dict[str, Any]] = field(default_factory=list)
    layout: dict[str, Any] = field(default_factory=dict)
    sources: list[Source] = field(default_factory=list)

    def add(self, kind: str, *, names: dict[str, Sequence[str]] | None = None, **settings: Any) -> Trace:
        """Add a trace of a plotly type and return it; ``names`` are texts along an axis."""
        texts = {key: list(values) for key, values in (names or {}).items()}
        self.traces.append({"type": kind, **texts, **settings})
        return Trace(self, len(self.traces) - 1)


@dataclass(frozen=True)
class Trace:
    """A trace of a plot, which takes its figures from the result."""

    plot: Plot
    number: int

    def values(self, key: str, nodes: Sequence[Node], form: str) -> Trace:
        """Set the values of a key: one figure from each node, in the unit of a format."""
        factor = FORMATS[form].factor
        figures = [None if node.value is None else node.value * factor for node in nodes]
        return self._put(figures, Source(self.number, key, [node.pointer for node in nodes], factor))

    def whole(self, key: str, node: Node, form: str) -> Trace:
        """Set the values of a key: a whole list (of lists) of figures, in the unit of a format."""
        factor = FORMATS[form].factor
        source = Source(self.number, key, [node.pointer], factor, whole=True)
        return self._put(scaled(node.value, factor), source)

    def column(self, key: str, rows: Node, column: int, form: str | None = None) -> Trace:
        """Set the values of a key: one column of a list of rows, figures in the unit of a format or texts."""
        factor = 1.0 if form is None else FORMATS[form].factor
        cells = [row[column] for row in rows.value]
        source = Source(self.number, key, [rows.pointer], factor, whole=True, column=column)
        return self._put(cells if form is None else scaled(cells, factor), source)

    def labels(self, key: str, nodes: Sequence[Node]) -> Trace:
        """Set the values of a key: texts of the result, such as names along an axis."""
        source = Source(self.number, key, [node.pointer for node in nodes])
        return self._put([node.value for node in nodes], source)

    def _put(self, values: Any, source: Source) -> Trace:
        target = self.plot.traces[self.number]
        *path, last = source.key.split(".")
        for step in path:
            target = target.setdefault(step, {})
        target[last] = values
        self.plot.sources.append(source)
        return self


def scaled(values: Any, factor: float) -> Any:
    """Return a list (of lists) of figures times a factor; null stays null."""
    if isinstance(values, list):
        return [scaled(one, factor) for one in values]
    return None if values is None else values * factor


def plot_element(plot: Plot, number: int, language: Language) -> Html:
    """Return the element of a plot with its specification as JSON."""
    label = f"plot-{number}"
    spec = {
        "data": plot.traces,
        "layout": _layout(plot, language),
        "sources": [vars(source) for source in plot.sources],
    }
    return tag(
        "figure",
        tag("figcaption", tag("strong", plot.title), " ", plot.about, id=f"{label}-about"),
        tag(
            "div",
            id=label,
            class_="plot",
            role="img",
            aria_labelledby=f"{label}-about",
            style=f"height:{plot.height}px",
        ),
        tag("script", as_script(spec), type="application/json", class_="plot-data", data_plot=label),
    )


def as_script(value: Any) -> Html:
    """Return JSON for a script element: no text in it can end the element or open a comment."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Html(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))


def _layout(plot: Plot, language: Language) -> dict[str, Any]:
    axis = {"gridcolor": LINE, "linecolor": INK, "zerolinecolor": INK, "automargin": True}
    layout: dict[str, Any] = {
        "height": plot.height,
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        "paper_bgcolor": "#fff",
        "plot_bgcolor": "#fff",
        "font": {"family": 'Arial, Helvetica, "Liberation Sans", sans-serif', "size": 12, "color": INK},
        "colorway": COLOURS,
        "separators": language.decimal + language.thousands,
        "legend": LEGEND,
        "hovermode": "closest",
        **plot.layout,
    }
    for name in ("xaxis", "yaxis"):
        layout[name] = {**axis, **plot.layout.get(name, {})}
    return layout
