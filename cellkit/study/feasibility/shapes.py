"""Distances between convex shapes: capsules, boxes and cylinders. All in m; below 0: the depth of an intersection.

The distance from a point to a convex shape is a convex function, also along a segment: a golden-section search finds
its minimum. Between two boxes the distance is the widest gap along any of the fifteen separating axes (S. Gottschalk,
M. Lin, D. Manocha, "OBBTree", 1996): its sign is exact, and it is never more than the true distance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cellkit.controller.world import Shape
from cellkit.geometry import Array, rotation_from_rpy, transform

STEPS = 18
"""Number of steps of the search along a segment: the remaining interval is 1e-4 of its length."""
_GOLDEN = (5**0.5 - 1) / 2
_PARALLEL = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Solid:
    """A box, or (``round``) a cylinder about z. ``pose`` (4, 4) of its middle, ``half`` (3,) its half sides."""

    name: str
    pose: Array
    half: Array
    round: bool = False

    @classmethod
    def of_shape(cls, name: str, shape: Shape, body: Array) -> Solid:
        """Return one shape of a body at ``body`` (4, 4)."""
        pose = body @ transform(rotation_from_rpy(*shape.rpy), shape.xyz)
        return cls(name, pose, np.array(shape.size) / 2, shape.kind == "cylinder")


class Solids:
    """Several solids, for calculations over all of them at once."""

    def __init__(self, solids: Sequence[Solid]) -> None:
        self.names = [solid.name for solid in solids]
        self.rotations = np.array([solid.pose[:3, :3] for solid in solids]).reshape(-1, 3, 3)
        self.centres = np.array([solid.pose[:3, 3] for solid in solids]).reshape(-1, 3)
        self.halves = np.array([solid.half for solid in solids]).reshape(-1, 3)
        self._round = np.array([solid.round for solid in solids], dtype=bool)
        self._any_round = bool(self._round.any())

    def __len__(self) -> int:
        return len(self.names)

    def to_points(self, points: Array) -> Array:
        """Return (..., n) signed distances of n solids from points (..., n, 3), one for each solid."""
        local = ((points - self.centres)[..., None, :] @ self.rotations)[..., 0, :]
        over = np.abs(local) - self.halves
        if self._any_round:
            radial = np.hypot(local[..., 0], local[..., 1]) - self.halves[:, 0]
            over[..., 0] = np.where(self._round, radial, over[..., 0])
            over[..., 1] = np.where(self._round, -np.inf, over[..., 1])
        outside = np.maximum(over, 0.0)
        distance: Array = np.sqrt((outside * outside).sum(axis=-1)) + np.minimum(over.max(axis=-1), 0.0)
        return distance

    def to_segments(self, starts: Array, ends: Array) -> Array:
        """Return (m, n) smallest signed distances of n solids from m segments, (m, 3) each end."""
        way = (ends - starts)[:, None, :]
        begin = starts[:, None, :]
        count = (len(starts), len(self))
        low, high = np.zeros(count), np.ones(count)

        def at(t: Array) -> Array:
            return self.to_points(begin + t[..., None] * way)

        left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
        at_left, at_right = at(left), at(right)
        for _ in range(STEPS):
            lower = at_left < at_right
            high, low = np.where(lower, right, high), np.where(lower, low, left)
            new = np.where(lower, high - _GOLDEN * (high - low), low + _GOLDEN * (high - low))
            value = at(new)
            left, right = np.where(lower, new, right), np.where(lower, left, new)
            at_left, at_right = np.where(lower, value, at_right), np.where(lower, at_left, value)
        return np.minimum(np.minimum(at_left, at_right), np.minimum(at(np.zeros(count)), at(np.ones(count))))

    def to_box(self, box: Solid) -> Array:
        """Return (n,) gaps between a box and n solids; a cylinder counts as the box around it."""
        rotation = box.pose[:3, :3]
        between = self.centres - box.pose[:3, 3]
        mine = np.broadcast_to(rotation.T, (len(self), 3, 3))
        theirs = np.transpose(self.rotations, (0, 2, 1))
        crossed = np.cross(mine[:, :, None, :], theirs[:, None, :, :]).reshape(-1, 9, 3)
        axes = np.concatenate([mine, theirs, crossed], axis=1)
        length = np.linalg.norm(axes, axis=2)
        usable = length > _PARALLEL
        axes = axes / np.where(usable, length, 1.0)[..., None]
        own = np.abs(axes @ rotation) @ box.half
        other = np.einsum("naj,nj->na", np.abs(np.einsum("nai,nij->naj", axes, self.rotations)), self.halves)
        gaps = np.abs(np.einsum("nai,ni->na", axes, between)) - own - other
        widest: Array = np.where(usable, gaps, -np.inf).max(axis=1)
        return widest


def between_segments(a: Array, b: Array, c: Array, d: Array) -> float:
    """Return the distance of segment ab from segment cd, (3,) each end.

    The closest points are clamped one after the other (C. Ericson, "Real-Time Collision Detection", 2005, 5.1.9).
    """
    one, two, apart = b - a, d - c, a - c
    length, other, along = float(one @ one), float(two @ two), float(two @ apart)
    if length <= _PARALLEL and other <= _PARALLEL:
        return float(np.linalg.norm(apart))
    if length <= _PARALLEL:
        s, t = 0.0, _clamped(along / other)
    else:
        back = float(one @ apart)
        if other <= _PARALLEL:
            s, t = _clamped(-back / length), 0.0
        else:
            both = float(one @ two)
            square = length * other - both * both
            s = _clamped((both * along - back * other) / square) if square > _PARALLEL * length * other else 0.0
            t = (both * s + along) / other
            if not 0.0 <= t <= 1.0:
                t = _clamped(t)
                s = _clamped((both * t - back) / length)
    return float(np.linalg.norm(a + s * one - c - t * two))


def _clamped(share: float) -> float:
    return min(1.0, max(0.0, share))
