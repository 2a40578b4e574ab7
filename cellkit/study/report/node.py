"""A place in the result: its value, and the JSON pointer (RFC 6901) that leads there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Node:
    """A value of the result with its pointer. The report is made of these alone, so it knows where all comes from."""

    value: Any
    pointer: str = ""

    def __getitem__(self, key: str | int) -> Node:
        """One step down. Raises ``KeyError`` or ``IndexError`` for what is not there."""
        step = str(key).replace("~", "~0").replace("/", "~1")
        return Node(self.value[key], f"{self.pointer}/{step}")

    def __iter__(self) -> Iterator[Node]:
        """The items of a list, or the values of an object."""
        keys = self.value if isinstance(self.value, Mapping) else range(len(self.value))
        return (self[key] for key in keys)

    def __len__(self) -> int:
        return len(self.value)

    def __bool__(self) -> bool:
        """Is there anything: not null, not empty (a zero or ``false`` is something)."""
        return self.value is not None and self.value not in ("", [], {})

    def items(self) -> Iterator[tuple[str, Node]]:
        """The keys of an object with their values."""
        return ((key, self[key]) for key in self.value)

    def __contains__(self, key: str) -> bool:
        return key in self.value


def looked_up(document: Any, pointer: str) -> Any:
    """What stands at a pointer. Raises ``KeyError``, ``IndexError`` or ``ValueError`` where it leads nowhere."""
    value = document
    for step in pointer.split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        value = value[int(key)] if isinstance(value, Sequence) and not isinstance(value, str) else value[key]
    return value
