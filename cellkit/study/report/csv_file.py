"""Writes the result as one long CSV table: one line for every figure and text, with its JSON pointer."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator

from cellkit.study.report.document import render
from cellkit.study.report.formats import FORMATS
from cellkit.study.report.language import language
from cellkit.study.report.node import Node
from cellkit.study.result import StudyResult

HEADS = ("concept", "path", "value", "unit")


def csv_text(result: StudyResult) -> str:
    """Return the table by RFC 4180, with decimal points as in the JSON.

    ``concept`` is empty for values of the whole study. ``unit`` is the unit of the value in the result, known for every
    figure that the report prints.
    """
    document = json.loads(result.model_dump_json())
    forms = render(Node(document), language("en"))[0].forms
    names = [one["id"] for one in document["concepts"]]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(HEADS)
    for node in leaves(Node(document)):
        unit = FORMATS[forms[node.pointer]].raw_unit if node.pointer in forms else ""
        writer.writerow((_concept(node.pointer, names), node.pointer, _cell(node.value), unit))
    return text.getvalue()


def leaves(node: Node) -> Iterator[Node]:
    """Yield all values that are neither lists nor objects, in the order of the JSON."""
    if isinstance(node.value, dict | list):
        for one in node:
            yield from leaves(one)
    else:
        yield node


def _concept(pointer: str, names: list[str]) -> str:
    _, part, *rest = pointer.split("/")
    return names[int(rest[0])] if part in ("concepts", "comparison") and rest else ""


def _cell(value: object) -> str:
    """Return a value as in JSON, a text without quotes; a quote protects a text that looks like a formula."""
    if isinstance(value, str):
        return f"'{value}" if value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
    return json.dumps(value)
