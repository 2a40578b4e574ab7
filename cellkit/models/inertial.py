"""Mass properties of simple solids and of the links of a model. Units: kg, m, kg m²."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from cellkit.geometry import Array, rotation_from_rpy
from cellkit.masses import Load, symmetric
from cellkit.models.arm import LinkModel

Vector = Sequence[float] | Array


@dataclass(frozen=True, slots=True)
class Inertial:
    """Mass, centre ``xyz`` and axes ``rpy`` in the link frame; ``inertia``: ixx ixy ixz iyy iyz izz in those axes."""

    mass: float
    xyz: Vector
    inertia: Vector
    rpy: Vector = (0.0, 0.0, 0.0)

    @classmethod
    def of_link(cls, link: LinkModel) -> Inertial:
        """Return the inertial of a model's link."""
        return cls(link.mass, link.com, link.inertia, link.com_rpy)

    @classmethod
    def of_box(cls, mass: float, size: Vector, xyz: Vector = (0.0, 0.0, 0.0)) -> Inertial:
        """Return the inertial of a box of uniform density."""
        x, y, z = (side * side for side in size)
        return cls(mass, xyz, (mass * (y + z) / 12, 0.0, 0.0, mass * (x + z) / 12, 0.0, mass * (x + y) / 12))

    @classmethod
    def of_cylinder(cls, mass: float, radius: float, length: float, xyz: Vector = (0.0, 0.0, 0.0)) -> Inertial:
        """Return the inertial of a cylinder about z, of uniform density."""
        side = mass * (3 * radius * radius + length * length) / 12
        return cls(mass, xyz, (side, 0.0, 0.0, side, 0.0, mass * radius * radius / 2))

    @classmethod
    def of_capsule(cls, mass: float, radius: float, length: float, xyz: Vector, rpy: Vector) -> Inertial:
        """Return the inertial of a uniform capsule about z of the axes ``rpy``; ``length`` without the caps."""
        tube, caps = math.pi * radius**2 * length, 4.0 / 3.0 * math.pi * radius**3
        m_tube, m_caps = mass * tube / (tube + caps), mass * caps / (tube + caps)
        along = m_tube * radius**2 / 2 + m_caps * 0.4 * radius**2
        across = m_tube * (radius**2 / 4 + length**2 / 12) + m_caps * (
            0.4 * radius**2 + length**2 / 4 + 0.375 * length * radius
        )
        return cls(mass, xyz, (across, 0.0, 0.0, across, 0.0, along), rpy)

    def less(self, mass: float) -> Inertial:
        """Return the same body with a mass that is ``mass`` kg less, and an inertia that shrinks with it."""
        share = (self.mass - mass) / self.mass
        return replace(self, mass=self.mass * share, inertia=[value * share for value in self.inertia])

    def load(self) -> Load:
        """Return the same body as a load, in the axes of the link frame."""
        axes = rotation_from_rpy(*(float(angle) for angle in self.rpy))
        inertia = axes @ symmetric([float(value) for value in self.inertia]) @ axes.T
        return Load(self.mass, np.array(self.xyz), inertia)
