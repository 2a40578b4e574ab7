"""Measures of an investment from its cash flows. Amounts are in EUR, times in years, rates are shares.

``flows[0]`` is the investment (negative), ``flows[t]`` the cash flow of year t, booked at its end. Payback assumes an
even flow within a year, so it can be a fraction of a year. Textbook formulas (discounted cash flow, annuity).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

_HALVINGS = 200
_FARTHEST = 1e4  # 1/(1 + rate) above which nearly all of the investment is lost


@dataclass(frozen=True)
class Measure:
    """A measure, or the reason why it does not exist: in words, and as a key with numbers for translations."""

    value: float | None
    key: str = ""
    why_not: str = ""
    numbers: dict[str, float] = field(default_factory=dict)


def npv(flows: Sequence[float], rate: float) -> float:
    """Return the net present value: every flow discounted to the time of the investment. ``rate`` is above -1."""
    return float(sum(flow / (1.0 + rate) ** year for year, flow in enumerate(flows)))


def irr(flows: Sequence[float]) -> Measure:
    """Return the internal rate of return: the rate at which the net present value is 0.

    The rate is unique only for flows that change sign once, from costs to returns. For all others the result holds
    the reason instead of a number.
    """
    signs = [flow > 0 for flow in flows if flow != 0]
    changes = sum(one != other for one, other in pairwise(signs))
    if changes == 0:
        if any(signs):
            return Measure(None, "irr.no_investment", "there is no investment")
        return Measure(None, "irr.never_positive", "the cash flow is never positive")
    if changes > 1:
        text = f"the cash flow changes sign {changes} times: there is no single rate"
        return Measure(None, "irr.several", text, {"changes": changes})
    if signs[0]:
        return Measure(None, "irr.loan", "the cash flow is positive first: a rate would be the cost of a loan")
    low, high = 0.0, 1.0  # x = 1/(1 + rate): the value has exactly one zero (Descartes' rule of signs)
    while _value(flows, high) < 0:
        low, high = high, 2.0 * high
        if high > _FARTHEST:
            return Measure(None, "irr.lost", "nearly all of the investment is lost")
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if _value(flows, middle) < 0:
            low = middle
        else:
            high = middle
    return Measure(1.0 / high - 1.0)


def _value(flows: Sequence[float], x: float) -> float:
    total = 0.0
    for flow in reversed(flows):
        total = total * x + flow
    return total


def payback(flows: Sequence[float], rate: float = 0.0) -> Measure:
    """Return the years until the investment is first paid back; with a ``rate``, the discounted payback.

    The result is interpolated within the year: the year's (discounted) flow is even.
    """
    total = flows[0]
    if total >= 0:
        return Measure(0.0)
    for year, flow in enumerate(flows[1:], start=1):
        present = flow / (1.0 + rate) ** year
        if total + present >= 0:
            return Measure(year - 1 + -total / present)
        total += present
    years = len(flows) - 1
    return Measure(None, "payback.never", f"not within {years} years", {"years": years})


def equivalent_annual_cost(capex: float, rate: float, years: float) -> float:
    """Return the equal yearly amount that pays ``capex`` with interest over ``years``."""
    if rate == 0:
        return capex / years
    return float(capex * rate / (1.0 - (1.0 + rate) ** -years))


def total_cost_of_ownership(capex: float, costs: Sequence[float], residual: float) -> float:
    """Return the purchase plus the running costs of all years less the residual value, not discounted."""
    return capex + sum(costs) - residual
