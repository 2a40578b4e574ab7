"""The visible share of a body in a camera's picture, from points on its surface of which some may be hidden.

Both worlds use the same points; they differ only in how they cast the rays from the camera to the points.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from cellkit.controller.world import CameraGeometry, Shape
from cellkit.geometry import Array, rotation_from_rpy
from cellkit_sim.views import inside

MIN_VISIBLE_SHARE = 0.5
"""Smallest visible share with which a body is located; 1 is the body without anything in front of it.

An assumption: a taught vision system needs a large part of the outline, and systems differ in how much.
"""
GRID = 4
"""Points along each side of a face, and along the height of a cylinder; four times as many around a cylinder."""
RINGS = 2
"""Rings of points on each end of a cylinder."""

Blocked = Callable[[Array], NDArray[np.bool_]]
"""Returns which of the points (n, 3) in world are hidden from the camera by another body."""


def visible_share(
    shapes: tuple[Shape, ...], pose: Array, camera: CameraGeometry, view: Array, blocked: Blocked
) -> float:
    """Return the visible share, 0 to 1, of a body at ``pose`` (4, 4) for a camera at ``view`` (4, 4).

    Each point of the surface that faces the camera counts with its projected area.
    """
    points, normals, areas = _surface(shapes)
    points, normals = points @ pose[:3, :3].T + pose[:3, 3], normals @ pose[:3, :3].T
    rays = points - view[:3, 3]
    squares = np.einsum("ij,ij->i", rays, rays)
    weights = -np.einsum("ij,ij->i", rays, normals) * areas / squares**1.5
    facing = weights > 0.0
    shown = facing & inside(camera, view, points)
    whole = float(weights[facing].sum())
    if whole == 0.0 or not shown.any():
        return 0.0
    free = ~blocked(points[shown])
    return float(weights[shown][free].sum()) / whole


@lru_cache(maxsize=256)
def _surface(shapes: tuple[Shape, ...]) -> tuple[Array, Array, Array]:
    """Return points (n, 3), outward normals (n, 3) and the area (n,) of each point, in the body's frame."""
    points, normals, areas = [], [], []
    for shape in shapes:
        own = _box(shape) if shape.kind == "box" else _cylinder(shape)
        turn = np.asarray(rotation_from_rpy(*shape.rpy), dtype=np.float64)
        points.append(own[0] @ turn.T + np.array(shape.xyz))
        normals.append(own[1] @ turn.T)
        areas.append(own[2])
    return np.concatenate(points), np.concatenate(normals), np.concatenate(areas)


def _box(shape: Shape) -> tuple[Array, Array, Array]:
    size = np.array(shape.size)
    steps = (np.arange(GRID) + 0.5) / GRID - 0.5
    grid = np.stack(np.meshgrid(steps, steps, indexing="ij"), axis=-1).reshape(-1, 2)
    points, normals, areas = [], [], []
    for axis in range(3):
        others = [other for other in range(3) if other != axis]
        for side in (-0.5, 0.5):
            face = np.full((len(grid), 3), side)
            face[:, others] = grid
            points.append(face * size)
            normals.append(np.tile(np.eye(3)[axis] * 2 * side, (len(grid), 1)))
            areas.append(np.full(len(grid), size[others].prod() / len(grid)))
    return np.concatenate(points), np.concatenate(normals), np.concatenate(areas)


def _cylinder(shape: Shape) -> tuple[Array, Array, Array]:
    radius, height, around = shape.size[0] / 2, shape.size[2], 4 * GRID
    angles = (np.arange(around) + 0.5) * 2 * math.pi / around
    circle = np.column_stack([np.cos(angles), np.sin(angles), np.zeros(around)])
    points, normals, areas = [], [], []
    for step in (np.arange(GRID) + 0.5) / GRID - 0.5:
        points.append(circle * radius + (0.0, 0.0, step * height))
        normals.append(circle)
        areas.append(np.full(around, 2 * math.pi * radius * height / (around * GRID)))
    for side in (-1.0, 1.0):
        for ring in range(RINGS):  # rings of equal area, each point in the middle of its part
            middle = radius * math.sqrt((ring + 0.5) / RINGS)
            points.append(circle * middle + (0.0, 0.0, side * height / 2))
            normals.append(np.tile((0.0, 0.0, side), (around, 1)))
            areas.append(np.full(around, math.pi * radius**2 / (around * RINGS)))
    return np.concatenate(points), np.concatenate(normals), np.concatenate(areas)
