"""The data for reproducing the figures: command, versions, seeds, hashes of files and traces."""

from __future__ import annotations

from cellkit.study.report.html import Html, tag
from cellkit.study.report.node import Node
from cellkit.study.report.page import Page


def section(page: Page, result: Node) -> Html:
    """Return the reproducibility block."""
    block = result["reproducibility"]
    versions = [[page.key(one), tag("code", page.text(one))] for one in block["versions"]]
    files = [[page.text(one["name"]), tag("code", page.text(one["sha256"]))] for one in block["files"]]
    runs = [
        [page.text(one["concept"]), page.figure(one["seed"], "seed"), tag("code", page.text(one["sha256"]))]
        for one in block["runs"]
    ]
    seeds = [tag("li", page.figure(one, "seed")) for one in block["seeds"]]
    return page.section(
        "reproducibility",
        page.say("reproducibility.title"),
        tag("p", page.say("reproducibility.about")),
        tag("p", tag("code", page.text(block["command"]))),
        page.table(
            page.say("reproducibility.versions"), [page.say("software.name"), page.say("software.version")], versions
        ),
        tag("h3", page.say("reproducibility.seeds")),
        tag("ul", seeds, class_="seeds"),
        tag("h3", page.say("reproducibility.files")),
        page.table(page.say("reproducibility.files_caption"), [page.say("file"), page.say("sha")], files),
        _runs(page, runs),
    )


def _runs(page: Page, runs: list[list[Html]]) -> Html | None:
    if not runs:
        return None
    heads = [page.say("concept"), page.say("seed"), page.say("sha")]
    return tag(
        "div",
        tag("h3", page.say("reproducibility.runs")),
        page.table(page.say("reproducibility.runs_caption"), heads, runs, numbers=[1]),
    )
