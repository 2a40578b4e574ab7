"""The loss of a vendor or region: the components that are affected, and the replacements that were run."""

from __future__ import annotations

from collections.abc import Iterator

from cellkit.study.report.html import Html, tag
from cellkit.study.report.node import Node
from cellkit.study.report.page import Page


def what_ifs(page: Page, given: Node) -> Iterator[Html]:
    """Yield one part for each what-if."""
    for one in given:
        title = tag(
            "h4",
            page.say(
                "what_if.title",
                gone=page.text(one["vendor"] if one["vendor"] else one["region"]),
                view=page.choice(one["view"], "view"),
            ),
        )
        yield tag("div", title, _hit(page, one), _replacements(page, one), _notes(page, one))


def _hit(page: Page, one: Node) -> Html:
    if not one["hit"]:
        return tag("p", page.say("what_if.nothing"))
    return tag("p", page.say("what_if.hit", roles=tag("span", page.texts(one["hit"]))))


def _replacements(page: Page, one: Node) -> Html | None:
    if not one["hit"]:
        return None
    if not one["replacements"]:
        why = one["unknown"]
        return tag("p", page.english(why) if why else page.say("what_if.none"), class_="box warn")
    rows = [
        [
            tag("span", page.texts(other["models"])),
            tag("span", page.texts(other["vendors"])),
            page.badge("good" if other["passed"].value else "bad", page.choice(other["passed"], "passed")),
            _trial(page, other["direct"]),
            _trial(page, other["by_wire"]) if other["by_wire"] else page.english(other["no_wire"]),
            page.figure(other["direct"]["row"]["cycle_mean"], "s"),
            page.figure(other["cost"]["total"], "EUR"),
            page.figure(other["cost"]["of_capex"], "percent"),
            page.figure(other["cost"]["weeks"], "weeks"),
        ]
        for other in one["replacements"]
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
    return tag("span", good, ", ", proven, *([": ", page.english(why)] if why else []))


def _notes(page: Page, one: Node) -> Html | None:
    items = []
    if one["partly"]:
        items.append(tag("li", page.say("what_if.partly"), " ", page.texts(one["partly"])))
    for why in one["unsure"]:
        items.append(tag("li", page.say("what_if.unsure"), " ", page.key(why), ": ", page.english(why)))
    for models in one["not_run"]:
        items.append(tag("li", page.say("what_if.not_run"), " ", page.key(models), ": ", page.texts(models)))

    if one["left_out"].value:
        items.append(tag("li", page.say("what_if.left_out", number=page.figure(one["left_out"], "count"))))
    for refused in one["refused"]:
        items.append(
            tag("li", page.say("what_if.refused"), " ", page.text(refused["model"]), ": ", page.english(refused["why"]))
        )
    return page.details(page.say("what_if.more"), tag("ul", items, class_="notes")) if items else None
