"""The uncertainty of a business case: one figure at a time (tornado), and all figures at once (Monte Carlo).

The figures vary independently; in reality some are correlated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from zlib import crc32

import numpy as np

from cellkit.study.business.config import BusinessConfig, limits
from cellkit.study.business.model import CaseSetting, evaluate, present_value
from cellkit.study.business.result import Bar, Bin, MonteCarlo, Percentile
from cellkit.study.business.tax import Values

PERCENTILES = (5, 10, 25, 50, 75, 90, 95)
BINS = 40
_NORMAL_975 = 1.959963984540054


@dataclass(frozen=True)
class Range:
    """The range of a figure, and the mode of its triangular distribution.

    It is ``stated`` by the study or ``measured`` in the runs; if neither, it is ± the study's variation.
    """

    low: float
    mode: float
    high: float
    stated: bool = False
    measured: bool = False


def ranges(
    config: BusinessConfig, figures: Mapping[str, float], measured: Mapping[str, tuple[float, float]]
) -> dict[str, Range]:
    """Return the range of every figure that varies; a figure of 0 without a spread does not vary.

    A stated range goes before a measured one. A range is widened to its base, because a figure that the runs measure
    can be outside the stated range.
    """
    by_name: dict[str, Range] = {}
    for name, base in figures.items():
        spread = config.spread.get(name)
        if spread is not None:
            mode = base if spread.mode is None else spread.mode.value
            low, high = spread.ends()
            by_name[name] = Range(min(low, mode), mode, max(high, mode), stated=True)
        elif name in measured:
            low, high = measured[name]
            by_name[name] = Range(min(low, base), base, max(high, base), measured=True)
        else:
            least, most = limits(name)
            swing = abs(base) * config.variation.value
            by_name[name] = Range(max(base - swing, least), base, min(base + swing, most))
    return {name: one for name, one in by_name.items() if one.low < one.high}


def samples(figures: Mapping[str, float], changed: Mapping[str, Values], number: int) -> dict[str, Values]:
    """Return every figure as an array of ``number`` samples: from ``changed``, or else its base."""
    return {name: changed.get(name, np.full(number, base)) for name, base in figures.items()}


def net_values(setting: CaseSetting, figures: Mapping[str, Values]) -> Values:
    """Return the net present value of each sample."""
    return present_value(evaluate(setting, figures).cash, figures["finance.discount"])


def tornado(setting: CaseSetting, figures: Mapping[str, float], within: Mapping[str, Range]) -> list[Bar]:
    """Return the net present value with one figure at a time at its ends, largest swing first, without zero swings."""
    names = list(within)
    if not names:
        return []
    changed = {}
    for at, name in enumerate(names):
        column = np.full(2 * len(names), figures[name])
        column[2 * at : 2 * at + 2] = within[name].low, within[name].high
        changed[name] = column
    values = net_values(setting, samples(figures, changed, 2 * len(names)))
    bars = [
        Bar(
            figure=name,
            base=figures[name],
            low=within[name].low,
            high=within[name].high,
            stated=within[name].stated,
            measured=within[name].measured,
            npv_low=float(values[2 * at]),
            npv_high=float(values[2 * at + 1]),
            swing=abs(float(values[2 * at + 1] - values[2 * at])),
        )
        for at, name in enumerate(names)
    ]
    return sorted((bar for bar in bars if bar.swing > 0), key=lambda bar: (-bar.swing, bar.figure))


def monte_carlo(setting: CaseSetting, figures: Mapping[str, float], within: Mapping[str, Range]) -> MonteCarlo:
    """Draw all figures at once, each from its own triangular distribution, and evaluate the draws.

    A figure has its own random stream by seed and name: its draws do not depend on the other figures, and all concepts
    are compared with the same draws.
    """
    number, seed = setting.config.samples, setting.config.seed
    drawn = {}
    for name, one in within.items():
        stream = np.random.default_rng([seed, crc32(name.encode())])
        drawn[name] = stream.triangular(one.low, one.mode, one.high, number)
    values = net_values(setting, samples(figures, drawn, number))
    negative = int(np.count_nonzero(values < 0))
    low, high = wilson(negative, number)
    counts, edges = np.histogram(values, bins=BINS)
    return MonteCarlo(
        samples=number,
        seed=seed,
        figures=len(within),
        mean=float(values.mean()),
        deviation=float(values.std(ddof=1)),
        percentiles=[
            Percentile(percent=percent, npv=float(value))
            for percent, value in zip(PERCENTILES, np.percentile(values, PERCENTILES), strict=True)
        ],
        negative=negative,
        p_negative=negative / number,
        p_negative_low=low,
        p_negative_high=high,
        bins=[
            Bin(start=float(start), end=float(end), count=int(count))
            for start, end, count in zip(edges, edges[1:], counts, strict=False)
        ],
    )


def wilson(successes: int, number: int) -> tuple[float, float]:
    """Return the 95 % confidence interval of a share (Wilson 1927)."""
    share, z2 = successes / number, _NORMAL_975**2
    centre = (share + z2 / (2 * number)) / (1 + z2 / number)
    half = _NORMAL_975 / (1 + z2 / number) * sqrt(share * (1 - share) / number + z2 / (4 * number**2))
    return (centre - half if successes else 0.0), (centre + half if successes < number else 1.0)


def extremes(bars: Sequence[Bar], most: int = 5) -> tuple[dict[str, float], dict[str, float]]:
    """Return the figures of the largest bars at their bad ends, and at their good ends."""
    bad, good = {}, {}
    for bar in bars[:most]:
        rising = bar.npv_high > bar.npv_low
        bad[bar.figure], good[bar.figure] = (bar.low, bar.high) if rising else (bar.high, bar.low)
    return bad, good
