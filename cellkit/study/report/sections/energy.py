"""The energy of a concept: kWh per part, average and peak power, and their certainty."""

from __future__ import annotations

from cellkit.study.report.html import Html, tag
from cellkit.study.report.node import Node
from cellkit.study.report.page import Page
from cellkit.study.report.plots import COLOURS, Plot

BANDS = {"per_part": "kWh", "average": "kW", "peak": "kW", "peak_second": "kW", "peak_quarter_hour": "kW"}
KINDS = {"simulated": "good", "assumed": "warn", "not_validated": "bad", "left_out": "unknown"}


def part(page: Page, concept: Node) -> Html:
    """Return the figures with their range, the causes, the curve of one run, and the certainty."""
    energy = concept["energy"]
    if not energy["per_part"]:
        return tag("div", tag("p", page.say("energy.none")), _certainty(page, energy["certainty"]))
    return tag(
        "div",
        _bands(page, energy),
        tag("p", page.say(f"energy.quarter_{'measured' if energy['quarter_hour_measured'].value else 'repeated'}")),
        _cells(page, energy["cells"]),
        _year(page, concept["energy_year"]),
        page.plot(_curve(page, energy["shown"])) if energy["shown"] else None,
        _causes(page, energy["causes"]),
        _certainty(page, energy["certainty"]),
    )


def _bands(page: Page, energy: Node) -> Html:
    rows = [
        [page.say(f"energy.{name}"), *(page.figure(energy[name][end], form) for end in ("value", "low", "high"))]
        for name, form in BANDS.items()
        if energy[name]
    ]
    rows.append([page.say("energy.idle"), page.figure(energy["idle"], "kW"), page.missing(), page.missing()])
    heads = [page.say("figure"), *(page.say(f"energy.{name}") for name in ("value", "low", "high"))]
    return page.table(page.say("energy.caption"), heads, rows, numbers=range(1, 4))


def _cells(page: Page, cells: Node) -> Html | None:
    if not cells or cells["cells"].value < 2:
        return None
    parts = {name: page.figure(cells[name], "kW") for name in ("at_least", "at_most", "peak_quarter_hour")}
    return tag("p", page.say("energy.cells", cells=page.figure(cells["cells"], "count"), **parts))


def _causes(page: Page, causes: Node) -> Html | None:
    rows = [[page.say(f"cause.{name}"), page.figure(one, "kWh")] for name, one in causes.items() if one.value != 0.0]
    if not rows:
        return None
    return page.table(
        page.say("energy.causes"), [page.say("energy.cause"), page.say("energy.value")], rows, numbers=[1]
    )


def _curve(page: Page, shown: Node) -> Plot:
    curve = shown["curve"]
    plot = Plot(page.say("energy.plot"), page.say("energy.plot_about"), height=300)
    for number, (name, style) in enumerate((("peak", {"width": 1}), ("mean", {"width": 2}))):
        line = {"shape": "hv", "color": COLOURS[1 - number], **style}
        trace = plot.add(
            "scatter", mode="lines", name=page.language.plain(f"energy.curve_{name}"), line=line, hoverinfo="x+y"
        )
        trace.whole("x", curve["time"], "s").whole("y", curve[name], "W_kW")
    plot.layout = {
        "xaxis": {"title": {"text": page.unit("s")}},
        "yaxis": {"title": {"text": page.unit("kW")}, "rangemode": "tozero"},
    }
    return plot


def _certainty(page: Page, given: Node) -> Html:
    items = [
        tag(
            "li",
            page.badge(KINDS[one["kind"].value], page.choice(one["kind"], "certainty")),
            " ",
            page.choice(one["code"], "energy_code"),
            tag("span", " (", page.text(one["subject"]), ")") if one["subject"] else None,
        )
        for one in given["statements"]
    ]
    rows = [
        [
            page.choice(one["name"], "coefficient"),
            page.text(one["subject"]),
            page.figure(one["value"], "plain"),
            page.english(one["unit"]),
            page.english(one["source"]),
            page.choice(one["verified"], "verified"),
        ]
        for one in given["coefficients"]
    ]
    names = ("coefficient", "of", "value", "unit", "source", "status")
    heads = [page.say(f"energy.{name}") for name in names]
    return tag(
        "div",
        tag("h4", page.say("energy.certainty", level=page.choice(given["level"], "level"))),
        _constant(page, given["constant_share"]),
        tag("ul", items, class_="notes"),
        page.details(
            page.say("energy.coefficients"), page.table(page.say("energy.coefficients"), heads, rows, numbers=[2])
        ),
    )


def _constant(page: Page, share: Node) -> Html | None:
    if share.value is None:
        return None
    return tag("p", page.say("energy.constant", share=page.figure(share, "percent")))


def _year(page: Page, year: Node) -> Html | None:
    if not year:
        return None
    forms = {"parts": "count", "hours_on": "hours", "energy": "kWh0", "cost": "EUR", "co2": "kg"}
    known = {name: form for name, form in forms.items() if year[name].value is not None}
    tiles = [(page.say(f"energy_year.{name}"), page.figure(year[name], form)) for name, form in known.items()]
    return tag("div", tag("h4", page.say("energy_year.title")), page.facts(tiles))
