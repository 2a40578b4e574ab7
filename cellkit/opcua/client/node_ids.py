"""NodeIds as texts that stay true when a server starts anew: ``nsu=URI;s=NAME``; ``i=2258`` in the core namespace."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote

_FORM = re.compile(r"^(?:nsu=(?P<uri>[^;]+);)?(?P<kind>[isgb])=(?P<name>.+)$", re.DOTALL)
_INDEX = re.compile(r"^ns=\d+;")
_LARGEST = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class NodeName:
    """A NodeId whose namespace is a URI; None: the core namespace. ``name`` is as it stands in the text."""

    uri: str | None
    kind: Literal["i", "s", "g", "b"]
    name: str


def parse_node(text: str) -> NodeName:
    """The node that a text names. Raises ``ValueError`` saying how it is written."""
    if _INDEX.match(text):
        raise ValueError(
            f"{text!r}: a namespace's index may be another one when the server starts anew; "
            "name the namespace itself: nsu=URI;s=NAME"
        )
    found = _FORM.match(text)
    if found is None:
        raise ValueError(
            f"{text!r} is no node; write nsu=URI;s=NAME (or ;i=NUMBER), for example nsu=urn:plc;s=Door.Open"
        )
    uri, kind, name = found["uri"], found["kind"], found["name"]
    if kind == "i" and not (name.isdecimal() and int(name) <= _LARGEST):
        raise ValueError(f"{text!r}: {name!r} is no number of a node (0 to {_LARGEST})")
    if kind == "g":
        try:
            uuid.UUID(name)
        except ValueError:
            raise ValueError(f"{text!r}: {name!r} is no GUID") from None
    return NodeName(None if uri is None else unquote(uri), kind, name)  # type: ignore[arg-type]
