"""Terminals as stretches of a table that one request can read."""

from __future__ import annotations

from collections.abc import Iterable

MOST_BITS, MOST_REGISTERS = 2000, 125
"""The most that one request may read (Modbus Application Protocol V1.1b3)."""
GAP = 32
"""Terminals that nobody uses and that are read all the same, where that saves a request."""


def stretches(terminals: Iterable[int], most: int) -> list[tuple[int, int]]:
    """First terminal and number of those to read, in order, none longer than ``most``."""
    found: list[tuple[int, int]] = []
    for terminal in sorted(set(terminals)):
        if found:
            first, count = found[-1]
            if terminal - (first + count) <= GAP and terminal - first < most:
                found[-1] = first, terminal - first + 1
                continue
        found.append((terminal, 1))
    return found


def to_counts(share: float, full: int) -> int:
    """Counts of an analog terminal at a share (0 to 1) of its range."""
    return min(full, max(0, round(share * full)))


def to_share(counts: int, full: int) -> float:
    """Share of its range at some counts."""
    return counts / full
