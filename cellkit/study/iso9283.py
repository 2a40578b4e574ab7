"""Performance figures of an arm by ISO 9283, from attained and commanded positions, in the unit of these positions.

For repeated poses: accuracy (distance of the barycentre from the command) and repeatability (scatter of the poses).
For repeated paths: the same at each point of the path; the worst point counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cellkit.geometry import Array

MIN_REPEATS = 2
"""Smallest number of repeats with a scatter; the standard asks for 30 poses and 10 paths."""


@dataclass(frozen=True, slots=True)
class PoseFigures:
    """``accuracy`` is AP, ``repeatability`` RP: the mean distance from the barycentre plus three times its scatter."""

    accuracy: float
    repeatability: float
    mean_distance: float
    scatter: float
    barycentre: tuple[float, float, float]


def pose_figures(attained: Array, commanded: Array) -> PoseFigures:
    """Return AP and RP of one pose: ``attained`` (n, 3), ``commanded`` (3,). Raises ``ValueError`` if n < 2."""
    positions = _points(attained, 2)
    middle = positions.mean(axis=0)
    distances = np.linalg.norm(positions - middle, axis=1)
    scatter = float(distances.std(ddof=1))
    mean = float(distances.mean())
    return PoseFigures(
        accuracy=float(np.linalg.norm(middle - np.asarray(commanded, dtype=float))),
        repeatability=mean + 3.0 * scatter,
        mean_distance=mean,
        scatter=scatter,
        barycentre=(float(middle[0]), float(middle[1]), float(middle[2])),
    )


@dataclass(frozen=True, slots=True)
class PathFigures:
    """The figures of a path: ``accuracy`` is AT, ``repeatability`` RT; each is the worst of all measured points."""

    accuracy: float
    repeatability: float


def path_figures(attained: Array, commanded: Array) -> PathFigures:
    """Return AT and RT: ``attained`` (n, m, 3) are n cycles of m points that belong to ``commanded`` (m, 3)."""
    cycles = _points(attained, 3)
    wanted = np.asarray(commanded, dtype=float)
    if wanted.shape != cycles.shape[1:]:
        raise ValueError(f"{cycles.shape[1]} points were attained in each cycle, but {len(wanted)} were commanded")
    points = [pose_figures(cycles[:, index], wanted[index]) for index in range(len(wanted))]
    return PathFigures(max(one.accuracy for one in points), max(one.repeatability for one in points))


@dataclass(frozen=True, slots=True)
class SpeedFigures:
    """The figures of a path's speed.

    Accuracy AV and repeatability RV are in percent of the command, fluctuation FV in the unit of the speed.
    """

    accuracy: float
    repeatability: float
    fluctuation: float


def speed_figures(attained: Array, commanded: float) -> SpeedFigures:
    """Return AV, RV and FV: ``attained`` (n, m) are n cycles of m speeds; ``commanded`` is above zero."""
    speeds = np.asarray(attained, dtype=float)
    if speeds.ndim != 2 or len(speeds) < MIN_REPEATS or not np.isfinite(speeds).all():
        raise ValueError(f"needs at least {MIN_REPEATS} cycles of finite speeds, not an array of shape {speeds.shape}")
    if not commanded > 0.0:
        raise ValueError(f"the commanded speed is {commanded:g}; it must be above zero")
    means = speeds.mean(axis=1)
    return SpeedFigures(
        accuracy=100.0 * (float(means.mean()) - commanded) / commanded,
        repeatability=100.0 * 3.0 * float(means.std(ddof=1)) / commanded,
        fluctuation=float((speeds.max(axis=1) - speeds.min(axis=1)).max()),
    )


@dataclass(frozen=True, slots=True)
class CornerFigures:
    """The figures of a corner. Each is the largest of all cycles.

    ``rounding`` is CR: how near the path comes to the corner. ``overshoot`` is CO: how far the path leaves the line
    after the corner.
    """

    rounding: float
    overshoot: float


def corner_figures(attained: Sequence[Array], commanded: Array) -> CornerFigures:
    """Return CR and CO of the paths (k, 3) of each cycle; ``commanded`` (3, 3) holds begin, corner and end.

    CO is measured across the line after the corner, on the side of the first line's direction.
    """
    before, after = commanded[1] - commanded[0], commanded[2] - commanded[1]
    lengths = float(np.linalg.norm(before)), float(np.linalg.norm(after))
    if min(lengths) == 0.0:
        raise ValueError("both lines of a corner must have a length above zero")
    onward = before / lengths[0]
    away = after / lengths[1]
    outward = onward - (onward @ away) * away
    if float(np.linalg.norm(outward)) < 1e-9:
        raise ValueError("both lines have the same direction: they form no corner")
    outward /= np.linalg.norm(outward)
    paths = [_points(path, 2) for path in attained]
    rounding = max(float(np.linalg.norm(path - commanded[1], axis=1).min()) for path in paths)
    overshoot = max(float(((path - commanded[1]) @ outward).max()) for path in paths)
    return CornerFigures(rounding, max(0.0, overshoot))


def _points(given: Array, dimensions: int) -> Array:
    points: Array = np.asarray(given, dtype=float)
    if points.ndim != dimensions or points.shape[-1] != 3 or len(points) < MIN_REPEATS or not np.isfinite(points).all():
        raise ValueError(
            f"needs at least {MIN_REPEATS} repeats of finite x, y, z, not an array of shape {points.shape}"
        )
    return points
