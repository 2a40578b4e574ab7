"""Triangle meshes of solids, and rotations in the form of viser."""

from __future__ import annotations

from typing import Any

import numpy as np

from cellkit.geometry import Array

_SEGMENTS = 24  # around the axis
_CAP_RINGS = 6


def capsule(diameter: float, height: float) -> tuple[Array, Any]:
    """Return vertices (v, 3; m) and faces (f, 3) of a capsule along z around the origin; ``height`` with both caps."""
    radius = diameter / 2.0
    half = max(0.0, height / 2.0 - radius)
    angles = np.linspace(-np.pi / 2.0, np.pi / 2.0, 2 * _CAP_RINGS + 2)
    angles[_CAP_RINGS], angles[_CAP_RINGS + 1] = 0.0, 0.0  # the cylinder between two rings at the equator
    shift = np.where(np.arange(len(angles)) <= _CAP_RINGS, -half, half)
    return _revolved(radius * np.cos(angles), radius * np.sin(angles) + shift)


def _revolved(radii: Array, heights: Array) -> tuple[Array, Any]:
    """Return the mesh of a profile that is rotated around z."""
    turn = np.linspace(0.0, 2.0 * np.pi, _SEGMENTS, endpoint=False)
    vertices = np.stack(
        [
            np.outer(radii, np.cos(turn)),
            np.outer(radii, np.sin(turn)),
            np.repeat(heights[:, None], _SEGMENTS, axis=1),
        ],
        axis=-1,
    ).reshape(-1, 3)
    faces = []
    for ring in range(len(radii) - 1):
        low, high = ring * _SEGMENTS, (ring + 1) * _SEGMENTS
        for i in range(_SEGMENTS):
            j = (i + 1) % _SEGMENTS
            faces += [(low + i, low + j, high + j), (low + i, high + j, high + i)]
    return vertices, np.array(faces, dtype=np.uint32)


def quaternion(rotation: Any) -> tuple[float, float, float, float]:
    """Return w, x, y, z of a rotation matrix (3, 3)."""
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
