"""The shapes and masses of an arm's base and links: from its model, else distributed by volume over the shapes.

The capsule of a link goes from its joint's origin to the origin of the next joint, in the frame of its own joint; the
last one ends at the flange face.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from cellkit.geometry import Array
from cellkit.models.arm import ArmModel
from cellkit.models.inertial import Inertial, Vector

MASS_GUESS = 20.0
"""Mass (kg) of an arm whose model does not state it."""
LEAST_BASE_MASS = 0.5
"""Least mass (kg) of a base whose links weigh as much as the whole arm. No motion depends on it."""
SHORT = 0.01
"""Length (m) below which a link is a sphere."""


@dataclass(frozen=True, slots=True)
class Capsule:
    """A capsule about z of the axes ``rpy``; ``length`` without the caps, 0 for a sphere."""

    radius: float
    length: float
    xyz: Vector
    rpy: Vector

    @classmethod
    def between(cls, start: Array, end: Array, radius: float) -> Capsule:
        """Return the capsule of a radius (m) whose caps have their centres at ``start`` and ``end`` (m)."""
        axis = end - start
        length = float(np.linalg.norm(axis))
        rpy = (0.0, math.atan2(math.hypot(axis[0], axis[1]), axis[2]), math.atan2(axis[1], axis[0]))
        middle = ((start + end) / 2).tolist()
        return cls(radius, 0.0, middle, (0.0, 0.0, 0.0)) if length < SHORT else cls(radius, length, middle, rpy)

    @property
    def volume(self) -> float:
        """The volume in m³."""
        return math.pi * self.radius**2 * (self.length + 4.0 / 3.0 * self.radius)


def base_height(model: ArmModel) -> float:
    """Return the height (m) of the base: up to the first joint, or half-way to the second if that is too low."""
    first, second = model.kinematics.frames()[:2]
    height = float(first[2, 3])
    return height if height >= 0.05 else max(0.05, float((first @ second)[2, 3]) / 2)


def link_capsule(model: ArmModel, index: int) -> Capsule:
    """Return the capsule of a link in its frame: to the next joint's origin, or with its cap ending at the flange."""
    kinematics = model.kinematics
    radius = model.geometry.link_radii[index]
    start = np.zeros(3)
    if index + 1 < model.dof:
        end = np.array(kinematics.joints[index + 1].xyz)
        if index == 0:
            # The cap below a joint at the mounting face would be inside the table.
            frame = kinematics.frames()[0]
            missing = radius + 0.002 - float(frame[2, 3])
            if missing > 0:
                start = frame[:3, :3].T @ np.array([0.0, 0.0, missing])
        return Capsule.between(start, end, radius)
    flange = kinematics.flange.matrix()
    end = flange[:3, 3] - flange[:3, 2] * radius
    if float(np.linalg.norm(flange[:3, 3])) < radius:
        start = end  # the link is only the flange: a sphere behind its face
    return Capsule.between(start, end, radius)


def arm_inertials(model: ArmModel) -> tuple[Inertial, list[Inertial]]:
    """Return the inertials of base and links; masses unknown to the model are distributed by volume."""
    total, height, radius = model.mass.value or MASS_GUESS, base_height(model), model.geometry.base_radius
    links = model.dynamics.links
    if links is not None:
        base_mass = max(total - sum(link.mass for link in links), LEAST_BASE_MASS)
        moving = [Inertial.of_link(link) for link in links]
    else:
        capsules = [link_capsule(model, index) for index in range(model.dof)]
        base_volume = math.pi * radius**2 * height
        density = total / (sum(capsule.volume for capsule in capsules) + base_volume)
        base_mass = base_volume * density
        moving = [
            Inertial.of_capsule(one.volume * density, one.radius, one.length, one.xyz, one.rpy) for one in capsules
        ]
    return Inertial.of_cylinder(base_mass, radius, height, (0.0, 0.0, height / 2)), moving
