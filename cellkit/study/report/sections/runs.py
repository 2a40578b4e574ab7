"""The runs of a concept: the number of good runs, the proven share, and the reasons of failures."""

from __future__ import annotations

from cellkit.study.report.html import Html, tag
from cellkit.study.report.node import Node
from cellkit.study.report.page import Page

FACTS = {
    "at_least": "percent",
    "cycle_mean": "s",
    "cycle_p95": "s",
    "cycle_worst": "s",
    "worst_error": "mm",
    "collisions": "count",
}


def part(page: Page, concept: Node) -> Html:
    """Return the tiles and a table of the reasons of failures."""
    runs = concept["runs"]
    good = page.good_of(runs["good"], runs["runs"])
    tiles = [(page.say("headline.runs"), good)]
    tiles += [(page.say(f"runs.{name}"), page.figure(runs[name], form)) for name, form in FACTS.items()]
    proven = page.say(
        "runs.proven",
        at_least=page.figure(runs["at_least"], "percent"),
        confidence=page.figure(runs["confidence"], "percent"),
    )
    return tag("div", page.facts(tiles), tag("p", proven, class_="soft"), _failures(page, runs))


def _failures(page: Page, runs: Node) -> Html | None:
    if not runs["failures"]:
        return None
    rows = [
        [
            page.english(one["what"]),
            page.text(one["where"]),
            page.figure(one["runs"], "count"),
            page.figures(one["seeds"], "seed"),
        ]
        for one in runs["failures"]
    ]
    heads = [page.say(f"runs.{name}") for name in ("what", "where", "count", "seeds")]
    return page.table(page.say("runs.failures"), heads, rows, numbers=[2])
