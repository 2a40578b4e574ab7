"""Search patterns for a hole, with a peg that stands beside it."""

from __future__ import annotations

import math

STEP = math.pi / 6
"""Angle (rad) between two points of a spiral: a chord leaves its turn by 3.4 % of the radius at most."""


def spiral(radius: float, pitch: float) -> list[tuple[float, float]]:
    """Return points (x, y in m) of an Archimedean spiral from the middle out to ``radius`` (m), and once round there.

    Neighbouring turns are ``pitch`` (m) apart, so no point within ``radius`` is further than half of that (and the
    chords' small share) from the path. Raises ``ValueError`` for lengths that are not above zero.
    """
    if not (0.0 < pitch < math.inf and 0.0 < radius < math.inf):
        raise ValueError(f"a spiral needs a radius and a pitch above zero, not {radius} m and {pitch} m")
    last = math.ceil((radius / pitch + 1.0) * 2.0 * math.pi / STEP)
    points = []
    for number in range(1, last + 1):
        angle = number * STEP
        out = min(radius, pitch * angle / (2.0 * math.pi))
        points.append((out * math.cos(angle), out * math.sin(angle)))
    return points
