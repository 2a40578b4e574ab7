"""Poses in the vendor's frame: its ``Base`` is turned by half a turn about z against the arm models' base.

A pose on the wire is ``(x, y, z, rx, ry, rz)``: metres and a rotation vector in rad.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from cellkit.geometry import Array, rotation_from_rotvec, transform

Six: TypeAlias = tuple[float, float, float, float, float, float]

HALF_TURN: Array = np.diag([-1.0, -1.0, 1.0, 1.0])
HALF_TURN.setflags(write=False)


def six(matrix: Array) -> Six:
    """Return a (4, 4) transform as six numbers, in its own frame (tools)."""
    return _six(matrix, 1.0)


def matrix(pose: Sequence[float]) -> Array:
    """Return six numbers as a (4, 4) transform, in its own frame (tools)."""
    return transform(rotation_from_rotvec(pose[3:]), pose[:3])


def to_vendor(pose: Array) -> Six:
    """Return a (4, 4) pose in ``base`` as six numbers in the vendor's base."""
    return _six(pose, -1.0)


def from_vendor(pose: Sequence[float]) -> Array:
    """Return six numbers in the vendor's base as a (4, 4) pose in ``base``."""
    return HALF_TURN @ matrix(pose)


def _six(pose: Array, turned: float) -> Six:
    """Return the six numbers of a pose whose x and y rows are multiplied by ``turned`` (-1: half a turn about z).

    It avoids numpy's overhead, because it runs in every control step. Quaternion after Shepperd (1978).
    """
    (a, b, c, px), (d, e, f, py), (g, h, i, pz), _ = pose.tolist()
    a, b, c, d, e, f = turned * a, turned * b, turned * c, turned * d, turned * e, turned * f
    trace = a + e + i
    best = max(trace, a, e, i)
    if best == trace:
        w = 0.5 * math.sqrt(max(0.0, 1.0 + trace))
        k = 0.25 / w
        x, y, z = (h - f) * k, (c - g) * k, (d - b) * k
    elif best == a:
        x = 0.5 * math.sqrt(max(0.0, 1.0 + a - e - i))
        k = 0.25 / x
        w, y, z = (h - f) * k, (b + d) * k, (c + g) * k
    elif best == e:
        y = 0.5 * math.sqrt(max(0.0, 1.0 - a + e - i))
        k = 0.25 / y
        w, x, z = (c - g) * k, (b + d) * k, (f + h) * k
    else:
        z = 0.5 * math.sqrt(max(0.0, 1.0 - a - e + i))
        k = 0.25 / z
        w, x, y = (d - b) * k, (c + g) * k, (f + h) * k
    if w < 0.0:
        w, x, y, z = -w, -x, -y, -z
    sine = math.sqrt(x * x + y * y + z * z)
    scale = 2.0 if sine < 1e-12 else 2.0 * math.atan2(sine, w) / sine
    return turned * px, turned * py, pz, x * scale, y * scale, z * scale
