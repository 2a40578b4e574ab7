"""Terminals as stretches of a table that one request can read, and analog ones as registers."""

from __future__ import annotations

from collections.abc import Iterable

MOST_BITS, MOST_REGISTERS = 2000, 125
"""The most that one request may read (Modbus Application Protocol V1.1b3)."""
GAP = 32
"""Terminals that nobody uses and that are read all the same, where that saves a request."""
HIGHEST_SIGNED = 0x7FFF
LAST_ADDRESS = 0xFFFF


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


def to_register(share: float, full: int) -> int:
    """The register of an analog terminal at a share of its range (1 at ``full``), cut off where 16 bits end.

    Registers are signed, in two's complement, unless ``full`` needs all 16 bits.
    """
    low, high = (-HIGHEST_SIGNED, HIGHEST_SIGNED) if full <= HIGHEST_SIGNED else (0, 0xFFFF)
    return min(high, max(low, round(share * full))) & 0xFFFF


def to_share(register: int, full: int) -> float:
    """Share of its range at a register: below 0 or above 1 outside the range."""
    signed = full <= HIGHEST_SIGNED and register > HIGHEST_SIGNED
    return (register - 0x10000 if signed else register) / full
