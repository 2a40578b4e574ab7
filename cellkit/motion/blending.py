"""Straight segments with rounded corners, without a stop.

A corner is replaced, from ``radius`` before it to ``radius`` after it, by a parabola: the curve on which the braking
along one segment and the acceleration along the other add up, as in controllers that begin the next motion before the
last one has ended. The direction changes at a constant rate in s, so no curve between these two ends may be passed
faster with the same greatest acceleration. It is tangent to both segments, it stays in the triangle of its ends and
the corner, and it passes a straight corner exactly.

The orientation is rounded the same way: within a corner it is exp(phi(s)) times the corner's own orientation. phi, a
rotation vector in base axes, is such a curve too.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence

import numpy as np

from cellkit.geometry import Array, rotation_from_rotvec
from cellkit.motion.path import Line, Path

STOP = 1e-6
"""A smaller radius (m) is an exact stop."""


class Corner:
    """The rounding of one corner.

    ``corner`` is a pose (4, 4); ``before`` and ``after`` are the twists (6,) at both sides; ``radius`` is in s to each
    side.
    """

    def __init__(self, corner: Array, before: Array, after: Array, radius: float) -> None:
        self.corner = corner
        self.length = 2.0 * radius
        self.knots = (0.0, self.length)
        self._turns = bool(before[3:].any() or after[3:].any())
        self._before = before
        self._bend: Array = (after - before) / self.length

    def poses(self, s: Array) -> Array:
        """Return the TCP poses (m, 4, 4) in base at ``s`` (m,)."""
        shifts = self._shifts(s)
        poses = np.tile(self.corner, (len(s), 1, 1))
        poses[:, :3, 3] += shifts[:, :3]
        if self._turns:
            for pose, turn in zip(poses, shifts[:, 3:], strict=True):
                pose[:3, :3] = rotation_from_rotvec(turn) @ pose[:3, :3]
        return poses

    def twists(self, s: Array) -> Array:
        """Return the first derivative (m, 6) by s."""
        rates: Array = self._before + s[:, None] * self._bend
        if self._turns:
            for rate, turn in zip(rates, self._shifts(s)[:, 3:], strict=True):
                rate[3:] = _left_jacobian(turn) @ rate[3:]
        return rates

    def bends(self, s: Array) -> Array:
        """Return the second derivative (m, 6) by s, with turns by central differences: the curve goes on beyond."""
        if not self._turns:
            return np.tile(self._bend, (len(s), 1))
        h = 1e-4 * self.length
        bends: Array = (self.twists(s + h) - self.twists(s - h)) / (2.0 * h)
        return bends

    def _shifts(self, s: Array) -> Array:
        """Return position and rotation vector (m, 6) against the corner."""
        x = s[:, None]
        shifts: Array = (x - 0.5 * self.length) * self._before + (0.5 * x * x) * self._bend
        return shifts


class Piece:
    """A part of a line that begins ``offset`` m along it."""

    def __init__(self, line: Line, offset: float, length: float) -> None:
        self.line, self.offset, self.length = line, offset, length
        self.knots = (0.0, length)

    def poses(self, s: Array) -> Array:
        """Return the TCP poses (m, 4, 4) in base at ``s`` (m,)."""
        return self.line.poses(s + self.offset)

    def twists(self, s: Array) -> Array:
        """Return the first derivative (m, 6) by s."""
        return self.line.twists(s)

    def bends(self, s: Array) -> Array:
        """Return the second derivative (m, 6) by s."""
        return self.line.bends(s)


class Chain:
    """A sequence of paths; each begins where and in the direction in which the one before it ends."""

    def __init__(self, parts: Sequence[Path]) -> None:
        self._parts = list(parts)
        starts = [0.0]
        for part in parts:
            starts.append(starts[-1] + part.length)
        self.knots = tuple(starts)
        self.length = starts[-1]

    def poses(self, s: Array) -> Array:
        """Return the TCP poses (m, 4, 4) in base at ``s`` (m,)."""
        return self._gathered("poses", s, (4, 4))

    def twists(self, s: Array) -> Array:
        """Return the first derivative (m, 6) by s."""
        return self._gathered("twists", s, (6,))

    def bends(self, s: Array) -> Array:
        """Return the second derivative (m, 6) by s."""
        return self._gathered("bends", s, (6,))

    def _gathered(self, method: str, s: Array, shape: tuple[int, ...]) -> Array:
        result = np.empty((len(s), *shape))
        owners = np.array([min(max(bisect_right(self.knots, x) - 1, 0), len(self._parts) - 1) for x in s])
        for i, part in enumerate(self._parts):
            mine = owners == i
            if mine.any():
                result[mine] = getattr(part, method)(s[mine] - self.knots[i])
        return result


def blend(waypoints: Sequence[Array], radii: Sequence[float]) -> list[Path]:
    """Return straight segments through ``waypoints``, (4, 4) in base, with rounded corners.

    There is one radius (m) per waypoint in ``radii``. A radius is cut to half the shorter of the two segments, so that
    corners never overlap. A radius of 0 is an exact stop there: the result is one path for every stretch between stops.
    The first and the last radius are not used. A waypoint that repeats the one before it is left out.

    Raises ``ValueError`` for fewer than two waypoints or another number of radii.
    """
    if len(waypoints) < 2 or len(radii) != len(waypoints):
        raise ValueError(
            f"{len(waypoints)} waypoints with {len(radii)} radii: give at least two waypoints and one radius for each"
        )
    lines: list[Line] = []
    corners: list[float] = []  # radius at the end of each line
    for i in range(1, len(waypoints)):
        line = Line(waypoints[i - 1], waypoints[i])
        if line.length > 0.0:
            lines.append(line)
            corners.append(radii[i])
        elif lines:
            corners[-1] = min(corners[-1], radii[i])
    if not lines:
        return [Line(waypoints[0], waypoints[-1])]
    paths: list[Path] = []
    parts: list[Path] = []
    used = 0.0
    for i, line in enumerate(lines):
        last = i == len(lines) - 1
        radius = 0.0 if last else min(corners[i], 0.5 * line.length, 0.5 * lines[i + 1].length)
        radius = radius if radius > STOP else 0.0
        straight = line.length - used - radius
        if straight > STOP:
            parts.append(Piece(line, used, straight) if used or radius else line)
        if radius:
            parts.append(Corner(line.goal, line.twist, lines[i + 1].twist, radius))
        else:
            paths.append(parts[0] if len(parts) == 1 else Chain(parts))
            parts = []
        used = radius
    return paths


def _left_jacobian(turn: Array) -> Array:
    """Return the (3, 3) matrix from the rate of a rotation vector to the angular velocity, both in base axes.

    J. Solà, "A micro Lie theory for state estimation in robotics", 2018: the left Jacobian of SO(3).
    """
    x, y, z = turn
    square = float(turn @ turn)
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    if square < 1e-8:
        sine, rest = 0.5, 1.0 / 6.0
    else:
        angle = math.sqrt(square)
        sine = (1.0 - math.cos(angle)) / square
        rest = (angle - math.sin(angle)) / (square * angle)
    matrix: Array = np.eye(3) + sine * cross + rest * (cross @ cross)
    return matrix
