"""Terminals as ranges of a table that one request can read, and analog terminals as registers."""

from __future__ import annotations

from collections.abc import Iterable

MOST_BITS, MOST_REGISTERS = 2000, 125
"""The largest number of values that one request may read (Modbus Application Protocol V1.1b3)."""
GAP = 32
"""Number of unused terminals that are read too where that saves a request."""
HIGHEST_SIGNED = 0x7FFF
LAST_ADDRESS = 0xFFFF


def stretches(terminals: Iterable[int], most: int) -> list[tuple[int, int]]:
    """Return first terminal and number of each range to read, in order, none longer than ``most``."""
    ranges: list[tuple[int, int]] = []
    for terminal in sorted(set(terminals)):
        if ranges:
            first, count = ranges[-1]
            if terminal - (first + count) <= GAP and terminal - first < most:
                ranges[-1] = first, terminal - first + 1
                continue
        ranges.append((terminal, 1))
    return ranges


def to_register(share: float, full: int) -> int:
    """Return the register of an analog terminal at a share of its range (1 at ``full``), cut off where 16 bits end.

    Registers are signed, in two's complement, unless ``full`` needs all 16 bits.
    """
    low, high = (-HIGHEST_SIGNED, HIGHEST_SIGNED) if full <= HIGHEST_SIGNED else (0, 0xFFFF)
    return min(high, max(low, round(share * full))) & 0xFFFF


def to_share(register: int, full: int) -> float:
    """Return the share of its range at a register: below 0 or above 1 outside the range."""
    signed = full <= HIGHEST_SIGNED and register > HIGHEST_SIGNED
    return (register - 0x10000 if signed else register) / full
