"""What a number of successes proves: ten of ten is no 100 %."""

from __future__ import annotations

from math import comb

_STEPS = 60  # halvings of the interval: below what a float resolves


def lower_bound(successes: int, runs: int, confidence: float = 0.95) -> float:
    """The share of successes that is exceeded with ``confidence``: one-sided, exact (Clopper and Pearson 1934).

    It is the share at which as many successes or more would still come with probability 1 - ``confidence``.
    Raises ``ValueError`` for counts that cannot be.
    """
    if not 0 <= successes <= runs or runs < 1:
        raise ValueError(f"{successes} of {runs} runs cannot be")
    if not 0.0 < confidence < 1.0:
        raise ValueError(f"a confidence of {confidence:g}; it lies between 0 and 1")
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
    """Probability of so many successes or more."""
    return sum(comb(runs, k) * share**k * (1.0 - share) ** (runs - k) for k in range(successes, runs + 1))
