"""The head and the summary of the report: the question, the advice for each concept, and its reasons."""

from __future__ import annotations

from cellkit.study.report.headlines import HEADLINES
from cellkit.study.report.html import Html, tag
from cellkit.study.report.node import Node
from cellkit.study.report.page import Page
from cellkit.study.report.sections import feasibility

KINDS = {"go": "good", "pilot": "warn", "no-go": "bad"}


def head(page: Page, result: Node) -> Html:
    """Return title, question, owner and date."""
    header = result["header"]
    return tag(
        "header",
        tag("p", page.say("kicker"), class_="kicker"),
        tag("h1", page.text(header["title"])),
        tag("p", page.text(header["question"]), class_="lead"),
        tag("p", page.say("by", owner=page.text(header["owner"]), date=page.text(header["date"])), class_="soft"),
    )


def section(page: Page, result: Node) -> Html:
    """Return the advice for each concept with its reasons, and the rule of the advice."""
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
    """Return the badge of go, pilot or no-go."""
    return page.badge(KINDS[word.value], page.choice(word, "advice"))


def reasons(page: Page, given: Node) -> Html:
    """Return the reasons against a go, or the text that all criteria are met."""
    if not given:
        return page.say("advice.all_met")
    return tag("ul", [tag("li", reason(page, one)) for one in given], class_="notes")


def reason(page: Page, given: Node) -> Html:
    """Return one reason with its figures."""
    what, form = given["what"], HEADLINES.get(given["what"].value, "count")
    message = given["message"]
    because = feasibility.sentence(page, message, given["figures"]) if message else page.english(given["because"])
    parts = {"because": because}
    if what.value in HEADLINES:
        parts["what"] = page.choice(what, "headline")
    elif what:
        parts["what"] = page.choice(what, "check")
    for name in ("value", "limit"):
        parts[name] = page.figure(given[name], form)
    return page.say(f"reason.{given['key'].value}", **parts)
