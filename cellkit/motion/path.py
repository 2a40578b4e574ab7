"""Geometric paths of the TCP: poses in base as functions of a path parameter s, without time.

s runs from 0 to ``length``, in m. It is the distance travelled by the TCP; where the orientation changes more than the
position, s grows with the orientation instead, 0.1 m for every rad, so that pure reorientations are paths as well.
Orientation is interpolated about one fixed axis at a rate constant in s (slerp).
"""

from __future__ import annotations

import math
from typing import Protocol

import numpy as np

from cellkit.errors import PlanningError
from cellkit.geometry import Array, rotvec_from_rotation

METRES_PER_RAD = 0.1
COINCIDENT = 1e-9
"""Points nearer than this (m) are one point."""


class Path(Protocol):
    """A smooth curve of poses: C2 in s, and smoother everywhere but at its knots."""

    @property
    def length(self) -> float:
        """The end of the path parameter in m; 0 for a path without motion."""

    @property
    def knots(self) -> tuple[float, ...]:
        """Values of s between which the curve is smooth to any order, from 0 to ``length``."""

    def poses(self, s: Array) -> Array:
        """Return the TCP poses (m, 4, 4) in base at ``s`` (m,)."""

    def twists(self, s: Array) -> Array:
        """Return the first derivative (m, 6) by s: of the position (m/m), over the angular one (rad/m), base axes."""

    def bends(self, s: Array) -> Array:
        """Return the derivative (m, 6) of :meth:`twists` by s."""


class Line:
    """A straight line from ``start`` to ``goal``, (4, 4) each, in base."""

    def __init__(self, start: Array, goal: Array) -> None:
        self.start = start
        self.goal = goal
        step = goal[:3, 3] - start[:3, 3]
        turn = rotvec_from_rotation(goal[:3, :3] @ start[:3, :3].T)
        self.angle = math.sqrt(turn.dot(turn))
        self.length = max(math.sqrt(step.dot(step)), METRES_PER_RAD * self.angle)
        if self.length < COINCIDENT:
            self.length = 0.0
        self.knots = (0.0, self.length)
        self.twist: Array = np.concatenate([step, turn]) / (self.length or 1.0)
        self._turner = Turner(start[:3, :3], self.twist[3:], self.angle / (self.length or 1.0))

    def poses(self, s: Array) -> Array:
        """Return the TCP poses (m, 4, 4) in base at ``s`` (m,)."""
        poses = self._turner.poses(s)
        poses[:, :3, 3] = self.start[:3, 3] + s[:, None] * self.twist[:3]
        return poses

    def twists(self, s: Array) -> Array:
        """Return the first derivative (m, 6) by s."""
        twists = np.empty((len(s), 6))
        twists[:] = self.twist
        return twists

    def bends(self, s: Array) -> Array:
        """Return the second derivative (m, 6) by s: zero."""
        return np.zeros((len(s), 6))


class Arc:
    """A circular arc from ``start`` through the position of ``via`` to ``goal``, (4, 4) each, in base.

    The orientation goes from that of ``start`` to that of ``goal``; the orientation of ``via`` is not used. Raises
    ``PlanningError`` where the three positions do not define a circle.
    """

    def __init__(self, start: Array, via: Array, goal: Array) -> None:
        p, v, g = start[:3, 3], via[:3, 3], goal[:3, 3]
        self.centre, x_axis, y_axis, self.radius, self.sweep = _circle(p, v, g)
        self._basis: Array = np.vstack([x_axis, y_axis])
        turn = rotvec_from_rotation(goal[:3, :3] @ start[:3, :3].T)
        angle = math.sqrt(turn.dot(turn))
        self.length = max(self.radius * self.sweep, METRES_PER_RAD * angle)
        self.knots = (0.0, self.length)
        self._rate = self.sweep / self.length
        self._spin: Array = turn / self.length
        self._turner = Turner(start[:3, :3], self._spin, angle / self.length)

    def _round(self, s: Array, shift: float) -> Array:
        """Return (m, 3) unit vectors from the centre, turned on by ``shift`` rad."""
        angle = s * self._rate + shift
        points: Array = np.column_stack([np.cos(angle), np.sin(angle)]) @ self._basis
        return points

    def poses(self, s: Array) -> Array:
        """Return the TCP poses (m, 4, 4) in base at ``s`` (m,)."""
        poses = self._turner.poses(s)
        poses[:, :3, 3] = self.centre + self.radius * self._round(s, 0.0)
        return poses

    def twists(self, s: Array) -> Array:
        """Return the first derivative (m, 6) by s."""
        linear = (self.radius * self._rate) * self._round(s, math.pi / 2)
        return np.hstack([linear, np.broadcast_to(self._spin, (len(s), 3))])

    def bends(self, s: Array) -> Array:
        """Return the second derivative (m, 6) by s."""
        return np.hstack([(-self.radius * self._rate**2) * self._round(s, 0.0), np.zeros((len(s), 3))])


class Turner:
    """Orientations that turn about one axis: exp(spin * s) times the first one.

    ``spin`` (3,) is in rad/m, base axes.
    """

    def __init__(self, first: Array, spin: Array, rate: float) -> None:
        self._rate = rate
        basis = np.zeros((3, 4, 4))  # factors of 1, the sine and 1 - the cosine of the angle
        basis[0, :3, :3], basis[0, 3, 3] = first, 1.0
        if rate * 1e3 > COINCIDENT:
            x, y, z = (spin / rate).tolist()
            cross = np.array(((0.0, -z, y), (z, 0.0, -x), (-y, x, 0.0)))
            basis[1, :3, :3] = sine = cross.dot(first)
            basis[2, :3, :3] = cross.dot(sine)
        self._basis = basis.reshape(3, 16)

    def poses(self, s: Array) -> Array:
        """Return (m, 4, 4) poses at the origin (Rodrigues)."""
        angle = s * self._rate
        weights = np.ones((3, len(s)))
        np.sin(angle, out=weights[1])
        weights[2] -= np.cos(angle)
        poses: Array = weights.T.dot(self._basis).reshape(-1, 4, 4)
        return poses


def _circle(p: Array, v: Array, g: Array) -> tuple[Array, Array, Array, float, float]:
    """Return centre, two axes of the plane, radius and sweep (rad) of the circle from ``p`` through ``v`` to ``g``."""
    a, b = v - p, g - p
    for name, gap in (("start and via", a), ("start and goal", b), ("via and goal", g - v)):
        if gap.dot(gap) < COINCIDENT**2:
            raise PlanningError(f"no circle: the {name} points of the arc coincide")
    normal = np.cross(a, b)
    area = float(np.linalg.norm(normal))
    # The height of the flattest side of the triangle against its base: below 1e-6 the radius is meaningless.
    if area < 1e-6 * float(np.linalg.norm(a)) * float(np.linalg.norm(b)):
        raise PlanningError("no circle: start, via and goal of the arc are on one straight line; use a linear motion")
    normal /= area
    # Circumcentre of a triangle with one corner at the origin.
    centre = p + (np.cross(normal, a) * b.dot(b) - np.cross(normal, b) * a.dot(a)) / (2.0 * area)
    radius = float(np.linalg.norm(p - centre))
    x_axis = (p - centre) / radius
    y_axis = np.cross(normal, x_axis)
    # The normal is that of start, via, goal in this order: via always comes first along the arc.
    end = g - centre
    sweep = math.atan2(float(end.dot(y_axis)), float(end.dot(x_axis))) % (2.0 * math.pi)
    return centre, x_axis, y_axis, radius, sweep
