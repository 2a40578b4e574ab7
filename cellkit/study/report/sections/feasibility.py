"""The feasibility of a concept: the checks with their sentences, the tolerance stack, the poses, the reach map."""

from __future__ import annotations

from collections.abc import Callable

from cellkit.study.feasibility.sentences import SENTENCES
from cellkit.study.report.html import Html, joined, tag
from cellkit.study.report.node import Node
from cellkit.study.report.page import Page
from cellkit.study.report.plots import Plot

KINDS = {"pass": "good", "marginal": "warn", "fail": "bad", "not known": "unknown"}
POSES = 20  # unreachable poses that are printed; the JSON has all of them


def part(page: Page, concept: Node) -> Html:
    """Return the checks, the reach map, the tolerance stack and the poses."""
    feasibility, reach_map = concept["feasibility"], concept["reach_map"]
    return tag(
        "div",
        _because(page, feasibility["checks"]),
        _checks(page, feasibility["checks"]),
        _map(page, reach_map) if reach_map else None,
        _stack(page, feasibility["stack"]),
        _poses(page, feasibility["poses"]),
        tag("p", page.say("feasibility.not_checked")),
        tag("ul", [tag("li", sentence_of(page, one)) for one in feasibility["not_checked"]], class_="notes soft"),
    )


def sentence(page: Page, message: Node, figures: Node) -> Html:
    """Return the sentence of a check in the report's language."""
    english, dutch = SENTENCES[message.value]
    return tag("span", page.sentence({"en": english, "nl": dutch}[page.language.code], figures))


def sentence_of(page: Page, key: Node) -> Html:
    """Return a sentence without figures in the report's language."""
    english, dutch = SENTENCES[key.value]
    return tag("span", {"en": english, "nl": dutch}[page.language.code])


def _because(page: Page, checks: Node) -> Html | None:
    failed = [check for check in checks if check["verdict"].value == "fail"]
    if not failed:
        return None
    items = [tag("li", sentence(page, check["message"], check["figures"])) for check in failed]
    return tag("div", tag("p", tag("strong", page.say("feasibility.because"))), tag("ul", items), class_="box bad")


def _checks(page: Page, checks: Node) -> Html:
    rows = [
        [
            page.choice(check["key"], "check"),
            page.badge(KINDS[check["verdict"].value], page.choice(check["verdict"], "verdict")),
            sentence(page, check["message"], check["figures"]),
            _unverified(page, check["unverified"]),
        ]
        for check in checks
    ]
    heads = [page.say(f"feasibility.{name}") for name in ("check", "verdict", "found", "unverified")]
    return page.table(page.say("feasibility.caption"), heads, rows, prose=[2])


def _unverified(page: Page, names: Node) -> Html:
    if not names:
        return page.missing()
    return tag("span", joined((page.english(one) for one in names), "; "))


def _stack(page: Page, stack: Node) -> Html | None:
    if not stack:
        return None
    rows: list[list[str | Html]] = [
        [
            page.translated(one["name"], "contribution"),
            page.figure(one["value"], "mm3"),
            page.english(one["source"]),
            page.choice(one["verified"], "verified"),
        ]
        for one in stack["contributions"]
    ]
    for name in ("root_sum_square", "worst_case", "tolerance"):
        rows.append([page.say(f"stack.{name}"), page.figure(stack[name], "mm3"), "", ""])
    heads = [page.say(f"stack.{name}") for name in ("name", "value", "source", "status")]
    return page.table(page.say("stack.caption"), heads, rows, numbers=[1], prose=[2])


def _poses(page: Page, poses: Node) -> Html | None:
    """Return the poses that cannot be reached, and the reachable pose with the smallest margin of each kind."""
    if not poses:
        return None
    shown = [pose for pose in poses if not pose["reachable"].value][:POSES]
    for name in ("joint_margin", "singular_value", "clearance"):
        known = [pose for pose in poses if pose["reachable"].value and pose[name].value is not None]
        if known:
            worst = min(known, key=_value(name))
            if all(worst.pointer != one.pointer for one in shown):
                shown.append(worst)
    rows = [
        [
            page.text(pose["name"]),
            page.choice(pose["reachable"], "yes"),
            page.figure(pose["joint_margin"], "deg"),
            page.text(pose["joint"]),
            page.figure(pose["singular_value"], "index"),
            page.figure(pose["clearance"], "mm1"),
            page.english(pose["near"] if pose["reachable"].value else pose["why"]),
        ]
        for pose in shown
    ]
    names = ("name", "reachable", "joint_margin", "joint", "singular_value", "clearance", "near")
    return page.table(page.say("poses.caption"), [page.say(f"poses.{name}") for name in names], rows, numbers=[2, 4, 5])


def _value(name: str) -> Callable[[Node], float]:
    return lambda pose: float(pose[name].value)


def _map(page: Page, given: Node) -> Html:
    return tag("div", [page.plot(_layer(page, given, layer)) for layer in given["layers"]], class_="pair")


def _layer(page: Page, given: Node, layer: Node) -> Plot:
    """Return the plot of one height: the reached share of orientations as colour, the required poses as marks."""
    title = page.say("reach.plot", height=page.figure(layer["height"], "mm0"))
    about = page.say("reach.about", orientations=page.figure(given["orientations"], "count"))
    plot = Plot(title, about, height=430)
    scale = [[0.0, "#ffffff"], [0.001, "#e3eef6"], [0.5, "#8fbcdb"], [1.0, "#0b4f8a"]]
    bar = {"title": {"text": "%"}, "thickness": 12, "len": 0.7}
    heat = plot.add("heatmap", zmin=0, zmax=100, colorscale=scale, colorbar=bar, hoverinfo="x+y+z")
    heat.whole("x", given["x"], "m").whole("y", given["y"], "m").whole("z", layer["share"], "percent")
    looks = {True: ("circle-open", "#1b2733"), False: ("x", "#b3261e")}
    for reached, (symbol, colour) in looks.items():
        points = [point for point in given["points"] if point["reachable"].value is reached]
        if points:
            key = "reach.reached" if reached else "reach.missed"
            marker = {"symbol": symbol, "size": 10, "color": colour, "line": {"width": 2}}
            dots = plot.add("scatter", mode="markers", name=page.language.plain(key), marker=marker, hoverinfo="text")
            dots.values("x", [point["x"] for point in points], "m")
            dots.values("y", [point["y"] for point in points], "m")
            dots.labels("text", [point["name"] for point in points])
    plot.layout = {
        "xaxis": {"title": {"text": "x, m"}, "constrain": "domain"},
        "yaxis": {"title": {"text": "y, m"}, "scaleanchor": "x", "constrain": "domain"},
    }
    return plot
