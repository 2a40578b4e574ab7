"""The whole report as one HTML page that holds all it needs: texts, style, figures, plots and the script for them."""

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

BEFORE: dict[str, Section] = {
    "summary": summary.section,
    "criteria": criteria.section,
    "comparison": comparison.section,
}
AFTER: dict[str, Section] = {
    "dependencies": dependencies.section,
    "not_tested": not_tested.section,
    "register": register.section,
    "reproducibility": reproducibility.section,
}


def document(result: Node, language: Language) -> str:
    """The page, of the JSON of a ``StudyResult``."""
    page, body = written(result, language)

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


def written(result: Node, language: Language) -> tuple[Page, list[Html]]:
    """The parts of the page, and what they were written with."""
    page = Page(language)
    return page, [
        summary.head(page, result),
        _contents(page, result),
        *(make(page, result) for make in BEFORE.values()),
        *(concept.section(page, result, number) for number in range(len(result["concepts"]))),
        *(make(page, result) for make in AFTER.values()),
    ]


def _contents(page: Page, result: Node) -> Html:
    """Links to the parts."""
    names = [(key, page.say(f"{key}.title")) for key in BEFORE]
    names += [(f"concept-{number}", page.text(one["id"])) for number, one in enumerate(result["concepts"])]
    names += [(key, page.say(f"{key}.title")) for key in AFTER]
    links = [tag("li", tag("a", name, href=f"#{anchor}")) for anchor, name in names]
    return tag("nav", tag("ul", links), aria_label=page.language.plain("contents"))


def _policy(scripts: list[str]) -> str:
    """The page may load nothing, and run these scripts alone: a browser holds it to that."""
    digests = (base64.b64encode(hashlib.sha256(one.encode("utf-8")).digest()).decode("ascii") for one in scripts)
    allowed = " ".join(f"'sha256-{digest}'" for digest in digests)
    return f"default-src 'none'; style-src 'unsafe-inline'; img-src data: blob:; script-src {allowed}"
