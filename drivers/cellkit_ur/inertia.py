"""Inertia in the vendor's order: Ixx, Iyy, Izz, Ixy, Ixz, Iyz about the centre of gravity, in kg m²."""

from __future__ import annotations

from collections.abc import Sequence

from cellkit.geometry import Array
from cellkit.masses import six, symmetric
from cellkit_ur.protocol.base_frame import Six


def inertia_six(inertia: Array) -> Six:
    """Return the six numbers of a (3, 3) inertia."""
    xx, xy, xz, yy, yz, zz = six(inertia)
    return xx, yy, zz, xy, xz, yz


def inertia_matrix(numbers: Sequence[float]) -> Array:
    """Return the (3, 3) inertia."""
    xx, yy, zz, xy, xz, yz = numbers
    return symmetric((xx, xy, xz, yy, yz, zz))
