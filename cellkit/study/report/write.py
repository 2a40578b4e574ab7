"""A result as the text of an HTML page, of JSON and of CSV."""

from __future__ import annotations

import json as _json

from cellkit.study.report.csv_file import csv_text
from cellkit.study.report.document import document
from cellkit.study.report.language import LanguageCode, language
from cellkit.study.report.node import Node
from cellkit.study.result import StudyResult

__all__ = ["csv_text", "html_text", "json_text"]


def html_text(result: StudyResult, lang: LanguageCode = "en") -> str:
    """The report as one HTML page."""
    return document(Node(plain(result)), language(lang))


def plain(result: StudyResult) -> object:
    """The result as JSON has it: what pointers in the page lead into."""
    return _json.loads(json_text(result))


def json_text(result: StudyResult) -> str:
    """The result as JSON."""
    return result.model_dump_json(indent=1) + "\n"
