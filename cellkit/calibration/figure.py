"""A figure that a log teaches: fitted on some moves, checked on others, compared with the shipped figure."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

ItemT = TypeVar("ItemT")

BETTER = 0.99
"""An error below this share of another one is smaller by more than rounding."""
SAME = 1e-3
"""A shipped figure that misses the held-out moves by less than this share of them is right."""


@dataclass(frozen=True)
class Figure:
    """One figure, in ``unit``, of some ``joints`` (numbers from 1; none: of the whole arm).

    ``value`` was fitted on ``fitted`` moves; ``error`` is the median difference from the ``held`` moves that the fit
    has not seen, ``shipped_error`` that of the shipped figure. Both are in ``error_unit``: that of the figure, or that
    of what the figure is for. ``low`` and ``high`` span what all moves show. None: not known.
    """

    name: str
    unit: str
    joints: tuple[int, ...]
    value: float
    shipped: float | None
    error: float | None
    shipped_error: float | None
    fitted: int
    held: int
    low: float
    high: float
    error_unit: str

    @property
    def better(self) -> bool:
        """Whether the figure predicts the held-out moves better than the shipped one does."""
        if self.error is None or self.shipped_error is None:
            return self.error is not None
        if self.error_unit == self.unit and self.shipped_error <= SAME * abs(self.value):
            return False
        return self.error < BETTER * self.shipped_error


def split(items: Sequence[ItemT], seed: int | None) -> tuple[list[ItemT], list[ItemT]]:
    """Return the items to fit on and those held out: every other one, or a random half with a ``seed``."""
    order = list(range(len(items)))
    if seed is not None:
        random.Random(seed).shuffle(order)
    held = set(order[1::2])
    fitted = [item for number, item in enumerate(items) if number not in held]
    return fitted, [item for number, item in enumerate(items) if number in held]


def judged(
    name: str,
    unit: str,
    joints: Sequence[int],
    fitted: Sequence[float],
    held: Sequence[float],
    shipped: float | None,
) -> Figure | None:
    """Return the median of the ``fitted`` values, judged on the ``held`` ones; None where nothing was fitted."""
    if not fitted:
        return None
    value = float(np.median(fitted))
    seen = [*fitted, *held]
    return Figure(
        name,
        unit,
        tuple(joints),
        value,
        shipped,
        _off(value, held),
        None if shipped is None else _off(shipped, held),
        len(fitted),
        len(held),
        min(seen),
        max(seen),
        unit,
    )


def _off(value: float, held: Sequence[float]) -> float | None:
    """Return the median distance of the held values from a figure; None where none was held out."""
    return float(np.median(np.abs(np.array(held) - value))) if held else None
