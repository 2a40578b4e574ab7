"""Concentration: the Herfindahl-Hirschman index, and shares of a whole by whatever they are counted by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import fsum, isclose

HIGH = 0.4
"""HHI from which a concentration counts as high: the Commission's core dependency indicator 1, SWD(2021) 352."""
EXTRA_EU = 0.5
"""Share from outside the EU from which it counts as high: core dependency indicator 2, by analogy."""


def hhi(shares: Iterable[float]) -> float:
    """Sum of the squares of shares: 1/n for n equal ones, 1 for a single one.

    Raises ``ValueError`` where they are no shares of one whole.
    """
    found = list(shares)
    if not found or min(found) < 0.0 or not isclose(fsum(found), 1.0, abs_tol=1e-9):
        raise ValueError(f"{found} are no shares that add up to 1")
    return fsum(share * share for share in found)


def shares_by(parts: Iterable[tuple[str | None, float]]) -> tuple[dict[str, float], float]:
    """Shares by name of what has one, largest first, and how much of the whole that is.

    The first add up to 1 (none at all: empty); the second is 0 to 1.
    """
    sums: dict[str, float] = {}
    whole = 0.0
    for name, weight in parts:
        whole += weight
        if name is not None:
            sums[name] = sums.get(name, 0.0) + weight
    known = fsum(sums.values())
    if known <= 0.0:
        return {}, 0.0
    ordered = sorted(sums.items(), key=lambda one: (-one[1], one[0]))
    return {name: weight / known for name, weight in ordered}, known / whole


def index(shares: Mapping[str, float]) -> float | None:
    """HHI of named shares; None of none."""
    return hhi(shares.values()) if shares else None
