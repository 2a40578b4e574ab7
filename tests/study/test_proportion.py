"""Exact one-sided bounds of a share."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellkit.study.proportion import lower_bound


@pytest.mark.parametrize(
    ("successes", "runs", "bound"),
    [(32, 32, 0.9106), (30, 32, 0.8161), (19, 20, 0.7839), (10, 10, 0.7411), (0, 5, 0.0)],
)
def test_published_bounds(successes: int, runs: int, bound: float) -> None:
    assert lower_bound(successes, runs) == pytest.approx(bound, abs=5e-5)


@given(st.integers(1, 60), st.data())
def test_the_bound_grows_with_successes_and_is_below_the_share(runs: int, data: st.DataObject) -> None:
    successes = data.draw(st.integers(1, runs))
    assert lower_bound(successes - 1, runs) < lower_bound(successes, runs) < successes / runs + 1e-12
    assert lower_bound(successes, runs, 0.99) < lower_bound(successes, runs, 0.95)


@pytest.mark.parametrize("wrong", [(-1, 5, 0.95), (6, 5, 0.95), (0, 0, 0.95), (1, 2, 1.0), (1, 2, 0.0)])
def test_impossible_counts(wrong: tuple[int, int, float]) -> None:
    with pytest.raises(ValueError, match=r"must be between 0 and"):
        lower_bound(*wrong)
