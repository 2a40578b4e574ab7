"""How the arm follows its commands: the delay of its motion, and the time to settle after it."""

from __future__ import annotations

import numpy as np

from cellkit.calibration.log import Log
from cellkit.calibration.shape import Shape

SETTLED = 1e-3
"""The arm has settled when every joint stays within this angle (rad) of its commanded end."""
LEAST_WAIT = 0.05
"""A wait after a move (s) that is shorter than this shows no settling."""


def delay(log: Log, shape: Shape) -> float | None:
    """Return the time (s) by which the joints follow their commanded positions in a move; None without commands.

    The least squares of q(t) = target(t - d), for a delay d that is short against the ramps.
    """
    if log.target_position is None or log.target_velocity is None:
        return None
    rows = slice(shape.move.first, shape.move.last + 1)
    speed = log.target_velocity[rows]
    behind = log.target_position[rows] - log.position[rows]
    return float((behind * speed).sum() / (speed**2).sum())


def settling(log: Log, shape: Shape) -> float | None:
    """Return the time (s) from the commanded end of a move until every joint stays within ``SETTLED`` of it.

    None: the log holds no commands, or the next move came first.
    """
    if log.target_position is None or shape.end is None:
        return None
    rows = np.arange(shape.move.last, shape.move.rested + 1)
    times = log.times[rows]
    if times[-1] - shape.end < LEAST_WAIT:
        return None
    away = np.abs(log.position[rows] - shape.move.end).max(axis=1)
    outside = np.flatnonzero(away > SETTLED)
    if not len(outside):
        return 0.0
    last = int(outside[-1])
    if last + 1 >= len(rows):
        return None
    between = (away[last] - SETTLED) / (away[last] - away[last + 1])
    return max(0.0, float(times[last] + between * (times[last + 1] - times[last])) - shape.end)
