"""Head and answer of the report: the question, what is advised for each concept, and why not more."""

from __future__ import annotations

from cellkit.study.report.headlines import HEADLINES
from cellkit.study.report.html import Html, tag
from cellkit.study.report.node import Node
from cellkit.study.report.page import Page
from cellkit.study.report.sections import feasibility

KINDS = {"go": "good", "pilot": "warn", "no-go": "bad"}


def head(page: Page, result: Node) -> Html:
    """Title, question, by whom and when."""
    header = result["header"]
    return tag(
        "header",
        tag("p", page.say("kicker"), class_="kicker"),
        tag("h1", page.text(header["title"])),
        tag("p", page.text(header["question"]), class_="lead"),
        tag("p", page.say("by", owner=page.text(header["owner"]), date=page.text(header["date"])), class_="soft"),
    )


def section(page: Page, result: Node) -> Html:
    """The advice on each concept with its reasons, and the rule behind it."""
    rows = [
        [page.text(one["id"]), badge(page, one["advice"]["word"]), reasons(page, one["advice"]["reasons"])]
        for one in result["concepts"]
    ]
    heads = [page.say("concept"), page.say("advice.head"), page.say("advice.why")]
    return page.section(
        "summary",
        page.say("summary.title"),
        tag("p", page.say("summary.about")),
        page.table(page.say("summary.caption"), heads, rows),
        tag("p", page.say("summary.rule")),
        tag("div", tag("p", page.say("summary.safety")), class_="box warn"),
    )


def badge(page: Page, word: Node) -> Html:
    """Go, pilot or no-go."""
    return page.badge(KINDS[word.value], page.choice(word, "advice"))


def reasons(page: Page, given: Node) -> Html:
    """Why it is no plain go; or that all criteria are met."""
    if not given:
        return page.say("advice.all_met")
    return tag("ul", [tag("li", reason(page, one)) for one in given], class_="notes")


def reason(page: Page, given: Node) -> Html:
    """One reason with its figures."""
    what, form = given["what"], HEADLINES.get(given["what"].value, "count")
    said = given["message"]
    because = feasibility.sentence(page, said, given["figures"]) if said else page.foreign(given["because"])
    parts = {"because": because}
    if what.value in HEADLINES:
        parts["what"] = page.choice(what, "headline")
    elif what:
        parts["what"] = page.choice(what, "check")
    for name in ("value", "limit"):
        parts[name] = page.figure(given[name], form)
    return page.say(f"reason.{given['key'].value}", **parts)
