"""Exact geometry of bodies made of boxes and cylinders: extents along an axis, and rays. Plain floats, for speed."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from cellkit.controller.world import Shape
from cellkit.geometry import Array, rotation_from_rpy

MANY = 4
"""Pieces from which on those that a ray passes by are sorted out all at once."""
_ONES: Array = np.ones(3)


class _Piece:
    """One shape, its pose in the body unpacked."""

    __slots__ = ("box", "centre", "half", "place", "rotation", "turned")

    def __init__(self, shape: Shape) -> None:
        self.box = shape.kind == "box"
        self.half = tuple(side / 2 for side in shape.size)
        self.centre = np.array(shape.xyz, dtype=np.float64)
        self.place = tuple(self.centre.tolist())
        self.turned = any(shape.rpy)
        self.rotation = rotation_from_rpy(*shape.rpy)

    def volume(self) -> float:
        x, y, z = self.half
        return 8 * x * y * z if self.box else 2 * math.pi * x * x * z

    def reach(self, x: float, y: float, z: float) -> float:
        """Half extent along a unit direction given in the shape's own axes."""
        hx, hy, hz = self.half
        return (abs(x) * hx + abs(y) * hy if self.box else math.hypot(x, y) * hx) + abs(z) * hz

    def inertia(self) -> Array:
        """(3, 3) about the body's origin at density 1, in the body's axes."""
        x, y, z = self.half
        m = self.volume()
        if self.box:
            own = np.diag([y * y + z * z, x * x + z * z, x * x + y * y]) * (m / 3)
        else:
            side = m * (3 * x * x + 4 * z * z) / 12
            own = np.diag([side, side, m * x * x / 2])
        c = self.centre
        moved: Array = self.rotation @ own @ self.rotation.T + m * (float(c @ c) * np.eye(3) - np.outer(c, c))
        return moved

    @property
    def radius(self) -> float:
        """m; nothing of the shape is further from its middle."""
        return math.sqrt(sum(side * side for side in self.half))

    def ray(self, origin: list[float], direction: list[float]) -> float | None:
        """Distance along a ray, in the body's axes, to the first point of the shape; 0 from inside."""
        cx, cy, cz = self.place
        ox, oy, oz = origin[0] - cx, origin[1] - cy, origin[2] - cz
        dx, dy, dz = direction
        if self.turned:
            ox, oy, oz = self.rotation.T.dot((ox, oy, oz)).tolist()
            dx, dy, dz = self.rotation.T.dot(direction).tolist()
        hx, hy, hz = self.half
        span = _slab(oz, dz, hz)
        if span is None:
            return None
        low, high = span
        sides = (_slab(ox, dx, hx), _slab(oy, dy, hy)) if self.box else (_round(ox, oy, dx, dy, hx),)
        for side in sides:
            if side is None:
                return None
            low, high = max(low, side[0]), min(high, side[1])
        return None if low > high or high < 0 else max(low, 0.0)


class Form:
    """The shapes of one body, in its own frame."""

    def __init__(self, shapes: Sequence[Shape]) -> None:
        self._pieces = [_Piece(shape) for shape in shapes]
        self.radius = max(float(np.linalg.norm(piece.centre)) + piece.radius for piece in self._pieces)
        """m; nothing of the body is further from its origin."""
        self._centres = np.array([piece.centre for piece in self._pieces])
        self._squares = np.array([(piece.radius + 1e-9) ** 2 for piece in self._pieces])

    def inertia(self, mass: float) -> Array:
        """(3,) moments of inertia (kg m²) about the body's axes at even density."""
        volume = sum(piece.volume() for piece in self._pieces)
        total: Array = np.diagonal(sum(piece.inertia() for piece in self._pieces)) * (mass / volume)
        return total

    def interval(self, rotation: Array, axis: int) -> tuple[float, float]:
        """Lowest and highest coordinate (m) along an axis of the frame in which the body has ``rotation``."""
        x, y, z = rotation[axis].tolist()
        lows, highs = [], []
        for piece in self._pieces:
            cx, cy, cz = piece.place
            middle = x * cx + y * cy + z * cz
            dx, dy, dz = (rotation[axis] @ piece.rotation).tolist() if piece.turned else (x, y, z)
            half = piece.reach(dx, dy, dz)
            lows.append(middle - half)
            highs.append(middle + half)
        return min(lows), max(highs)

    def ray(self, pose: Array, origin: Array, direction: Array, reach: float) -> float | None:
        """Distance (m) along a ray to a body at ``pose``, (4, 4); None when nothing is met within ``reach``."""
        ox, oy, oz = origin.tolist()
        dx, dy, dz = direction.tolist()
        px, py, pz = pose[:3, 3].tolist()
        sx, sy, sz = ox - px, oy - py, oz - pz
        along = sx * dx + sy * dy + sz * dz
        if sx * sx + sy * sy + sz * sz - along * along > self.radius * self.radius or along > self.radius:
            return None
        turned = pose[:3, :3].T
        start, heading = turned.dot((sx, sy, sz)), turned.dot(direction)
        begin, way = start.tolist(), heading.tolist()
        hits = [
            hit for piece in self._near(start, heading) if (hit := piece.ray(begin, way)) is not None and hit <= reach
        ]
        return min(hits) if hits else None

    def _near(self, origin: Array, direction: Array) -> list[_Piece]:
        """The pieces whose bounding spheres a ray's line touches."""
        if len(self._pieces) < MANY:
            return self._pieces
        gaps = self._centres - origin
        along = gaps @ direction
        touched = (gaps * gaps) @ _ONES - along * along <= self._squares
        return [self._pieces[i] for i in touched.nonzero()[0].tolist()]


def _slab(origin: float, direction: float, half: float) -> tuple[float, float] | None:
    if abs(direction) < 1e-12:
        return None if abs(origin) > half else (-math.inf, math.inf)
    first, second = (-half - origin) / direction, (half - origin) / direction
    return (first, second) if first < second else (second, first)


def _round(ox: float, oy: float, dx: float, dy: float, radius: float) -> tuple[float, float] | None:
    a = dx * dx + dy * dy
    c = ox * ox + oy * oy - radius * radius
    if a < 1e-18:
        return None if c > 0 else (-math.inf, math.inf)
    b = ox * dx + oy * dy
    root = b * b - a * c
    if root < 0:
        return None
    root = math.sqrt(root)
    return (-b - root) / a, (-b + root) / a
