"""Random times by their mean: each of a stream of its own, so that a variant of a shift meets the same fate."""

from __future__ import annotations

import math
import random


def stream(seed: int, purpose: str) -> random.Random:
    """The stream of one purpose. What is drawn for others does not change it."""
    return random.Random(f"{seed}:{purpose}")


def lognormal(mean: float, spread: float, chance: random.Random) -> float:
    """A time above 0 with a mean, and a standard deviation of ``spread`` times that; 0: the mean itself."""
    if mean <= 0.0 or spread <= 0.0:
        return mean
    variance = math.log(1.0 + spread * spread)
    return math.exp(chance.gauss(math.log(mean) - variance / 2.0, math.sqrt(variance)))


def exponential(mean: float, chance: random.Random) -> float:
    """A time without memory, with a mean; 0 where that is 0."""
    return chance.expovariate(1.0 / mean) if mean > 0.0 else 0.0
