"""The list of points that were not tested."""

from __future__ import annotations

from cellkit.study.report.html import Html, tag
from cellkit.study.report.node import Node
from cellkit.study.report.page import Page


def section(page: Page, result: Node) -> Html:
    """Return the list; the general points come first."""
    items = [
        tag("li", page.choice(one["key"], "not_tested") if one["key"] else page.text(one["text"]))
        for one in result["not_tested"]
    ]
    return page.section(
        "not_tested",
        page.say("not_tested.title"),
        tag("p", page.say("not_tested.about")),
        tag("ul", items, class_="notes"),
    )
