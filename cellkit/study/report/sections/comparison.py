"""The comparison of all concepts: their main figures as one table and as bars."""

from __future__ import annotations

from cellkit.study.report.headlines import HEADLINES
from cellkit.study.report.html import Html, tag
from cellkit.study.report.node import Node
from cellkit.study.report.page import Page
from cellkit.study.report.plots import Plot

DRAWN = ("cycle_p95", "parts_per_hour", "peak_power", "cost_per_part", "npv", "probability_of_loss")


def section(page: Page, result: Node) -> Html:
    """Return the comparison, without a row for figures that no concept has."""
    rows = result["comparison"]
    if not rows:
        return page.section("comparison", page.say("comparison.title"), page.absent())
    bars = [page.plot(_bars(page, rows, name)) for name in DRAWN if _known(rows, name)]
    return page.section(
        "comparison",
        page.say("comparison.title"),
        tag("p", page.say("comparison.about")),
        _table(page, rows),
        tag("div", bars, class_="pair") if bars else None,
    )


def _known(rows: Node, name: str) -> bool:
    return any(row[name].value is not None for row in rows)


def _table(page: Page, rows: Node) -> Html:
    heads: list[str | Html] = [page.say("figure"), *(page.text(row["concept"]) for row in rows)]
    lines: list[list[str | Html]] = []
    if _known(rows, "runs"):
        lines.append([page.say("headline.runs"), *(_runs(page, row) for row in rows)])
    for name, form in HEADLINES.items():
        if _known(rows, name):
            lines.append([page.say(f"headline.{name}"), *(page.figure(row[name], form) for row in rows)])
    return page.table(page.say("comparison.caption"), heads, lines, numbers=range(1, len(heads)))


def _runs(page: Page, row: Node) -> Html:
    if row["runs"].value is None:
        return page.missing()
    return page.good_of(row["good"], row["runs"])


def _bars(page: Page, rows: Node, name: str) -> Plot:
    plot = Plot(page.say(f"headline.{name}"), page.say("comparison.bars"), height=70 + 34 * len(rows))
    form = HEADLINES[name]
    trace = plot.add("bar", orientation="h", hoverinfo="x")
    trace.labels("y", [row["concept"] for row in rows]).values("x", [row[name] for row in rows], form)
    plot.layout = {
        "yaxis": {"autorange": "reversed", "type": "category"},
        "xaxis": {"title": {"text": page.unit(form)}, "rangemode": "tozero", "nticks": 6},
        "showlegend": False,
    }
    return plot
