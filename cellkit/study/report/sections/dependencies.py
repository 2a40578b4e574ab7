"""The dependencies on suppliers and regions, the lock-in metrics, and the loss of a vendor or region."""

from __future__ import annotations

from cellkit.study.report.html import Html, joined, tag
from cellkit.study.report.node import Node
from cellkit.study.report.page import Page
from cellkit.study.report.plots import COLOURS, Plot
from cellkit.study.report.sections.what_if import what_ifs

METRIC_FORMS = {"share": "percent", "share of capex": "percent", "HHI": "ratio", "0 to 1": "ratio"}


def section(page: Page, result: Node) -> Html:
    """Return one part for each cell that was assessed."""
    title = page.say("dependencies.title")
    if not result["dependencies"]:
        return page.section("dependencies", title, page.absent())
    cells = [_cell(page, one, f"dependencies-{number}") for number, one in enumerate(result["dependencies"])]
    return page.section("dependencies", title, tag("p", page.say("dependencies.about")), *cells)


def _cell(page: Page, cell: Node, anchor: str) -> Html:
    name = cell["concept"] if cell["concept"] else cell["title"]
    return page.section(
        anchor,
        page.text(name),
        tag("p", page.say("dependencies.checked", checked=page.text(cell["bom"]["checked"])), class_="soft"),
        _bom(page, cell["bom"]),
        page.plot(_regions_plot(page, cell["regions"])) if _drawable(cell["regions"]) else None,
        _regions(page, cell["regions"]),
        _index(page, cell["composite"]),
        _metrics(page, cell["metrics"]),
        _sourcing(page, cell["sourcing"]),
        _links(page, cell["links"]),
        _portability(page, cell["portability"]),
        *what_ifs(page, cell["what_if"]),
        _software(page, cell["bom"]["software"]),
        _data_exit(page, cell["data_exit"]),
        _unverified(page, cell["unverified"]),
        level=3,
    )


def _bom(page: Page, bom: Node) -> Html:
    rows = [
        [
            page.text(item["role"]),
            page.text(item["name"]),
            page.text(item["vendor"]),
            *(_origin(page, item["origin"], view) for view in ("headquarters", "production", "owner")),
            page.figure(item["price"], "EUR"),
            page.figure(item["share"], "percent"),
        ]
        for item in bom["items"]
    ]
    names = ("role", "product", "vendor", "headquarters", "production", "owner", "price", "share")
    caption = page.say("bom.caption", basis=page.choice(bom["basis"], "basis"))
    return page.table(caption, [page.say(f"bom.{name}") for name in names], rows, numbers=[6, 7])


def _origin(page: Page, origin: Node, view: str) -> Html:
    if not origin or not origin[view]:
        return page.missing()
    places = list(origin[view]) if view == "production" else [origin[view]]
    shown = [_place(page, one) for one in places]
    if view == "owner" and origin["pending"]:
        shown.append(tag("span", page.say("bom.pending"), " ", _place(page, origin["pending"])))
    return tag("span", joined(shown, "; "))


def _place(page: Page, place: Node) -> Html:
    name = tag("span", page.text(place["name"]), ", ") if place["name"] else None
    mark = None if place["verified"].value else tag("sup", page.say("bom.unverified_mark"))
    return tag("span", name, page.text(place["country"]), mark)


def _drawable(regions: Node) -> bool:
    return any(one["shares"] for one in regions)


def _regions_plot(page: Page, regions: Node) -> Plot:
    """Return the plot of the bill of materials by region, one bar for each view."""
    plot = Plot(page.say("regions.plot"), page.say("regions.about"), height=240)
    names = list(dict.fromkeys(name for one in regions for name in one["shares"].value))
    for number, name in enumerate(names):
        views = [one for one in regions if name in one["shares"]]
        colour = COLOURS[number % len(COLOURS)]
        labels = [page.language.plain(f"view.{one['view'].value}") for one in views]
        trace = plot.add("bar", orientation="h", name=name, marker={"color": colour}, y=labels, hoverinfo="x+name")
        trace.values("x", [one["shares"][name] for one in views], "percent")
    plot.layout = {
        "barmode": "stack",
        "yaxis": {"type": "category", "autorange": "reversed"},
        "xaxis": {"title": {"text": "%"}, "range": [0, 100]},
    }
    return plot


def _regions(page: Page, regions: Node) -> Html:
    rows = []
    for one in regions:
        shares = [tag("span", page.key(share), " ", page.figure(share, "percent")) for share in one["shares"]]
        spread = tag("span", joined(shares))
        figures = [
            page.figure(one[name], form) for name, form in (("eu", "percent"), ("hhi", "ratio"), ("known", "percent"))
        ]
        rows.append([page.choice(one["view"], "view"), spread, *figures])
    heads = [page.say(f"regions.{name}") for name in ("view", "shares", "eu", "hhi", "known")]
    return page.table(page.say("regions.caption"), heads, rows, numbers=[2, 3, 4])


