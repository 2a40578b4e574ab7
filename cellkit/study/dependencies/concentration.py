"""Concentration: the Herfindahl-Hirschman index (HHI), and the shares that it is computed from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import fsum, isclose

HIGH = 0.4
"""The HHI above which a concentration counts as high: core dependency indicator 1 of the Commission, SWD(2021) 352."""
EXTRA_EU = 0.5
"""The share from outside the EU above which it counts as high: core dependency indicator 2, by analogy."""


def hhi(shares: Iterable[float]) -> float:
    """Return the sum of the squares of shares: 1/n for n equal shares, 1 for a single one.

    Raises ``ValueError`` when a share is negative or the shares do not add up to 1.
    """
    parts = list(shares)
    if not parts or min(parts) < 0.0 or not isclose(fsum(parts), 1.0, abs_tol=1e-9):
        raise ValueError(f"shares must be 0 or more and add up to 1: {parts}")
    return fsum(share * share for share in parts)


def shares_by(parts: Iterable[tuple[str | None, float]]) -> tuple[dict[str, float], float]:
    """Return the shares of the named parts, largest first, and the share (0 to 1) of the whole that has a name.

    The shares add up to 1; without any named part they are empty.
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
    """Return the HHI of named shares; None if there are no shares."""
    return hhi(shares.values()) if shares else None
