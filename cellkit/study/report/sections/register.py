"""The assumptions register: every assumed figure with source, owner and date."""

from __future__ import annotations

from cellkit.study.report.html import Html, single, tag
from cellkit.study.report.node import Node
from cellkit.study.report.page import Page


def section(page: Page, result: Node) -> Html:
    """Return one row for each assumption; defaults of cellkit and unverified figures are marked in words."""
    entries = result["assumptions"]
    if not entries:
        return page.section("register", page.say("register.title"), tag("p", page.say("register.none")))
    heads = [page.say(f"register.{name}") for name in ("what", "value", "unit", "source", "owner", "date", "status")]
    rows = [
        [
            page.path(one["path"]),
            page.figure(one["value"], "plain"),
            page.text(one["unit"]),
            _source(page, one),
            page.text(one["owner"]),
            page.date(one["date"]),
            _status(page, one),
        ]
        for one in entries
    ]
    return page.section(
        "register",
        page.say("register.title"),
        tag("p", page.say("register.about")),
        page.table(page.say("register.caption"), heads, rows, numbers=[1], prose=[3]),
    )


def _source(page: Page, one: Node) -> Html:
    note = one["note"]
    return tag("span", page.text(one["source"]), single("br") if note else None, page.text(note) if note else None)


def _status(page: Page, one: Node) -> Html:
    if one["verified"].value:
        return page.badge("good", page.choice(one["verified"], "verified"))
    kind = "warn" if one["default"].value else "unknown"
    return page.badge(kind, page.choice(one["default"], "default"))
