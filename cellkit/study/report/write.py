"""Writes a result as HTML, JSON and CSV files."""

from __future__ import annotations

import json as _json
from pathlib import Path

from cellkit.errors import ConfigError
from cellkit.study.report.csv_file import csv_text
from cellkit.study.report.document import document
from cellkit.study.report.language import LanguageCode, language
from cellkit.study.report.node import Node
from cellkit.study.result import StudyResult

__all__ = ["csv_text", "html_text", "json_text", "write_report"]


def html_text(result: StudyResult, lang: LanguageCode = "en") -> str:
    """The report as one HTML page."""
    return document(Node(plain(result)), language(lang))


def plain(result: StudyResult) -> object:
    """The result as JSON has it: what pointers in the page lead into."""
    return _json.loads(json_text(result))


def json_text(result: StudyResult) -> str:
    """The result as JSON."""
    return result.model_dump_json(indent=1) + "\n"


def write_report(
    result: StudyResult,
    *,
    html: Path | None = None,
    json: Path | None = None,
    csv: Path | None = None,
    lang: LanguageCode = "en",
) -> None:
    """Write what is asked for. Raises ``ConfigError`` for a file that cannot be written."""
    if html is not None:
        _write(html, html_text(result, lang))
    if json is not None:
        _write(json, json_text(result))
    if csv is not None:
        _write(csv, csv_text(result))


def _write(file: Path, text: str) -> None:
    try:
        file.write_bytes(text.encode("utf-8"))
    except OSError as error:
        raise ConfigError(f"cannot write {file}: {error.strerror or error}") from error
