"""Every allowed pair is in the chosen combinations, and they are few."""

from __future__ import annotations

from itertools import combinations, product
from typing import Any

import pytest

from tests.pairwise import pairwise

ARMS, HANDS, WORLDS, PATHS = "abcdefgh", "wxyz", (1, 2), (3, 4)


def pairs_of(rows: list[tuple[Any, ...]]) -> set[Any]:
    return {pair for row in rows for pair in combinations(enumerate(row), 2)}


@pytest.mark.parametrize(
    "factors", [(ARMS, HANDS, WORLDS, PATHS), (WORLDS, PATHS, "pq"), (ARMS, HANDS), (HANDS, ARMS, "k")]
)
def test_every_pair_meets_in_few_combinations(factors: tuple[Any, ...]) -> None:
    rows = pairwise(*factors)
    assert pairs_of(rows) == pairs_of(list(product(*factors)))
    least = max(len(one) * len(other) for one, other in combinations(factors, 2))
    assert least <= len(rows) <= least + 4
    assert rows == pairwise(*factors), "the same ones each time"


def test_what_is_not_allowed_is_left_out_and_everything_else_covered() -> None:
    def allowed(arm: str, hand: str, world: int, _path: int) -> bool:
        return (arm, hand) != ("a", "w") and (world == 1 or hand != "z")

    rows = pairwise(ARMS, HANDS, WORLDS, PATHS, allowed=allowed)
    assert all(allowed(*row) for row in rows)
    assert pairs_of(rows) == pairs_of([row for row in product(ARMS, HANDS, WORLDS, PATHS) if allowed(*row)])
