"""Conversion between the numbers of servers and those of cellkit, which are always in SI units."""

from __future__ import annotations

import math
from typing import Any

UNITS = {
    "": 1.0,
    "m": 1.0, "mm": 1e-3, "rad": 1.0, "deg": math.pi / 180, "m/s": 1.0, "mm/s": 1e-3, "rad/s": 1.0,
    "deg/s": math.pi / 180, "N": 1.0, "kN": 1e3, "N m": 1.0, "Pa": 1.0, "kPa": 1e3, "mbar": 100.0, "bar": 1e5,
    "kg": 1.0, "g": 1e-3, "s": 1.0, "ms": 1e-3, "%": 0.01,
}  # fmt: skip
"""Units by name, each with its size in SI units; shares are 0 to 1."""


def to_si(raw: Any, scale: float, offset: float, unit: str) -> Any:
    """Return a number of the server, or a list of numbers, in SI units: ``raw * scale + offset`` is in ``unit``.

    Raises ``TypeError`` and ``ValueError`` for a value that is no number.
    """
    if isinstance(raw, list):
        return [to_si(number, scale, offset, unit) for number in raw]
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        raise TypeError(f"{raw!r} is no number")
    if not math.isfinite(raw):
        raise ValueError(f"{raw} is no finite number")
    return (raw * scale + offset) * UNITS[unit]


def from_si(value: Any, scale: float, offset: float, unit: str) -> Any:
    """Return the server's number for a value in SI units; texts and truth values stay as they are."""
    if isinstance(value, str | bool):
        return value
    if isinstance(value, int | float):
        return (value / UNITS[unit] - offset) / scale
    return [from_si(number, scale, offset, unit) for number in value]
