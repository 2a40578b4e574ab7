"""The plots of the business case."""

from __future__ import annotations

from cellkit.study.report.node import Node
from cellkit.study.report.page import Page
from cellkit.study.report.plots import COLOURS, Plot


def cash_plot(page: Page, years: Node) -> Plot:
    """Return the plot of the cash flow: by year as bars, cumulative and discounted as lines."""
    plot = Plot(page.say("business.cash_plot"), page.say("business.cash_about"), height=320)
    numbers = [year["year"] for year in years]
    for number, (name, kind) in enumerate((("cash", "bar"), ("cumulative", "scatter"), ("discounted", "scatter"))):
        look = {"marker": {"color": COLOURS[7]}} if kind == "bar" else {"mode": "lines+markers", **_line(number)}
        trace = plot.add(kind, name=page.language.plain(f"flow.{name}"), hoverinfo="x+y+name", **look)
        trace.values("x", numbers, "count").values("y", [year[name] for year in years], "EUR")
    plot.layout = {
        "xaxis": {"title": {"text": page.language.plain("business.year")}, "dtick": 1, "zeroline": False},
        "yaxis": {"title": {"text": page.unit("EUR")}},
    }
    return plot


def _line(number: int) -> dict[str, object]:
    dash = "solid" if number == 1 else "dot"
    return {"line": {"color": COLOURS[number - 1], "dash": dash, "width": 2}}


def tornado_plot(page: Page, case: Node, most: int) -> Plot:
    """Return the plot of the net present value between the ends of each figure."""
    bars = list(case["tornado"])[:most]
    plot = Plot(page.say("tornado.plot"), page.say("tornado.plot_about"), height=110 + 26 * len(bars))
    nothing = Node(None)
    between = plot.add(
        "scatter", mode="lines", line={"width": 9, "color": "#c3ccd4"}, hoverinfo="skip", showlegend=False
    )
    between.values("x", [end for bar in bars for end in (bar["npv_low"], bar["npv_high"], nothing)], "EUR")
    between.labels("y", [end for bar in bars for end in (bar["figure"], bar["figure"], nothing)])
    for number, (name, symbol) in enumerate((("low", "triangle-left"), ("high", "triangle-right"))):
        trace = plot.add(
            "scatter",
            mode="markers",
            name=page.language.plain(f"tornado.at_{name}"),
            marker={"symbol": symbol, "size": 13, "color": COLOURS[number]},
            hoverinfo="x+name",
        )
        trace.values("x", [bar[f"npv_{name}"] for bar in bars], "EUR").labels("y", [bar["figure"] for bar in bars])
    base = case["after_tax"]["npv"]
    middle = plot.add(
        "scatter", mode="lines", name=page.language.plain("tornado.at_base"), line={"color": "#1b2733", "dash": "dot"}
    )
    ends = [bars[0]["figure"], bars[-1]["figure"]]
    middle.values("x", [base, base], "EUR").labels("y", ends)
    plot.layout = {
        "yaxis": {"autorange": "reversed", "type": "category"},
        "xaxis": {"title": {"text": page.unit("EUR")}, "nticks": 6},
    }
    return plot


def chance_plot(page: Page, bins: Node) -> Plot:
    """Return the plot of the number of draws for each net present value."""
    every = list(bins)
    plot = Plot(page.say("chance.plot"), page.say("chance.plot_about"), height=260)
    trace = plot.add(
        "scatter", mode="lines", line={"shape": "hv", "width": 1.5}, fill="tozeroy", hoverinfo="x+y", showlegend=False
    )
    trace.values("x", [*(one["start"] for one in every), every[-1]["end"]], "EUR")
    trace.values("y", [*(one["count"] for one in every), every[-1]["count"]], "count")
    plot.layout = {
        "xaxis": {"title": {"text": page.unit("EUR")}, "nticks": 6, "zeroline": True, "zerolinewidth": 3},
        "yaxis": {"title": {"text": page.language.plain("chance.draws")}, "rangemode": "tozero"},
    }
    return plot


def change_over_plot(page: Page, curve: Node) -> Plot:
    """Return the plot of the running cost of a part by batch size, today and on the cell."""
    plot = Plot(page.say("change_over.plot"), page.say("change_over.plot_about"), height=280)
    for number, name in enumerate(("today", "cell")):
        look = {"color": COLOURS[1 - number], "dash": "dash" if number == 0 else "solid"}
        trace = plot.add(
            "scatter", mode="lines", name=page.language.plain(f"business.{name}"), line=look, hoverinfo="x+y+name"
        )
        trace.values("x", [one["batch"] for one in curve], "count")
        trace.values("y", [one[name] for one in curve], "EUR2")
    plot.layout = {
        "xaxis": {"title": {"text": page.language.plain("change_over.size")}, "type": "log"},
        "yaxis": {"title": {"text": page.unit("EUR2")}, "rangemode": "tozero"},
    }
    return plot
