"""The chapter of one concept, with all its parts."""

from __future__ import annotations

from collections.abc import Callable

from cellkit.study.report.html import Html, tag
from cellkit.study.report.node import Node
from cellkit.study.report.page import Page
from cellkit.study.report.sections import business, cycle, energy, feasibility, runs, shift, summary

Part = Callable[[Page, Node], Html]
PARTS: dict[str, Part] = {
    "feasibility": feasibility.part,
    "runs": runs.part,
    "cycle": cycle.part,
    "shift": shift.part,
    "energy": energy.part,
    "business": business.part,
}


def section(page: Page, result: Node, number: int) -> Html:
    """Return the chapter of a concept."""
    concept = result["concepts"][number]
    anchor = f"concept-{number}"
    title = tag("span", page.say("concept"), " ", page.text(concept["id"]))
    whole = page.section(
        anchor,
        title,
        _facts(page, concept),
        _box(page, concept),
        *(_part(page, concept, name, make, f"{anchor}-{name}") for name, make in PARTS.items()),
    )
    return tag("div", whole, class_="chapter")


def _part(page: Page, concept: Node, name: str, make: Part, anchor: str) -> Html:
    content = (
        make(page, concept) if concept[name] else page.absent("not_built" if concept["impossible"] else "not_part")
    )
    return page.section(anchor, page.say(f"{name}.title"), content, level=3)


def _facts(page: Page, concept: Node) -> Html:
    pairs = [(page.say(f"concept_facts.{name}"), page.text(concept[name])) for name in ("arm", "gripper", "layout")]
    pairs.append((page.say("concept_facts.speed"), page.figure(concept["speed"], "percent")))
    return page.facts([pair for pair in pairs if "none" not in pair[1]])


def _box(page: Page, concept: Node) -> Html:
    advice = concept["advice"]
    kind = summary.KINDS[advice["word"].value]
    head = tag("p", summary.badge(page, advice["word"]))
    return tag("div", head, summary.reasons(page, advice["reasons"]), class_=f"box {kind}")
