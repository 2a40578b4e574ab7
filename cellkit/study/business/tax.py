"""Corporate tax (Dutch Vpb) of many samples at once: two brackets, straight-line depreciation, losses carried forward.

Amounts in EUR; arrays of shape (samples,) or (years, samples). Not modelled: carry-back of losses, deferred tax, and
the set-off of a loss within a fiscal unity.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

FULL_SET_OFF = 1e6
"""EUR of profit that old losses reduce in full; of profit above it they reduce half (law since 2022; bdo.nl)."""


@dataclass(frozen=True)
class Brackets:
    """The two tax rates as shares; the high rate begins at ``limit`` (EUR)."""

    low: float
    high: float
    limit: float

    def tax(self, profit: Values) -> Values:
        """Return the tax on a profit; 0 on a loss."""
        taxed = np.maximum(profit, 0.0)
        return self.low * np.minimum(taxed, self.limit) + self.high * np.maximum(taxed - self.limit, 0.0)

    def marginal(self, profit: Values) -> Values:
        """Return the rate of the last euro; 0 on a loss."""
        return np.where(profit > self.limit, self.high, np.where(profit > 0, self.low, 0.0))


def depreciation(amount: Values, years: float, life: Values, rows: int) -> Values:
    """Return the straight-line depreciation over ``years``, (rows, samples).

    The last year of use takes the remaining amount.
    """
    year = np.arange(1.0, rows + 1)[:, np.newaxis]
    written = np.minimum(year, years) / years
    last = np.ceil(life)
    share = np.where(year >= last, 1.0, written)
    return np.diff(share * amount, axis=0, prepend=np.zeros((1, share.shape[1])))


def taxes(
    brackets: Brackets, own: Values, change: Values, boxed: Values | None = None, box_rate: float = 0.0
) -> Values:
    """Return the additional yearly tax of a change of profit: (years, samples), negative for less tax.

    ``own`` is the yearly profit without the change (0 or more), ``change`` (years, samples) is added to it. ``boxed``
    is the profit a year that is taxed at ``box_rate`` instead of the marginal rate (Innovatiebox).
    """
    without = brackets.tax(own)
    loss = np.zeros(change.shape[1])
    more = np.empty_like(change)
    for year, profit in enumerate(own + change):
        gain = np.maximum(profit, 0.0)
        set_off = np.minimum(loss, np.minimum(gain, FULL_SET_OFF) + 0.5 * np.maximum(gain - FULL_SET_OFF, 0.0))
        loss += np.maximum(-profit, 0.0) - set_off
        taxed = gain - set_off
        more[year] = brackets.tax(taxed) - without
        if boxed is not None:
            saved = np.maximum(brackets.marginal(taxed) - box_rate, 0.0)
            more[year] -= np.minimum(boxed[year], taxed) * saved
    return more
