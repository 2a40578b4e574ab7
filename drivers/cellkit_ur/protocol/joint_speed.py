"""The speed of ``movej``: that of the leading axis, which needs the longest time; the others follow it."""

from __future__ import annotations

from collections.abc import Sequence

_ALIKE = 1e-6
"""Share of the leading axis' time within which an axis counts as leading too; the first of them is taken."""


def leading_axis(start: Sequence[float], goal: Sequence[float], limits: Sequence[float]) -> int:
    """Return the index of the axis that takes longest from ``start`` to ``goal`` (rad) at its speed limit (rad/s)."""
    times = [abs(b - a) / limit for a, b, limit in zip(start, goal, limits, strict=True)]
    longest = max(times) * (1.0 - _ALIKE)
    return next(i for i, time in enumerate(times) if time >= longest)
