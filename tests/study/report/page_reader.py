"""Reads a report page: its traced figures and texts, all other text, its plots and its links."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

VOID = {"meta", "br", "wbr", "link", "img", "hr"}
SILENT = {"script", "style"}
TRACES = ("data-path", "data-text", "data-choice", "data-key")


@dataclass
class Traced:
    """An element with the pointer of its content."""

    attributes: dict[str, str]
    text: str = ""


@dataclass
class Read:
    traced: list[Traced] = field(default_factory=list)
    loose: list[str] = field(default_factory=list)
    plots: list[dict[str, Any]] = field(default_factory=list)
    scripts: list[str] = field(default_factory=list)
    policy: str = ""
    language: str = ""
    ids: list[str] = field(default_factory=list)
    anchors: list[str] = field(default_factory=list)
    loads: list[str] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.read = Read()
        self._open: list[tuple[str, dict[str, str], Traced | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        read = self.read
        if "id" in attributes:
            read.ids.append(attributes["id"])
        read.loads += [attributes[name] for name in ("src", "srcset", "data", "poster", "action") if name in attributes]
        if "href" in attributes:
            (read.anchors if tag == "a" else read.loads).append(attributes["href"])
        if attributes.get("http-equiv") == "Content-Security-Policy":
            read.policy = attributes["content"]
        if tag == "html":
            read.language = attributes["lang"]
        if "title" in attributes:
            read.titles.append(attributes["title"])
        assert not [name for name in attributes if name.startswith("on")], attributes
        traced = None
        if any(name in attributes for name in TRACES):
            traced = Traced(attributes)
            read.traced.append(traced)
        if tag not in VOID:
            self._open.append((tag, attributes, traced))

    def handle_endtag(self, tag: str) -> None:
        assert self._open, tag
        assert self._open.pop()[0] == tag, f"</{tag}> closes another element"

    def handle_data(self, data: str) -> None:
        tag, attributes, _ = self._open[-1] if self._open else ("", {}, None)
        if tag == "script":
            if attributes.get("class") == "plot-data":
                self.read.plots.append(json.loads(data))
            else:
                self.read.scripts.append(data)
        elif tag not in SILENT:
            holder = next((traced for _, _, traced in reversed(self._open) if traced is not None), None)
            if holder is not None:
                holder.text += data
            else:
                self.read.loose.append(data)


def read_page(text: str) -> Read:
    """Read a page. Fails if its elements do not close in order."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    assert not reader._open
    return reader.read
