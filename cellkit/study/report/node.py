"""A value of the result with its JSON pointer (RFC 6901)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Node:
    """A value of the result with its pointer. The report is written from nodes only, so every value has its pointer."""

    value: Any
    pointer: str = ""

    def __getitem__(self, key: str | int) -> Node:
        """Return a child. Raises ``KeyError`` or ``IndexError`` if it does not exist."""
        step = str(key).replace("~", "~0").replace("/", "~1")
        return Node(self.value[key], f"{self.pointer}/{step}")

    def __iter__(self) -> Iterator[Node]:
        """Iterate over the items of a list, or the values of an object."""
        keys = self.value if isinstance(self.value, Mapping) else range(len(self.value))
        return (self[key] for key in keys)

    def __len__(self) -> int:
        return len(self.value)

    def __bool__(self) -> bool:
        """Check that the value is neither null nor empty; a zero and ``false`` count as values."""
        return self.value is not None and self.value not in ("", [], {})

    def items(self) -> Iterator[tuple[str, Node]]:
        """Iterate over the keys of an object with their values."""
        return ((key, self[key]) for key in self.value)

    def __contains__(self, key: str) -> bool:
        return key in self.value


def value_at(document: Any, pointer: str) -> Any:
    """Return the value at a pointer. Raises ``KeyError``, ``IndexError`` or ``ValueError`` if there is none."""
    value = document
    for step in pointer.split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        value = value[int(key)] if isinstance(value, Sequence) and not isinstance(value, str) else value[key]
    return value
