"""Performance figures of an arm by ISO 9283, from attained and commanded positions, in the unit that they come in.

Of repeated poses: accuracy (how far the middle of all is from the command) and repeatability (how far they scatter).
Of repeated paths: the same at each of its points, and the worst of them counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cellkit.geometry import Array

LEAST = 2
"""Repeats that a scatter needs; the standard asks for 30 poses and 10 paths."""


@dataclass(frozen=True, slots=True)
class PoseFigures:
    """``accuracy`` is AP, ``repeatability`` RP: the mean distance from the barycentre, and three times its scatter."""

    accuracy: float
    repeatability: float
    mean_distance: float
    scatter: float
    barycentre: tuple[float, float, float]


def pose_figures(attained: Array, commanded: Array) -> PoseFigures:
    """AP and RP of one pose: ``attained`` (n, 3), ``commanded`` (3,). Raises ``ValueError`` for too few."""
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


def orientation_figures(attained: Array, commanded: float) -> tuple[float, float]:
    """Accuracy and repeatability of one angle (rad or deg): ``attained`` (n,); the latter stands for plus and minus."""
    angles = np.asarray(attained, dtype=float)
    if angles.ndim != 1 or len(angles) < LEAST or not np.isfinite(angles).all():
        raise ValueError(f"at least {LEAST} finite angles are needed, not an array of shape {angles.shape}")
    return float(angles.mean() - commanded), 3.0 * float(angles.std(ddof=1))


def multidirectional_variation(barycentres: Array) -> float:
    """vAP: the largest distance between the middles of one pose reached from several directions, (k, 3)."""
    points = _points(barycentres, 2)
    return float(max(np.linalg.norm(a - b) for a in points for b in points))


@dataclass(frozen=True, slots=True)
class PathFigures:
    """``accuracy`` is AT, ``repeatability`` RT; each the worst of all measured points."""

    accuracy: float
    repeatability: float


def path_figures(attained: Array, commanded: Array) -> PathFigures:
    """AT and RT: ``attained`` (n, m, 3), n cycles of m points that belong to ``commanded`` (m, 3)."""
    cycles = _points(attained, 3)
    wanted = np.asarray(commanded, dtype=float)
    if wanted.shape != cycles.shape[1:]:
        raise ValueError(f"{cycles.shape[1]} points were attained in each cycle, {len(wanted)} commanded")
    points = [pose_figures(cycles[:, index], wanted[index]) for index in range(len(wanted))]
    return PathFigures(max(one.accuracy for one in points), max(one.repeatability for one in points))


@dataclass(frozen=True, slots=True)
class SpeedFigures:
    """Of a path's speed, in percent of the command: accuracy AV, repeatability RV; fluctuation FV in its own unit."""

    accuracy: float
    repeatability: float
    fluctuation: float


def speed_figures(attained: Array, commanded: float) -> SpeedFigures:
    """AV, RV and FV: ``attained`` (n, m), n cycles of m speeds; ``commanded`` above zero."""
    speeds = np.asarray(attained, dtype=float)
    if speeds.ndim != 2 or len(speeds) < LEAST or not np.isfinite(speeds).all():
        raise ValueError(f"at least {LEAST} cycles of finite speeds are needed, not an array of shape {speeds.shape}")
    if not commanded > 0.0:
        raise ValueError(f"a commanded speed of {commanded:g}")
    means = speeds.mean(axis=1)
    return SpeedFigures(
        accuracy=100.0 * (float(means.mean()) - commanded) / commanded,
        repeatability=100.0 * 3.0 * float(means.std(ddof=1)) / commanded,
        fluctuation=float((speeds.max(axis=1) - speeds.min(axis=1)).max()),
    )


@dataclass(frozen=True, slots=True)
class CornerFigures:
    """``rounding`` is CR: how near the path comes to the corner; ``overshoot`` CO: how far it leaves the line after it.

    Each is the worst (largest) of all cycles.
    """

    rounding: float
    overshoot: float


def corner_figures(attained: Sequence[Array], commanded: Array) -> CornerFigures:
    """CR and CO: paths (k, 3) of each cycle, and where they were to lead, (3, 3): begin, corner, end.

    CO is measured across the line that follows the corner, on the side that the path comes from going straight on.
    """
    before, after = commanded[1] - commanded[0], commanded[2] - commanded[1]
    lengths = float(np.linalg.norm(before)), float(np.linalg.norm(after))
    if min(lengths) == 0.0:
        raise ValueError("a corner lies between two lines, each with a length")
    onward = before / lengths[0]
    away = after / lengths[1]
    outward = onward - (onward @ away) * away
    if float(np.linalg.norm(outward)) < 1e-9:
        raise ValueError("the two lines have one direction: there is no corner")
    outward /= np.linalg.norm(outward)
    paths = [_points(path, 2) for path in attained]
    rounding = max(float(np.linalg.norm(path - commanded[1], axis=1).min()) for path in paths)
    overshoot = max(float(((path - commanded[1]) @ outward).max()) for path in paths)
    return CornerFigures(rounding, max(0.0, overshoot))


def _points(given: Array, dimensions: int) -> Array:
    points: Array = np.asarray(given, dtype=float)
    if points.ndim != dimensions or points.shape[-1] != 3 or len(points) < LEAST or not np.isfinite(points).all():
        raise ValueError(f"at least {LEAST} repeats of finite x, y, z are needed, not an array of shape {points.shape}")
    return points
