"""The share of successes that a number of runs proves: ten of ten do not prove 100 %."""

from __future__ import annotations

from math import comb

_STEPS = 60  # halvings of the interval: below what a float resolves


def lower_bound(successes: int, runs: int, confidence: float = 0.95) -> float:
    """Return the lower bound of the share of successes at ``confidence``: one-sided, exact (Clopper and Pearson 1934).

    At this share, as many successes or more occur with probability 1 - ``confidence``.
    Raises ``ValueError`` for impossible counts.
    """
    if not 0 <= successes <= runs or runs < 1:
        raise ValueError(f"{successes} of {runs} runs: successes must be between 0 and runs, and runs at least 1")
    if not 0.0 < confidence < 1.0:
        raise ValueError(f"the confidence is {confidence:g}; it must be between 0 and 1")
    if successes == 0:
        return 0.0
    low, high = 0.0, 1.0
    for _ in range(_STEPS):
        share = (low + high) / 2
        if _at_least(successes, runs, share) < 1.0 - confidence:
            low = share
        else:
            high = share
    return low


def _at_least(successes: int, runs: int, share: float) -> float:
    """Return the probability of at least ``successes`` successes."""
    return sum(comb(runs, k) * share**k * (1.0 - share) ** (runs - k) for k in range(successes, runs + 1))
