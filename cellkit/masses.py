"""Mass, centre of gravity and inertia of a body."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import permutations

import numpy as np

from cellkit.geometry import Array, frozen

_ORIGIN = frozen((0.0, 0.0, 0.0))
_POINT = frozen(np.zeros((3, 3)))
_NO_PRODUCT = 1e-12  # share of the largest moment below which a product of inertia counts as zero


@dataclass(frozen=True, slots=True, eq=False)
class Load:
    """A mass (kg) with its centre of gravity (3,) in m, in the flange frame.

    ``inertia`` (3, 3) in kg m² is about the centre of gravity, in axes parallel to the flange's; zero for a mass point.
    """

    mass: float = 0.0
    centre_of_gravity: Array = field(default_factory=lambda: _ORIGIN)
    inertia: Array = field(default_factory=lambda: _POINT)

    def __post_init__(self) -> None:
        object.__setattr__(self, "centre_of_gravity", frozen(self.centre_of_gravity, (3,)))
        object.__setattr__(self, "inertia", frozen(self.inertia, (3, 3)))
        if not (np.isfinite(self.mass) and self.mass >= 0):
            raise ValueError(f"a load of {self.mass} kg: the mass must be a finite number of 0 or more")

    @classmethod
    def box(cls, mass: float, size: Sequence[float], centre: Sequence[float]) -> Load:
        """Return the load of a box of uniform density and ``size`` (m)."""
        x, y, z = (side * side for side in size)
        return cls(mass, np.array(centre), np.diag([y + z, x + z, x + y]) * mass / 12)

    def __add__(self, other: Load) -> Load:
        """Return both loads together, by the parallel axis theorem."""
        mass = self.mass + other.mass
        if mass == 0.0:
            return Load()
        centre = (self.mass * self.centre_of_gravity + other.mass * other.centre_of_gravity) / mass
        inertia = self._about(centre) + other._about(centre)
        return Load(mass, centre, inertia)

    def moved(self, by: Sequence[float]) -> Load:
        """Return the same load, shifted (m)."""
        return Load(self.mass, self.centre_of_gravity + np.array(by), self.inertia)

    def turned(self, rotation: Array) -> Load:
        """Return the same load in axes that ``rotation`` (3, 3) turns its own axes into."""
        return Load(self.mass, rotation @ self.centre_of_gravity, rotation @ self.inertia @ rotation.T)

    def _about(self, point: Array) -> Array:
        lever = self.centre_of_gravity - point
        shifted: Array = self.inertia + self.mass * (np.eye(3) * (lever @ lever) - np.outer(lever, lever))
        return shifted


NO_LOAD = Load()
"""Nothing at the flange."""


def symmetric(six: Sequence[float]) -> Array:
    """Return the (3, 3) matrix of ixx ixy ixz iyy iyz izz."""
    xx, xy, xz, yy, yz, zz = six
    return np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]])


def six(inertia: Array) -> list[float]:
    """Return ixx ixy ixz iyy iyz izz of a (3, 3) inertia."""
    return [float(inertia[i, j]) for i, j in ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2))]


def principal(inertia: Array) -> tuple[Array, list[float]]:
    """Return the principal axes (3, 3), in columns and right-handed, and the principal moments of a tensor.

    The axes are ordered so that they are nearest to x, y, z.
    """
    if np.abs(inertia - np.diag(np.diag(inertia))).max() <= _NO_PRODUCT * np.abs(inertia).max():
        return np.eye(3), np.diag(inertia).tolist()
    moments, columns = np.linalg.eigh(inertia)
    orders = [list(order) for order in permutations(range(3))]
    order = max(orders, key=lambda order: float(np.abs(np.diag(columns[:, order])).sum()))
    axes = columns[:, order]
    axes = axes * np.where(np.diag(axes) < 0.0, -1.0, 1.0)
    if np.linalg.det(axes) < 0.0:
        axes[:, int(np.argmin(np.abs(np.diag(axes))))] *= -1.0
    return axes, moments[order].tolist()
