"""The result as one long CSV table: every figure and every text of it with its JSON pointer, one a line."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator

from cellkit.study.report.document import written
from cellkit.study.report.formats import FORMATS
from cellkit.study.report.language import language
from cellkit.study.report.node import Node
from cellkit.study.result import StudyResult

HEADS = ("concept", "path", "value", "unit")


def csv_text(result: StudyResult) -> str:
    """Lines by RFC 4180, decimal points as in the JSON. ``concept`` is empty for what belongs to the study as a whole;
    ``unit`` is that of the value as it stands, known for every figure that the report prints.
    """
    document = json.loads(result.model_dump_json())
    forms = written(Node(document), language("en"))[0].forms
    names = [one["id"] for one in document["concepts"]]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(HEADS)
    for node in leaves(Node(document)):
        unit = FORMATS[forms[node.pointer]].raw_unit if node.pointer in forms else ""
        writer.writerow((_concept(node.pointer, names), node.pointer, _written(node.value), unit))
    return text.getvalue()


def leaves(node: Node) -> Iterator[Node]:
    """All that is no list and no object, in the order of the JSON; empty ones are left out."""
    if isinstance(node.value, dict | list):
        for one in node:
            yield from leaves(one)
    else:
        yield node


def _concept(pointer: str, names: list[str]) -> str:
    _, part, *rest = pointer.split("/")
    return names[int(rest[0])] if part in ("concepts", "comparison") and rest else ""


def _written(value: object) -> str:
    """A value as JSON writes it, texts without quotes. A spreadsheet takes no text of it for a formula."""
    if isinstance(value, str):
        return f"'{value}" if value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
    return json.dumps(value)
