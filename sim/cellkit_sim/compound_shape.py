"""Exact geometry of bodies of boxes and cylinders: extents along an axis, rays, inertia. Plain floats, for speed."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cellkit.controller.world import Shape
from cellkit.geometry import Array, rotation_from_rpy

PRETEST_FROM = 4
"""Number of primitives from which on their bounding spheres are tested against a ray first, all at once."""
PARALLEL = 1e-12
"""Smallest share of a ray's direction across a face; below, the ray is parallel to the face."""
_ONES: Array = np.ones(3)


class _Primitive:
    """One shape of a body, with its pose in the body."""

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
        """Return the half extent along a unit direction in the shape's own axes."""
        hx, hy, hz = self.half
        return (abs(x) * hx + abs(y) * hy if self.box else math.hypot(x, y) * hx) + abs(z) * hz

    def inertia(self) -> Array:
        """Return the inertia (3, 3) about the body's origin at density 1, in the body's axes."""
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
        """Radius (m) of the bounding sphere about the shape's middle."""
        return math.sqrt(sum(side * side for side in self.half))

    def ray(self, origin: list[float], direction: list[float]) -> float | None:
        """Return the distance along a ray (in the body's axes) to the shape; 0 from inside, None without a hit."""
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
        sides = (_slab(ox, dx, hx), _slab(oy, dy, hy)) if self.box else (_circle(ox, oy, dx, dy, hx),)
        for side in sides:
            if side is None:
                return None
            low, high = max(low, side[0]), min(high, side[1])
        return None if low > high or high < 0 else max(low, 0.0)


class CompoundShape:
    """The shapes of one body, in the body's frame."""

    def __init__(self, shapes: Sequence[Shape]) -> None:
        self._primitives = [_Primitive(shape) for shape in shapes]
        self.radius = max(float(np.linalg.norm(primitive.centre)) + primitive.radius for primitive in self._primitives)
        """Radius (m) of the bounding sphere about the body's origin."""
        self._centres = np.array([primitive.centre for primitive in self._primitives])
        self._squares = np.array([(primitive.radius + 1e-9) ** 2 for primitive in self._primitives])
        self._rotations = np.array([primitive.rotation for primitive in self._primitives])
        self._halves = np.array([primitive.half for primitive in self._primitives])[:, None]
        self._round = np.array([not primitive.box for primitive in self._primitives])

    def inertia(self, mass: float) -> Array:
        """Return the moments of inertia (3,; kg m²) about the body's axes at uniform density."""
        volume = sum(primitive.volume() for primitive in self._primitives)
        total: Array = np.diagonal(sum(primitive.inertia() for primitive in self._primitives)) * (mass / volume)
        return total

    def interval(self, rotation: Array, axis: int) -> tuple[float, float]:
        """Return lowest and highest coordinate (m) along an axis of the frame in which the body has ``rotation``."""
        x, y, z = rotation[axis].tolist()
        lows, highs = [], []
        for primitive in self._primitives:
            cx, cy, cz = primitive.place
            middle = x * cx + y * cy + z * cz
            dx, dy, dz = (rotation[axis] @ primitive.rotation).tolist() if primitive.turned else (x, y, z)
            half = primitive.reach(dx, dy, dz)
            lows.append(middle - half)
            highs.append(middle + half)
        return min(lows), max(highs)

    def ray(self, pose: Array, origin: Array, direction: Array, reach: float) -> float | None:
        """Return the distance (m) along a ray to the body at ``pose`` (4, 4); None without a hit within ``reach``."""
        ox, oy, oz = origin.tolist()
        dx, dy, dz = direction.tolist()
        px, py, pz = pose[:3, 3].tolist()
        sx, sy, sz = ox - px, oy - py, oz - pz
        along = sx * dx + sy * dy + sz * dz
        if sx * sx + sy * sy + sz * sz - along * along > self.radius * self.radius or along > self.radius:
            return None
        turned = pose[:3, :3].T
        start, heading = turned.dot((sx, sy, sz)), turned.dot(direction)
        ray_start, ray_heading = start.tolist(), heading.tolist()
        hits = [
            hit
            for primitive in self._near(start, heading)
            if (hit := primitive.ray(ray_start, ray_heading)) is not None and hit <= reach
        ]
        return min(hits) if hits else None

    def blocks(self, pose: Array, origin: Array, directions: Array, reaches: Array) -> NDArray[np.bool_]:
        """Return which rays (m,) meet the body at ``pose`` (4, 4) within their ``reaches`` (m,): :meth:`ray`, in numpy.

        All rays begin at ``origin`` (3,); ``directions`` (m, 3) are unit vectors.
        """
        turned = pose[:3, :3]
        starts = ((origin - pose[:3, 3]) @ turned - self._centres)[:, None] @ self._rotations  # (k, 1, 3)
        headings = directions @ turned @ self._rotations  # (k, m, 3)
        # A ray parallel to a face meets it so far away that its other faces decide.
        headings[np.abs(headings) < PARALLEL] = PARALLEL
        first, second = (-self._halves - starts) / headings, (self._halves - starts) / headings
        lows, highs = np.minimum(first, second), np.maximum(first, second)
        if self._round.any():
            ends = _circles(starts[self._round, :, :2], headings[self._round, :, :2], self._halves[self._round, :, 0])
            lows[self._round, :, :2], highs[self._round, :, :2] = (end[:, :, None] for end in ends)
        low, high = np.maximum(lows.max(axis=2), 0.0), highs.min(axis=2)
        met: NDArray[np.bool_] = ((low <= high) & (low <= reaches)).any(axis=0)
        return met

    def _near(self, origin: Array, direction: Array) -> list[_Primitive]:
        """Return the primitives whose bounding spheres the line of a ray touches."""
        if len(self._primitives) < PRETEST_FROM:
            return self._primitives
        gaps = self._centres - origin
        along = gaps @ direction
        touched = (gaps * gaps) @ _ONES - along * along <= self._squares
        return [self._primitives[i] for i in touched.nonzero()[0].tolist()]


def _circles(starts: Array, headings: Array, radii: Array) -> tuple[Array, Array]:
    """Return where rays (k, m) enter and leave circles of ``radii`` (k, 1) about zero; infinite without a hit."""
    a = (headings * headings).sum(axis=2)
    b = (starts * headings).sum(axis=2)
    squares = b * b - a * ((starts * starts).sum(axis=2) - radii * radii)
    roots = np.sqrt(np.maximum(squares, 0.0))
    missed = squares < 0.0
    return np.where(missed, np.inf, (-b - roots) / a), np.where(missed, -np.inf, (roots - b) / a)


def _slab(origin: float, direction: float, half: float) -> tuple[float, float] | None:
    if abs(direction) < PARALLEL:
        return None if abs(origin) > half else (-math.inf, math.inf)
    first, second = (-half - origin) / direction, (half - origin) / direction
    return (first, second) if first < second else (second, first)


def _circle(ox: float, oy: float, dx: float, dy: float, radius: float) -> tuple[float, float] | None:
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
