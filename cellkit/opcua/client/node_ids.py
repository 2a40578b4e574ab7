"""NodeIds as texts that stay valid after a server's restart: ``nsu=URI;s=NAME``; ``i=2258`` in the core namespace."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote

from cellkit.digits import whole_number

_FORM = re.compile(r"^(?:nsu=(?P<uri>[^;]+);)?(?P<kind>[isgb])=(?P<name>.+)$", re.DOTALL)
_INDEX = re.compile(r"^ns=\d+;")
_LARGEST = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class NodeName:
    """A NodeId with the URI of its namespace (None: the core namespace); ``name`` is the identifier as in the text."""

    uri: str | None
    kind: Literal["i", "s", "g", "b"]
    name: str


def parse_node(text: str) -> NodeName:
    """Parse the text of a NodeId. Raises ``ValueError`` with the expected form."""
    if _INDEX.match(text):
        raise ValueError(
            f"{text!r}: a namespace's index can change when the server restarts; "
            "give the URI of the namespace: nsu=URI;s=NAME"
        )
    match = _FORM.match(text)
    if match is None:
        raise ValueError(
            f"{text!r} is not a node; write nsu=URI;s=NAME (or ;i=NUMBER), for example nsu=urn:plc;s=Door.Open"
        )
    uri, kind, name = match["uri"], match["kind"], match["name"]
    if kind == "i" and whole_number(name, _LARGEST) is None:
        raise ValueError(f"{text!r}: {name!r} is not a number of a node (0 to {_LARGEST})")
    if kind == "g":
        try:
            uuid.UUID(name)
        except ValueError:
            raise ValueError(f"{text!r}: {name!r} is not a GUID") from None
    return NodeName(None if uri is None else unquote(uri), kind, name)  # type: ignore[arg-type]
