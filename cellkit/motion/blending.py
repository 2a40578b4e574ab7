"""Straight segments with rounded corners, without a stop and without a jump in acceleration.

A corner is replaced, from ``radius`` before it to ``radius`` after it, by nearly a parabola: the curve on which the
braking along one segment and the acceleration along the other add up, as in controllers that begin the next motion
before the last one has ended. The direction changes at a constant rate in s, so that no other curve between these ends
is passed faster with the same greatest acceleration; only a tenth at either end is for rising to that rate. The curve
is tangent to both segments, stays in the triangle of its ends and the corner, and passes a straight corner exactly.

The orientation is rounded the same way: within a corner it is exp(phi(s)) times the corner's own orientation. phi, a
rotation vector in base axes, is such a curve too.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

import numpy as np

from cellkit.geometry import Array, rotation_from_rotvec
from cellkit.motion.path import Line, Path

STOP = 1e-6
"""A smaller radius (m) is an exact stop."""
RISE = 0.1
"""Share of a corner in which its bend rises, and at its end falls."""


class Corner:
    """The rounding of one corner.

    ``corner`` is a pose (4, 4); ``before`` and ``after`` are the twists (6,) at both sides; ``radius`` is in s to each
    side.
    """

    def __init__(self, corner: Array, before: Array, after: Array, radius: float) -> None:
        self.corner = corner
        self.length = 2.0 * radius
        self.knots = (0.0, RISE * self.length, (1.0 - RISE) * self.length, self.length)
        self._turns = bool(before[3:].any() or after[3:].any())
        self._before = before
        self._change: Array = after - before

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
        rates: Array = self._before + _turned(s / self.length)[1][:, None] * self._change
        if self._turns:
            for rate, turn in zip(rates, self._shifts(s)[:, 3:], strict=True):
                rate[3:] = _left_jacobian(turn) @ rate[3:]
        return rates

    def bends(self, s: Array) -> Array:
        """Return the second derivative (m, 6) by s; the change of the left Jacobian is a central difference."""
        bend, share, _ = _turned(s / self.length)
        bends: Array = bend[:, None] * (self._change / self.length)
        if self._turns:
            h = 1e-4 * self.length
            rates = self._before[3:] + share[:, None] * self._change[3:]
            turns = (self._shifts(x)[:, 3:] for x in (s, s + h, s - h))
            for row, rate, turn, after, before in zip(bends, rates, *turns, strict=True):
                change = (_left_jacobian(after) - _left_jacobian(before)) / (2.0 * h)
                row[3:] = _left_jacobian(turn) @ row[3:] + change @ rate
        return bends

    def _shifts(self, s: Array) -> Array:
        """Return position and rotation vector (m, 6) against the corner."""
        u = s / self.length
        shifts: Array = (u - 0.5)[:, None] * self._before + _turned(u)[2][:, None] * self._change
        shifts *= self.length
        return shifts


def _turned(u: Array) -> tuple[Array, Array, Array]:
    """Return the rate of change of the direction, its share that is done, and the integral of that share, (m,) each.

    ``u`` is the share of the corner's length; beyond its ends the direction does not change.
    """
    v = np.clip(np.minimum(u, 1.0 - u), 0.0, 0.5)
    rate = np.minimum(v / RISE, 1.0) / (1.0 - RISE)
    share = np.where(v < RISE, v * v / (2.0 * RISE), v - RISE / 2.0) / (1.0 - RISE)
    area = np.where(v < RISE, v**3 / (6.0 * RISE), (v * v - RISE * v) / 2.0 + RISE * RISE / 6.0) / (1.0 - RISE)
    late = u > 0.5
    return rate, np.where(late, 1.0 - share, share), np.where(late, u - 0.5 + area, area)


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
    """A sequence of paths; each begins as the one before it ends, up to the second derivative."""

    def __init__(self, parts: Sequence[Path]) -> None:
        self._parts = list(parts)
        self._starts = [0.0, *accumulate(part.length for part in parts)]
        inner = (start + knot for start, part in zip(self._starts, parts, strict=False) for knot in part.knots[1:-1])
        self.knots = tuple(sorted([*self._starts, *inner]))
        self.length = self._starts[-1]

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
        owners = np.array([min(max(bisect_right(self._starts, x) - 1, 0), len(self._parts) - 1) for x in s])
        for i, part in enumerate(self._parts):
            mine = owners == i
            if mine.any():
                result[mine] = getattr(part, method)(s[mine] - self._starts[i])
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
        radius = 0.0 if last else min(corners[i], _room(lines, corners, i, i - 1), _room(lines, corners, i + 1, i + 1))
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


def _room(lines: list[Line], corners: list[float], line: int, other: int) -> float:
    """Return the longest radius (m) on ``line``, at whose other end is corner ``other``.

    It is half of the line, or all of it if the path stops at that end.
    """
    stops = not 0 <= other < len(lines) - 1 or corners[other] <= STOP
    return lines[line].length * (1.0 if stops else 0.5)


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
