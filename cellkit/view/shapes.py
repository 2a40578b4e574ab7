"""Triangles of solids, and rotations as viser wants them."""

from __future__ import annotations

from typing import Any

import numpy as np

from cellkit.geometry import Array

_AROUND = 24
_CAP = 6


def capsule(diameter: float, height: float) -> tuple[Array, Any]:
    """Vertices (v, 3) in m and faces (f, 3) of a capsule around the origin along z; ``height`` with both caps."""
    radius = diameter / 2.0
    half = max(0.0, height / 2.0 - radius)
    angles = np.linspace(-np.pi / 2.0, np.pi / 2.0, 2 * _CAP + 2)
    angles[_CAP], angles[_CAP + 1] = 0.0, 0.0  # the cylinder between two rings at the equator
    shift = np.where(np.arange(len(angles)) <= _CAP, -half, half)
    return _turned(radius * np.cos(angles), radius * np.sin(angles) + shift)


def _turned(radii: Array, heights: Array) -> tuple[Array, Any]:
    """A profile turned around z."""
    turn = np.linspace(0.0, 2.0 * np.pi, _AROUND, endpoint=False)
    vertices = np.stack(
        [
            np.outer(radii, np.cos(turn)),
            np.outer(radii, np.sin(turn)),
            np.repeat(heights[:, None], _AROUND, axis=1),
        ],
        axis=-1,
    ).reshape(-1, 3)
    faces = []
    for ring in range(len(radii) - 1):
        low, high = ring * _AROUND, (ring + 1) * _AROUND
        for one in range(_AROUND):
            other = (one + 1) % _AROUND
            faces += [(low + one, low + other, high + other), (low + one, high + other, high + one)]
    return vertices, np.array(faces, dtype=np.uint32)


def quaternion(rotation: Any) -> tuple[float, float, float, float]:
    """w, x, y, z of a rotation matrix (3, 3)."""
    m = rotation
    trace = float(m[0][0] + m[1][1] + m[2][2])
    choices = (trace, float(m[0][0]), float(m[1][1]), float(m[2][2]))
    largest = choices.index(max(choices))
    if largest == 0:
        q = (1.0 + trace, m[2][1] - m[1][2], m[0][2] - m[2][0], m[1][0] - m[0][1])
    elif largest == 1:
        q = (m[2][1] - m[1][2], 1.0 + 2.0 * m[0][0] - trace, m[0][1] + m[1][0], m[0][2] + m[2][0])
    elif largest == 2:
        q = (m[0][2] - m[2][0], m[0][1] + m[1][0], 1.0 + 2.0 * m[1][1] - trace, m[1][2] + m[2][1])
    else:
        q = (m[1][0] - m[0][1], m[0][2] + m[2][0], m[1][2] + m[2][1], 1.0 + 2.0 * m[2][2] - trace)
    w, x, y, z = (float(value) for value in q)
    length = (w * w + x * x + y * y + z * z) ** 0.5
    return w / length, x / length, y / length, z / length
