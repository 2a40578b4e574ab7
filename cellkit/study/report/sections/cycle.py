"""The cycle time of a concept by activity, and its bottleneck."""

from __future__ import annotations

from cellkit.study.report.html import Html, tag
from cellkit.study.report.node import Node
from cellkit.study.report.page import Page
from cellkit.study.report.plots import COLOURS, Plot


def part(page: Page, concept: Node) -> Html:
    """Return the tiles, the table of activities with its plot, the bottleneck and the devices."""
    cycle = concept["cycle"]
    return tag(
        "div",
        tag("p", page.say("cycle.about")),
        _facts(page, cycle),
        page.plot(_bars(page, cycle)),
        _lines(page, cycle),
        _bottleneck(page, cycle["bottleneck"]),
        _devices(page, cycle),
        _what_if(page, concept["what_if"]),
    )


def _facts(page: Page, cycle: Node) -> Html:
    tiles = [(page.say(f"cycle.{name}"), page.figure(cycle[name], "s")) for name in ("expected", "simulated", "p95")]
    tiles += [(page.say(f"cycle.{name}"), page.figure(cycle[name], "s")) for name in ("worst", "ramp_in")]
    takt = cycle["takt"]
    if takt:
        tiles.append((page.say("cycle.takt"), page.figure(takt["required"], "s")))
        tiles.append((page.say("cycle.reserve"), page.figure(takt["reserve"], "s")))
    return page.facts(tiles)


def _name(page: Page, line: Node) -> Html:
    return page.choice(line["line"], "line" if line["simulated"].value else "assumed_line")


def _lines(page: Page, cycle: Node) -> Html:
    rows = [
        [
            _name(page, line),
            page.choice(line["simulated"], "simulated"),
            *(page.figure(line[name], "s") for name in ("mean", "p95", "worst")),
            page.figure(line["share"], "percent1"),
        ]
        for line in cycle["lines"]
    ]
    total = [
        page.say("cycle.total"),
        "",
        page.figure(cycle["expected"], "s"),
        *(page.figure(cycle[name], "s") for name in ("p95", "worst")),
        "",
    ]
    heads = [page.say(f"cycle.{name}") for name in ("line", "origin", "mean", "p95_head", "worst_head", "share")]
    return page.table(page.say("cycle.caption"), heads, [*rows, total], numbers=range(2, 6), class_="total")


def _bars(page: Page, cycle: Node) -> Plot:
    lines = list(cycle["lines"])
    plot = Plot(page.say("cycle.plot"), page.say("cycle.plot_about"), height=110 + 26 * len(lines))
    names = [page.language.plain(_key(line)) for line in lines]
    mean = plot.add("bar", orientation="h", name=page.language.plain("cycle.mean"), y=names, hoverinfo="x+name")
    mean.values("x", [line["mean"] for line in lines], "s")
    high = plot.add(
        "scatter",
        mode="markers",
        name=page.language.plain("cycle.p95_head"),
        y=names,
        marker={"symbol": "line-ns-open", "size": 16, "color": COLOURS[1], "line": {"width": 3}},
        hoverinfo="x+name",
    )
    high.values("x", [line["p95"] for line in lines], "s")
    plot.layout = {
        "yaxis": {"autorange": "reversed", "type": "category"},
        "xaxis": {"title": {"text": page.unit("s")}, "rangemode": "tozero"},
    }
    return plot


def _key(line: Node) -> str:
    return f"{'line' if line['simulated'].value else 'assumed_line'}.{line['line'].value}"


def _bottleneck(page: Page, given: Node) -> Html:
    lines = ("assumed_line", "line")
    group = next(group for group in reversed(lines) if f"{group}.{given['line'].value}" in page.language)
    words = page.say(
        "cycle.bottleneck",
        line=page.choice(given["line"], group),
        share=page.figure(given["share"], "percent"),
        gain=page.figure(given["gain"], "s"),
        device=page.text(given["device"]),
    )
    return tag("p", words, class_="box")


def _devices(page: Page, cycle: Node) -> Html | None:
    if not cycle["devices"]:
        return None
    rows = [
        [
            page.text(one["device"]),
            page.figure(one["critical"], "s"),
            page.figure(one["busy"], "s"),
            page.figure(one["utilisation"], "percent"),
        ]
        for one in cycle["devices"]
    ]
    heads = [page.say(f"cycle.{name}") for name in ("device", "critical", "busy", "utilisation")]
    return page.table(page.say("cycle.devices"), heads, rows, numbers=range(1, 4))


def _what_if(page: Page, variants: Node) -> Html | None:
    """Return the gain of a faster gripper or another speed."""
    if not variants:
        return None
    rows = [
        [
            page.choice(one["change"], "change"),
            page.figure(one["factor"], "ratio"),
            page.good_of(one["good"], one["runs"]),
            page.figure(one["cycle"], "s"),
            page.figure(one["gained"], "s"),
            page.figure(one["gained_share"], "percent1"),
            page.translated(one["world"], "world"),
        ]
        for one in variants
    ]
    heads = [
        page.say(f"change.{name}_head") for name in ("what", "factor", "runs", "cycle", "gained", "share", "world")
    ]
    first = variants[0]["physics_difference"]
    note = tag("p", page.say("change.note", difference=page.figure(first, "signed_percent1")), class_="soft")
    table = page.table(page.say("change.caption"), heads, rows, numbers=range(1, 6))
    return tag("div", table, note if first.value is not None else None)
