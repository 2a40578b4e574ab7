"""Concentration: known values and bounds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellkit.study.dependencies.concentration import hhi, index, shares_by


@pytest.mark.parametrize(
    ("shares", "expected"), [((0.5, 0.3, 0.2), 0.38), ((0.25,) * 4, 0.25), ((0.8, 0.1, 0.1), 0.66), ((1.0,), 1.0)]
)
def test_vectors(shares: tuple[float, ...], expected: float) -> None:
    assert hhi(shares) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("shares", [(), (0.5, 0.4), (1.2, -0.2)])
def test_shares_that_are_not_a_whole_are_refused(shares: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="shares must be 0 or more and add up to 1"):
        hhi(shares)


@given(st.lists(st.floats(0.01, 1e6), min_size=1, max_size=30))
def test_between_even_and_single(values: list[float]) -> None:
    shares, known = shares_by((str(number), value) for number, value in enumerate(values))
    assert known == pytest.approx(1.0)
    assert 1.0 / len(values) - 1e-9 <= (index(shares) or 0.0) <= 1.0 + 1e-9


def test_shares_of_what_is_known() -> None:
    shares, known = shares_by([("b", 1.0), (None, 2.0), ("a", 2.0), ("b", 3.0)])
    assert list(shares.items()) == [("b", pytest.approx(4 / 6)), ("a", pytest.approx(2 / 6))]
    assert known == pytest.approx(6 / 8)
    assert shares_by([(None, 1.0)]) == ({}, 0.0)
    assert shares_by([]) == ({}, 0.0)