def _index(page: Page, composite: Node) -> Html:
    if composite["index"].value is None:
        return tag("p", page.say("composite.none"))
    words = page.say(
        "composite.about",
        index=page.figure(composite["index"], "count"),
        known=page.figure(composite["known"], "percent"),
    )
    left_out = composite["left_out"]
    left = tag("span", " ", page.say("composite.left_out"), " ", page.texts(left_out)) if left_out else None
    return tag("p", words, left, class_="box")


def _metrics(page: Page, metrics: Node) -> Html:
    rows = []
    for one in metrics:
        form = METRIC_FORMS.get(one["unit"].value, "plain")
        unit = None if form != "plain" else tag("span", " ", page.translated(one["unit"], "metric_unit"))
        why = one["why_not_known"]
        value = (
            tag("span", page.figure(one["value"], form), unit) if one["value"].value is not None else page.english(why)
        )
        flag = tag("span", page.badge("warn", page.english(one["flag"]))) if one["flag"] else page.missing()
        rows.append(
            [
                tag("span", page.text(one["id"]), " ", page.choice(one["id"], "metric")),
                value,
                page.figure(one["score"], "ratio"),
                page.figure(one["weight"], "percent"),
                flag,
                page.english(one["explanation"]),
            ]
        )
    heads = [page.say(f"metrics.{name}") for name in ("metric", "value", "score", "weight", "flag", "explanation")]
    return page.table(page.say("metrics.caption"), heads, rows, numbers=[2, 3], prose=[1, 5])


def _sourcing(page: Page, sourcing: Node) -> Html:
    rows = [
        [
            page.text(one["role"]),
            page.text(one["model"]),
            page.figure(one["vendors"], "count"),
            tag("span", page.texts(other["model"] for other in one["alternatives"])),
            page.english(one["checks"]),
        ]
        for one in sourcing
    ]
    heads = [page.say(f"sourcing.{name}") for name in ("role", "model", "vendors", "alternatives", "checks")]
    return page.table(page.say("sourcing.caption"), heads, rows, numbers=[2], prose=[4])


def _links(page: Page, links: Node) -> Html | None:
    if not links:
        return None
    rows = [
        [
            page.text(one["role"]),
            page.text(one["protocol"]),
            page.figure(one["openness"], "ratio"),
            page.english(one["why"]),
            page.choice(one["verified"], "verified"),
        ]
        for one in links
    ]
    heads = [page.say(f"links.{name}") for name in ("role", "protocol", "openness", "why", "status")]
    return page.table(page.say("links.caption"), heads, rows, numbers=[2], prose=[3])


def _portability(page: Page, measured: Node) -> Html | None:
    if not measured:
        return None
    words = page.say(
        "portability.about",
        share=page.figure(measured["share"], "percent"),
        arms=tag("span", page.texts(measured["arms"])),
        changed=page.figure(measured["lines_changed"], "count"),
    )
    rows = [
        [
            page.text(trial["row"]["arm"]),
            page.good_of(trial["row"]["good"], trial["row"]["runs"]),
            page.figure(trial["row"]["at_least"], "percent"),
            page.figure(trial["row"]["cycle_mean"], "s"),
            page.badge("good" if trial["passed"].value else "bad", page.choice(trial["passed"], "passed")),
            page.english(trial["why_not"]),
        ]
        for trial in measured["trials"]
    ]
    heads = [page.say(f"portability.{name}") for name in ("arm", "runs", "proven", "cycle", "result", "why")]
    table = page.table(page.say("portability.caption"), heads, rows, numbers=[1, 2, 3])
    refused = [
        tag("li", page.text(one["model"]), " (", page.text(one["vendor"]), "): ", page.english(one["why"]))
        for one in measured["refused"]
    ]
    more = page.details(page.say("portability.refused"), tag("ul", refused, class_="notes")) if refused else None
    return tag("div", tag("h4", page.say("portability.title")), tag("p", words), table, more)


def _software(page: Page, software: Node) -> Html | None:
    if not software:
        return None
    rows = [
        [
            page.text(one["name"]),
            page.text(one["version"]),
            page.text(one["licence"]),
            page.choice(one["licence_class"], "licence"),
            page.text(one["of"]),
        ]
        for one in software
    ]
    heads = [page.say(f"software.{name}") for name in ("name", "version", "licence", "class", "of")]
    return page.details(page.say("software.caption"), page.table(page.say("software.caption"), heads, rows))


def _data_exit(page: Page, items: Node) -> Html | None:
    if not items:
        return None
    rows = [[page.english(one["what"]), page.choice(one["exported"], "yes"), page.english(one["why"])] for one in items]
    heads = [page.say(f"data_exit.{name}") for name in ("what", "exported", "why")]
    return page.details(page.say("data_exit.caption"), page.table(page.say("data_exit.caption"), heads, rows))


def _unverified(page: Page, vendors: Node) -> Html | None:
    if not vendors:
        return None
    return tag("p", page.say("dependencies.unverified"), " ", page.texts(vendors), class_="soft")
