"""RAPID data as text: numbers, booleans, strings, arrays and records; declarations in a module."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from cellkit.errors import ProtocolError

Value: TypeAlias = "bool | float | str | list[Value]"

LONGEST_STRING = 80  # characters of a RAPID string
_DEEPEST = 8
_TOKEN = re.compile(r'\s*(?:([\[\],])|("(?:[^"]|"")*")|(TRUE|FALSE)\b|([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[Ee][+-]?\d+)?))')
_PERS = re.compile(r"^\s*(?:LOCAL\s+|TASK\s+)?PERS\s+(\w+)\s+(\w+)\s*(?:\{[^}]*\})?\s*:=\s*(.*?);\s*$", re.M | re.S)
_MODULE = re.compile(r"^\s*MODULE\s+(\w+)", re.M)


def parse_value(text: str) -> Value:
    """Return the value of a RAPID literal. Raises ``ProtocolError``."""
    words = _words(text)
    value = _value(words, next(words, ""), text, 0)
    if next(words, None) is not None:
        raise _broken("more text follows the value", text)
    return value


def format_value(value: Value) -> str:
    """Return a value as a RAPID literal."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, str):
        return '"' + value.replace('"', '""') + '"'
    if isinstance(value, list):
        return "[" + ",".join(map(format_value, value)) + "]"
    return repr(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(float(value))


def same_shape(one: Value, other: Value) -> bool:
    """Return whether two values are of one type: the same kinds at the same places."""
    if isinstance(one, list) or isinstance(other, list):
        return (
            isinstance(one, list)
            and isinstance(other, list)
            and len(one) == len(other)
            and all(map(same_shape, one, other))
        )
    kinds = [bool if isinstance(v, bool) else str if isinstance(v, str) else float for v in (one, other)]
    return kinds[0] is kinds[1]


def _words(text: str) -> Iterator[str]:
    place = 0
    end = len(text.rstrip())
    while place < end:
        found = _TOKEN.match(text, place)
        if found is None:
            raise _broken(f"not a RAPID value at {text[place : place + 20]!r}", text)
        yield found.group(found.lastindex or 0)
        place = found.end()


def _value(words: Iterator[str], word: str, text: str, depth: int) -> Value:
    if word == "[":
        if depth == _DEEPEST:
            raise _broken("nested too deeply", text)
        parts: list[Value] = []
        word = next(words, "")
        while word != "]":
            parts.append(_value(words, word, text, depth + 1))
            word = next(words, "")
            if word == ",":
                word = next(words, "")
            elif word != "]":
                raise _broken("a list is unfinished", text)
        return parts
    if word in ("TRUE", "FALSE"):
        return word == "TRUE"
    if word[:1] == '"':
        string = word[1:-1].replace('""', '"')
        if len(string) > LONGEST_STRING:
            raise _broken(f"a string of {len(string)} characters is too long", text)
        return string
    if word in ("", "]", ","):
        raise _broken("a value is missing", text)
    number = float(word)
    if not math.isfinite(number):
        raise _broken(f"{word} is not a number in RAPID", text)
    return number


def _broken(why: str, text: str) -> ProtocolError:
    return ProtocolError("RAPID", why, data=text[:500].encode())


@dataclass(frozen=True, slots=True)
class Symbol:
    """A persistent variable of a module."""

    module: str
    name: str
    kind: str
    value: Value


def module_name(text: str) -> str | None:
    """Return the name of the module in a RAPID text; None when it holds none."""
    found = _MODULE.search(text)
    return found.group(1) if found else None


def persistent_symbols(text: str) -> list[Symbol]:
    """Return the PERS declarations of a module. Raises ``ProtocolError`` for a value that is not RAPID."""
    name = module_name(text)
    if name is None:
        raise _broken("the text has no MODULE", text)
    return [Symbol(name, found[2], found[1], parse_value(found[3])) for found in _PERS.finditer(text)]
