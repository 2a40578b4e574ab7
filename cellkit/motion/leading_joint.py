"""Joint motions whose speed is stated for one joint: the leading one, which turns furthest; the others follow it.

A recorded UR10e keeps the programmed speed on the joint with the largest angle, also where another joint with a lower
limit would need longer for its part.
"""

from __future__ import annotations

from collections.abc import Sequence


def leading_angle(start: Sequence[float], goal: Sequence[float]) -> float:
    """Return the largest angle (rad) that a joint turns from ``start`` to ``goal``."""
    return max(abs(b - a) for a, b in zip(start, goal, strict=True))


def of_leading_joint(start: Sequence[float], goal: Sequence[float], limits: Sequence[float], share: float) -> float:
    """Return the leading joint's speed at which the joint that needs longest has a ``share`` of its limit.

    ``limits`` are speeds (rad/s), or accelerations (rad/s²) for the leading joint's acceleration.
    """
    longest = _longest(start, goal, limits)
    return share * (leading_angle(start, goal) / longest if longest > 0.0 else min(limits))


def share_of_limits(start: Sequence[float], goal: Sequence[float], limits: Sequence[float], leading: float) -> float:
    """Return the share of the limits at which the leading joint has a speed or acceleration; at most 1."""
    longest = _longest(start, goal, limits)
    return min(1.0, leading * (longest / leading_angle(start, goal) if longest > 0.0 else 1.0 / min(limits)))


def _longest(start: Sequence[float], goal: Sequence[float], limits: Sequence[float]) -> float:
    return max(abs(b - a) / limit for a, b, limit in zip(start, goal, limits, strict=True))
