"""Mutation of a valid frame: bits, cuts, insertions, lengths and numbers."""

from __future__ import annotations

import copy
import dataclasses
import random
import re
from collections.abc import Sequence
from typing import Any

from harvest import mutable

NUMBERS = (
    b"9" * 5000,
    b"-1",
    b"1e999",
    b"nan",
    b"inf",
    b"2147483648",
    b"18446744073709551616",
    b"0",
    b"",
    b"1.5",
    b"x",
)
WORDS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF)


def mutated(arguments: dict[str, Any], draw: random.Random) -> dict[str, Any]:
    """Return a copy of a call's arguments with one to three mutations of one of its raw values."""
    changed = {name: copy.deepcopy(value) for name, value in arguments.items()}
    name, part = draw.choice(list(mutable(arguments)))
    value = changed[name] if part is None else getattr(changed[name], part)
    for _ in range(draw.choice((1, 1, 1, 2, 3))):
        value = _value(value, draw)
    changed[name] = value if part is None else dataclasses.replace(changed[name], **{part: value})
    return changed


def _value(value: Any, draw: random.Random) -> Any:
    if isinstance(value, bytes):
        return _bytes(value, draw)
    if isinstance(value, str):
        return _bytes(value.encode("utf-8", "surrogatepass"), draw).decode("utf-8", "replace")
    return _sequence(value, draw)


def _bytes(data: bytes, draw: random.Random) -> bytes:
    at, kind = draw.randrange(len(data) + 1), draw.randrange(7)
    if kind == 0 and data:
        at = min(at, len(data) - 1)
        return data[:at] + bytes([data[at] ^ 1 << draw.randrange(8)]) + data[at + 1 :]
    if kind == 1:
        return data[:at]
    if kind == 2:
        return data[:at] + draw.randbytes(draw.choice((1, 2, 4, 50))) + data[at:]
    if kind == 3:
        return data[:at] + data[at + draw.choice((1, 2, 4, 8)) :]
    if kind == 4:
        size = draw.choice((1, 2, 4, 8))
        word = (draw.choice(WORDS) % (1 << 8 * size)).to_bytes(size, draw.choice(("big", "little")))
        return data[:at] + word + data[at + size :]
    numbers = list(re.finditer(rb"-?[0-9]+(\.[0-9]+)?", data))
    if kind == 5 and numbers:
        match = draw.choice(numbers)
        return data[: match.start()] + draw.choice(NUMBERS) + data[match.end() :]
    return data[at:] + data[:at]


def _sequence(values: Sequence[Any], draw: random.Random) -> Sequence[Any]:
    items = list(values)
    at, kind = draw.randrange(len(items)) if items else 0, draw.randrange(4)
    if kind == 0 or not items:
        items = items[:at]
    elif kind == 1:
        items.insert(at, items[at])
    elif isinstance(items[at], int):
        items[at] = draw.randrange(1 << 16)
    else:
        items[at] = _value(items[at], draw)
    return type(values)(items) if isinstance(values, list | tuple) else items
