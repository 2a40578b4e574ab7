"""Measures of an investment: published digits, and laws for any cash flow."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellkit.study.business.finance import equivalent_annual_cost, irr, npv, payback, total_cost_of_ownership

FLOWS = [-120_000.0] + [52_000.0 - 6_000.0 - 2_400.0 - 1_500.0] * 8
MONEY = st.floats(-1e6, 1e6)
LIST = st.lists(MONEY, min_size=2, max_size=20)
RATE = st.floats(-0.5, 2.0)


def test_the_reference_case_to_its_printed_digits() -> None:
    assert f"{payback(FLOWS).value:.3f}" == "2.850"
    assert f"{payback(FLOWS, 0.08).value:.3f}" == "3.372"
    assert f"{npv(FLOWS, 0.08):,.2f}" == "121,933.50"
    assert f"{100 * (irr(FLOWS).value or 0):.2f} %" == "31.05 %"
    assert f"{equivalent_annual_cost(120_000, 0.08, 8):,.2f}" == "20,881.77"


def test_total_cost_of_ownership() -> None:
    assert total_cost_of_ownership(100.0, [10.0, 20.0], 5.0) == 125.0


@pytest.mark.parametrize(
    ("flows", "why"),
    [
        ([-10.0, -1.0, 0.0], "the cash flow is never positive"),
        ([0.0, 0.0], "the cash flow is never positive"),
        ([0.0, 5.0], "there is no investment"),
        ([-10.0, 30.0, -15.0], "the cash flow changes sign 2 times: there is no single rate"),
        ([10.0, -3.0], "the cash flow is positive first: a rate would be the cost of a loan"),
        ([-1e9, 1e-3], "nearly all of the investment is lost"),
    ],
)
def test_the_reason_replaces_a_rate_that_does_not_exist(flows: list[float], why: str) -> None:
    assert irr(flows).value is None
    assert irr(flows).why_not == why


def test_a_rate_can_be_negative() -> None:
    assert irr([-100.0, 50.0]).value == pytest.approx(-0.5, abs=1e-12)


def test_an_investment_that_is_never_paid_back() -> None:
    assert payback([-100.0, 10.0, 20.0]).why_not == "not within 2 years"
    assert payback([0.0, 10.0]).value == 0.0


@given(LIST, LIST, st.floats(-3, 3), RATE)
def test_npv_is_linear(one: list[float], other: list[float], factor: float, rate: float) -> None:
    length = min(len(one), len(other))
    both = [a + factor * b for a, b in zip(one[:length], other[:length], strict=True)]
    expected = npv(one[:length], rate) + factor * npv(other[:length], rate)
    scale = sum(abs(flow) for flow in [*one, *other]) * max(1.0, (1 + rate) ** -length)
    assert npv(both, rate) == pytest.approx(expected, abs=1e-9 * (1 + scale))


@given(st.floats(1.0, 1e6), st.lists(st.floats(0.0, 1e6), min_size=1, max_size=20).filter(lambda flows: max(flows) > 1))
def test_the_present_value_is_zero_at_the_internal_rate(capex: float, returns: list[float]) -> None:
    rate = irr([-capex, *returns])
    if rate.value is None:
        assert rate.why_not == "nearly all of the investment is lost"
        return
    present = sum(flow * (1 + rate.value) ** -year for year, flow in enumerate(returns, start=1))
    assert present == pytest.approx(capex, rel=1e-9)


@given(st.floats(1.0, 1e6), st.floats(1.0, 1e6), st.floats(0, 1e5), st.floats(0, 0.5))
def test_a_dearer_cell_pays_back_no_sooner_and_interest_delays(
    capex: float, yearly: float, more: float, rate: float
) -> None:
    def years(price: float, at: float) -> float:
        value = payback([-price] + [yearly] * 10, at).value
        return float("inf") if value is None else value

    assert years(capex + more, rate) >= years(capex, rate)
    assert years(capex, rate) >= years(capex, 0.0) - 1e-9
