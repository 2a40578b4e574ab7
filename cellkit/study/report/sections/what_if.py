"""What if a supplier or a region is gone: which components fail, and which replacements were run and passed."""

from __future__ import annotations

from collections.abc import Iterator

from cellkit.study.report.html import Html, tag
from cellkit.study.report.node import Node
from cellkit.study.report.page import Page


def what_ifs(page: Page, given: Node) -> Iterator[Html]:
    """One part each."""
    for one in given:
        gone = tag(
            "h4",
            page.say(
                "what_if.title",
                gone=page.text(one["vendor"] if one["vendor"] else one["region"]),
                view=page.choice(one["view"], "view"),
            ),
        )
        yield tag("div", gone, _hit(page, one), _replacements(page, one), _notes(page, one))


def _hit(page: Page, one: Node) -> Html:
    if not one["hit"]:
        return tag("p", page.say("what_if.nothing"))
    return tag("p", page.say("what_if.hit", roles=tag("span", _joined(page, one["hit"]))))


def _joined(page: Page, nodes: Node) -> list[Html]:
    return [piece for node in nodes for piece in (page.text(node), Html(", "))][:-1]


def _replacements(page: Page, one: Node) -> Html | None:
    if not one["hit"]:
        return None
    if not one["replacements"]:
        why = one["unknown"]
        return tag("p", page.foreign(why) if why else page.say("what_if.none"), class_="box warn")
    rows = [
        [
            tag("span", [piece for model in of["models"] for piece in (page.text(model), Html(", "))][:-1]),
            tag("span", _joined(page, of["vendors"])),
            page.badge("good" if of["passed"].value else "bad", page.choice(of["passed"], "passed")),
            _trial(page, of["direct"]),
            _trial(page, of["by_wire"]) if of["by_wire"] else page.foreign(of["no_wire"]),
            page.figure(of["direct"]["row"]["cycle_mean"], "s"),
            page.figure(of["cost"]["total"], "EUR"),
            page.figure(of["cost"]["of_capex"], "percent"),
            page.figure(of["cost"]["weeks"], "weeks"),
        ]
        for of in one["replacements"]
    ]
    names = ("models", "vendors", "result", "direct", "wire", "cycle", "cost", "of_capex", "weeks")
    return page.table(
        page.say("what_if.caption"), [page.say(f"what_if.{name}") for name in names], rows, numbers=range(5, 9)
    )


def _trial(page: Page, trial: Node) -> Html:
    row = trial["row"]
    good = page.good_of(row["good"], row["runs"])
    proven = page.say("what_if.proven", at_least=page.figure(row["at_least"], "percent"))
    why = trial["why_not"]
    return tag("span", good, ", ", proven, *([": ", page.foreign(why)] if why else []))


def _notes(page: Page, one: Node) -> Html | None:
    items = []
    if one["partly"]:
        items.append(tag("li", page.say("what_if.partly"), " ", *_joined(page, one["partly"])))
    for why in one["unsure"]:
        items.append(tag("li", page.say("what_if.unsure"), " ", page.key(why), ": ", page.foreign(why)))
    for models in one["not_run"]:
        items.append(tag("li", page.say("what_if.not_run"), " ", page.key(models), ": ", *_joined(page, models)))
    if one["left_out"].value:
        items.append(tag("li", page.say("what_if.left_out", number=page.figure(one["left_out"], "count"))))
    for refused in one["refused"]:
        items.append(
            tag("li", page.say("what_if.refused"), " ", page.text(refused["model"]), ": ", page.foreign(refused["why"]))
        )
    return page.details(page.say("what_if.more"), tag("ul", items, class_="notes")) if items else None
