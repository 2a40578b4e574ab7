"""The languages of the report: a table of texts for each, with the same keys and the same placeholders."""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal, get_args

import yaml

from cellkit.study.report.html import Html, escaped

LanguageCode = Literal["en", "nl"]
CODES: tuple[LanguageCode, ...] = get_args(LanguageCode)


@dataclass(frozen=True)
class Language:
    """A language: its separators in figures, and its texts by key."""

    code: LanguageCode
    decimal: str
    thousands: str
    texts: Mapping[str, str]

    def unit(self, name: str) -> str:
        """Return a unit in this language."""
        return self.texts[f"unit.{name}"]

    def plain(self, key: str) -> str:
        """Return a text without placeholders. Raises ``KeyError`` for an unknown key."""
        return self.texts[key]

    def say(self, key: str, **parts: str | Html) -> Html:
        """Return a text as HTML with its placeholders filled; parts that are not HTML are escaped."""
        pieces: list[str | Html] = []
        for literal, name, _, _ in string.Formatter().parse(self.texts[key]):
            pieces.append(literal)
            if name is not None:
                pieces.append(parts[name])
        return escaped(pieces)

    def __contains__(self, key: str) -> bool:
        return key in self.texts


@cache
def language(code: LanguageCode) -> Language:
    """Return a language by its code."""
    decimal, thousands = (",", ".") if code == "nl" else (".", ",")
    return Language(code, decimal, thousands, dict(_flat(_read(code))))


def placeholders(text: str) -> set[str]:
    """Return the names of the placeholders of a text."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def _read(code: str) -> Any:
    return yaml.safe_load((files(__package__) / "texts" / f"{code}.yaml").read_text(encoding="utf-8"))


def _flat(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in tree.items():
        path = f"{prefix}.{key}" if prefix else str(key)
        if isinstance(value, Mapping):
            yield from _flat(value, path)
        else:
            yield path, str(value).strip()
