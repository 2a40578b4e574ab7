"""Stops in a log: moves that brake harder than the others, as a protective stop or an emergency stop does."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cellkit.calibration.shape import Shape

HARDER = 1.3
"""A stop brakes harder than moves usually do, by this factor at least."""


def part_stops(shapes: Sequence[Shape]) -> tuple[list[Shape], list[Shape]]:
    """Return the ordinary moves and the stops. Moves usually brake as they accelerate, or in a constant ratio."""
    ratios = {id(shape): _ratio(shape) for shape in shapes}
    known = [ratio for ratio in ratios.values() if ratio is not None]
    usual = float(np.median(known)) if known else 1.0
    stops = [shape for shape in shapes if (ratio := ratios[id(shape)]) is not None and ratio > HARDER * usual]
    ids = {id(shape) for shape in stops}
    return [shape for shape in shapes if id(shape) not in ids], stops


def _ratio(shape: Shape) -> float | None:
    if shape.acceleration is None or shape.deceleration is None:
        return None
    return shape.deceleration / shape.acceleration
