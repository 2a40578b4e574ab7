"""Pairs by design of experiments: few combinations, in which every two values of two factors meet."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from itertools import combinations, product
from typing import Any

Row = tuple[Any, ...]


def pairwise(*factors: Sequence[Hashable], allowed: Callable[..., bool] = lambda *_: True) -> list[Row]:
    """Return combinations of one value of each factor, the same ones each time.

    Every two values of different factors that occur together in an allowed combination occur together in a returned
    one. The combination with the most pairs that are still missing is taken next, the first one of equals.
    """
    every = [row for row in product(*factors) if allowed(*row)]
    pairs = {row: set(combinations(enumerate(row), 2)) for row in every}
    missing = set().union(*pairs.values())
    chosen = []
    while missing:
        best = max(every, key=lambda row: len(pairs[row] & missing))
        missing -= pairs[best]
        chosen.append(best)
    return chosen
