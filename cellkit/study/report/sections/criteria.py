"""The criteria, stated before the simulation, and the figures of each concept."""

from __future__ import annotations

from cellkit.study.report.headlines import HEADLINES
from cellkit.study.report.html import Html, tag
from cellkit.study.report.node import Node
from cellkit.study.report.page import Page

KINDS = {True: "good", False: "bad", None: "unknown"}
PROCESS = {
    "parts_per_year": "count",
    "takt": "s",
    "parts_per_hour": "plain",
    "operators": "plain",
    "scrap": "percent1",
    "shifts": "plain",
    "hours_per_shift": "hours",
}


def section(page: Page, result: Node) -> Html:
    """Return the test method and the criteria, one in each row, concepts across."""
    return page.section(
        "criteria",
        page.say("criteria.title"),
        _process(page, result["process"]),
        _how(page, result["how"]),
        _table(page, result),
    )


def _process(page: Page, process: Node) -> Html | None:
    """Return the requirements and today's process."""
    if not process:
        return None
    known = {name: form for name, form in PROCESS.items() if process[name].value is not None}
    return page.facts([(page.say(f"process.{name}"), page.figure(process[name], form)) for name, form in known.items()])


def _how(page: Page, how: Node) -> Html:
    seeds = how["seeds"]
    quantity = how["quantity"]
    parts = page.say("how.quantity", quantity=page.figure(quantity, "count")) if quantity.value is not None else None
    return tag(
        "p",
        page.say(
            "how.about",
            world=page.translated(how["world"], "world"),
            path=page.translated(how["path"], "path"),
            first=page.figure(seeds[0], "seed"),
            last=page.figure(seeds[len(seeds) - 1], "seed"),
            confidence=page.figure(how["confidence"], "percent"),
        ),
        [" ", parts] if parts is not None else None,
    )


def _table(page: Page, result: Node) -> Html:
    if not result["criteria"]:
        return tag("p", page.say("criteria.none"), class_="box warn")
    heads = [page.say("criterion"), page.say("limit"), *(page.text(one["id"]) for one in result["concepts"])]
    rows = []
    for number, criterion in enumerate(result["criteria"]):
        form = HEADLINES[criterion["name"].value]
        limit = [page.choice(criterion["sense"], "sense"), " ", page.figure(criterion["limit"], form)]
        row = [page.choice(criterion["name"], "headline"), tag("span", limit)]
        row += [_judged(page, one["advice"]["criteria"], number, form) for one in result["concepts"]]
        rows.append(row)
    return page.table(page.say("criteria.caption"), heads, rows)


def _judged(page: Page, judged: Node, number: int, form: str) -> Html:
    if number >= len(judged):
        return page.missing()
    one = judged[number]
    word = page.say("met.unknown") if one["met"].value is None else page.choice(one["met"], "met")
    return tag("span", page.figure(one["value"], form), " ", page.badge(KINDS[one["met"].value], word))
