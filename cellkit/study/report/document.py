"""Writes the report as one self-contained HTML page: texts, style, figures, plots and their script."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable

from cellkit.study.report.html import Html, single, tag
from cellkit.study.report.language import Language
from cellkit.study.report.node import Node
from cellkit.study.report.page import Page
from cellkit.study.report.plotly_script import library
from cellkit.study.report.script import SCRIPT
from cellkit.study.report.sections import (
    comparison,
    concept,
    criteria,
    dependencies,
    not_tested,
    register,
    reproducibility,
    summary,
)
from cellkit.study.report.style import STYLE

Section = Callable[[Page, Node], Html]

SECTIONS_BEFORE_CONCEPTS: dict[str, Section] = {
    "summary": summary.section,
    "criteria": criteria.section,
    "comparison": comparison.section,
}
SECTIONS_AFTER_CONCEPTS: dict[str, Section] = {
    "dependencies": dependencies.section,
    "not_tested": not_tested.section,
    "register": register.section,
    "reproducibility": reproducibility.section,
}


def document(result: Node, language: Language) -> str:
    """Return the page for the JSON of a ``StudyResult``."""
    page, body = render(result, language)
    scripts = [library(), SCRIPT] if page.plots else [SCRIPT]
    head = [
        single("meta", charset="utf-8"),
        single("meta", http_equiv="Content-Security-Policy", content=_policy(scripts)),
        single("meta", name="viewport", content="width=device-width, initial-scale=1"),
        single("meta", name="generator", content="cellkit"),
        tag("title", str(result["header"]["title"].value)),
        tag("style", Html(STYLE)),
    ]
    whole = tag(
        "html",
        tag("head", head),
        tag("body", tag("main", body), [tag("script", Html(script)) for script in scripts]),
        lang=language.code,
    )
    return f"<!DOCTYPE html>\n{whole}\n"


def render(result: Node, language: Language) -> tuple[Page, list[Html]]:
    """Return the page object and the sections written with it."""
    page = Page(language)
    return page, [
        summary.head(page, result),
        _contents(page, result),
        *(make(page, result) for make in SECTIONS_BEFORE_CONCEPTS.values()),
        *(concept.section(page, result, number) for number in range(len(result["concepts"]))),
        *(make(page, result) for make in SECTIONS_AFTER_CONCEPTS.values()),
    ]


def _contents(page: Page, result: Node) -> Html:
    """Return the links to the sections."""
    names = [(key, page.say(f"{key}.title")) for key in SECTIONS_BEFORE_CONCEPTS]
    names += [(f"concept-{number}", page.text(one["id"])) for number, one in enumerate(result["concepts"])]
    names += [(key, page.say(f"{key}.title")) for key in SECTIONS_AFTER_CONCEPTS]
    links = [tag("li", tag("a", name, href=f"#{anchor}")) for anchor, name in names]
    return tag("nav", tag("ul", links), aria_label=page.language.plain("contents"))


def _policy(scripts: list[str]) -> str:
    """Return the content security policy: the page loads nothing and runs only these scripts."""
    digests = (base64.b64encode(hashlib.sha256(one.encode("utf-8")).digest()).decode("ascii") for one in scripts)
    allowed = " ".join(f"'sha256-{digest}'" for digest in digests)
    return f"default-src 'none'; style-src 'unsafe-inline'; img-src data: blob:; script-src {allowed}"
