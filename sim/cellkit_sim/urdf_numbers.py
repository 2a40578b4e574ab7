"""The numbers of a user's URDF: each is finite, sizes are positive, and none is absurd; an error states its line."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import TreeBuilder

from defusedxml.ElementTree import DefusedXMLParser

from cellkit.errors import ConfigError

LARGEST = 100.0
"""Largest length (m), scale, and position (m) in a robot's description."""
HEAVIEST = 1e5
"""Largest mass of a link, in kg."""
Lines = Mapping[Any, int]

_VECTORS = {"xyz": 3, "rpy": 3, "size": 3, "scale": 3, "rgba": 4}
_POSITIVE = frozenset({"size", "scale", "radius", "length"})
_INERTIA = ("ixx", "iyy", "izz", "ixy", "ixz", "iyz")


def parse_with_lines(text: str) -> tuple[Any, Lines]:
    """Return the root of an XML text, and the line of every element. Raises ``ParseError`` and defusedxml's errors."""
    lines: dict[Any, int] = {}

    class Builder(TreeBuilder):
        def start(self, tag: Any, attributes: Any, /) -> Any:
            element = super().start(tag, attributes)
            lines[element] = parser.parser.CurrentLineNumber
            return element

    parser = DefusedXMLParser(target=Builder())
    parser.feed(text)
    return parser.close(), lines


def check_numbers(root: Any, lines: Lines, file: Path) -> None:
    """Raise ``ConfigError`` for the first number that no robot has, with its line."""
    for element in root.iter():
        for key, text in element.attrib.items():
            reason = _reason(element.tag, key, text)
            if reason is not None:
                where = f"<{element.tag} {key}={_short(text)}>"
                raise ConfigError(f"the URDF has {where}: expected {reason}", file=file, line=lines.get(element))


def _reason(tag: str, key: str, text: str) -> str | None:
    """Return the expected value of an attribute, if it has another; None: it is good, or not a number to check."""
    if tag == "mass" and key == "value":
        return None if _within(text, 1, 0.0, HEAVIEST) else f"a mass from 0 to {HEAVIEST:g} kg"
    if tag == "inertia" and key in _INERTIA:
        lowest = 0.0 if key in ("ixx", "iyy", "izz") else -HEAVIEST
        return None if _within(text, 1, lowest, HEAVIEST) else f"a moment of at most {HEAVIEST:g} kg m², not negative"
    if key in _POSITIVE and tag in ("box", "cylinder", "sphere", "capsule", "mesh"):
        count = _VECTORS.get(key, 1)
        mirrors = key == "scale"  # a negative scale makes a left part of a right one
        lowest = -LARGEST if mirrors else 0.0
        good = _within(text, count, lowest, LARGEST) and not any(float(word) == 0.0 for word in text.split())
        return None if good else f"{count} numbers {'within' if mirrors else 'above 0 and up to'} {LARGEST:g}, not 0"
    if key in ("xyz", "rpy") and tag in ("origin", "axis"):
        return None if _within(text, 3, -LARGEST, LARGEST) else f"3 numbers within {LARGEST:g}"
    return None


def _within(text: str, count: int, lowest: float, largest: float) -> bool:
    try:
        values = [float(word) for word in text.split()]
    except ValueError:
        return False
    return len(values) == count and all(math.isfinite(v) and lowest <= v <= largest for v in values)


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else f"{text[:37]}...")
