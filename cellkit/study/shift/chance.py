"""Random times with a given mean. Each purpose has its own stream, so variants of a shift share random events."""

from __future__ import annotations

import math
import random


def stream(seed: int, purpose: str) -> random.Random:
    """Return the random stream of one purpose; draws from other streams do not change it."""
    return random.Random(f"{seed}:{purpose}")


def lognormal(mean: float, spread: float, chance: random.Random) -> float:
    """Return a time above 0 with this mean and a standard deviation of ``spread`` · mean; spread 0: the mean."""
    if mean <= 0.0 or spread <= 0.0:
        return mean
    variance = math.log(1.0 + spread * spread)
    return math.exp(chance.gauss(math.log(mean) - variance / 2.0, math.sqrt(variance)))


def exponential(mean: float, chance: random.Random) -> float:
    """Return an exponentially distributed time with this mean; 0 for a mean of 0."""
    return chance.expovariate(1.0 / mean) if mean > 0.0 else 0.0
