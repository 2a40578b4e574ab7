"""Writes a result as the text of an HTML page, of JSON or of CSV."""

from __future__ import annotations

import json

from cellkit.study.report.csv_file import csv_text
from cellkit.study.report.document import document
from cellkit.study.report.language import LanguageCode, language
from cellkit.study.report.node import Node
from cellkit.study.result import StudyResult

__all__ = ["csv_text", "html_text", "json_text"]


def html_text(result: StudyResult, lang: LanguageCode = "en") -> str:
    """Return the report as one HTML page."""
    return document(Node(plain(result)), language(lang))


def plain(result: StudyResult) -> object:
    """Return the result as JSON data, the document of the page's pointers."""
    return json.loads(json_text(result))


def json_text(result: StudyResult) -> str:
    """Return the result as JSON."""
    return result.model_dump_json(indent=1) + "\n"
