"""The URDF of an arm and its grippers, written from the models, with exact kinematics and links as capsules.

The capsule of a link goes from its joint's origin to the origin of the next joint, in the frame of its own joint; the
last one ends at the flange face. Every link has an inertial, since PyBullet would otherwise assume 1 kg and 1 kg m².
PyBullet supports ``<capsule>``; most other readers of URDF do not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cellkit.geometry import Array, rpy_from_rotation
from cellkit.models.arm import ArmModel
from cellkit_sim.gripper_urdf import MARKER_MASS, TOOL, Gripper, fixed_joint, flange_parts, link
from cellkit_sim.inertia import Inertial, Vector, capsule_volume, numbers, origin
from cellkit_sim.user_urdf import UserLink, user_links

BASE, FLANGE_JOINT = "base", "flange"
MASS_GUESS = 20.0
"""Mass (kg) of an arm whose model does not state it."""
SHORT = 0.01
"""Length (m) below which a link is a sphere."""
PALETTE = (
    (0.93, 0.94, 0.96), (0.22, 0.47, 0.72), (0.36, 0.62, 0.80), (0.93, 0.94, 0.96), (0.22, 0.47, 0.72),
    (0.36, 0.62, 0.80), (0.96, 0.65, 0.25), (0.55, 0.60, 0.68),
)  # fmt: skip
BASE_COLOUR = (0.35, 0.38, 0.42)


@dataclass(frozen=True, slots=True)
class _Capsule:
    """A capsule about z of the axes ``rpy``; ``length`` without the caps, 0 for a sphere."""

    radius: float
    length: float
    xyz: Vector
    rpy: Vector

    @classmethod
    def between(cls, start: Array, end: Array, radius: float) -> _Capsule:
        axis = end - start
        length = float(np.linalg.norm(axis))
        rpy = (0.0, math.atan2(math.hypot(axis[0], axis[1]), axis[2]), math.atan2(axis[1], axis[0]))
        middle = ((start + end) / 2).tolist()
        return cls(radius, 0.0, middle, (0.0, 0.0, 0.0)) if length < SHORT else cls(radius, length, middle, rpy)

    def xml(self) -> str:
        radius = f'radius="{self.radius!r}"'
        shape = f'<capsule {radius} length="{self.length!r}"/>' if self.length else f"<sphere {radius}/>"
        return f"{origin(self.xyz, self.rpy)}<geometry>{shape}</geometry>"


def link_name(index: int) -> str:
    """Return the name of the link that joint ``index`` (from 0) moves."""
    return f"link_{index + 1}"


def robot_urdf(model: ArmModel, *grippers: Gripper) -> str:
    """Return the URDF of an arm, with its base at the mounting face and its grippers (or a marker) on the flange."""
    joints = model.kinematics.joints
    radii = model.geometry.link_radii
    base_shape, base_height = _base(model)
    capsules = [_link_capsule(model, index) for index in range(model.dof)]
    user = None if model.urdf is None else user_links(Path(model.urdf), [joint.name for joint in joints])
    marker = 0.0 if any(gripper.mount is None for gripper in grippers) else MARKER_MASS
    base_inertial, inertials = _inertials(model, capsules, base_height, marker)
    parts = ['<?xml version="1.0"?>', f'<robot name="{model.id}">']
    parts.append(_arm_link(BASE, base_inertial, base_shape, BASE_COLOUR, user[0] if user else None))
    parent = BASE
    for index, joint in enumerate(joints):
        frame = joint.matrix()
        if index == 0:
            frame = model.kinematics.base_to_first.matrix() @ frame
        name, colour = link_name(index), PALETTE[index % len(PALETTE)]
        user_link = user[index + 1] if user else None
        parts.append(_arm_link(name, inertials[index], capsules[index].xml(), colour, user_link))
        unlimited = joint.lower is None or joint.upper is None
        bounds = "" if unlimited else f'lower="{joint.lower!r}" upper="{joint.upper!r}" '
        axis = np.array(joint.axis) / np.linalg.norm(joint.axis)
        parts.append(
            f'<joint name="joint_{index + 1}" type="{"continuous" if unlimited else "revolute"}">'
            f'<parent link="{parent}"/><child link="{name}"/>'
            f"{origin(frame[:3, 3], rpy_from_rotation(frame[:3, :3]))}"
            f'<axis xyz="{numbers(axis)}"/><limit {bounds}effort="{joint.max_effort or 0.0!r}" '
            f'velocity="{joint.max_velocity!r}"/></joint>'
        )
        parent = name
    flange = model.kinematics.flange.matrix()
    parts.append(fixed_joint(FLANGE_JOINT, parent, TOOL, flange[:3, 3], rpy_from_rotation(flange[:3, :3])))
    return "\n".join([*parts, *flange_parts(grippers, radii[-1]), "</robot>"])


def _arm_link(name: str, inertial: Inertial, shape: str, colour: Vector, user: UserLink | None) -> str:
    if user is None:
        return link(name, inertial, shape, colour)
    return f'<link name="{name}">{user.inertial or inertial.urdf()}{user.shapes}</link>'


def _base(model: ArmModel) -> tuple[str, float]:
    """Return shape and height of the base: up to the first joint, or half-way to the second if that is too low."""
    kinematics = model.kinematics
    first = kinematics.base_to_first.matrix() @ kinematics.joints[0].matrix()
    height = float(first[2, 3])
    if height < 0.05:
        height = max(0.05, float((first @ kinematics.joints[1].matrix())[2, 3]) / 2)
    shape = f'<cylinder radius="{model.geometry.base_radius!r}" length="{height!r}"/>'
    return f"{origin((0.0, 0.0, height / 2))}<geometry>{shape}</geometry>", height


def _link_capsule(model: ArmModel, index: int) -> _Capsule:
    """Return the capsule of a link in its frame: to the next joint's origin, or with its cap ending at the flange."""
    kinematics = model.kinematics
    radius = model.geometry.link_radii[index]
    start = np.zeros(3)
    if index + 1 < model.dof:
        end = np.array(kinematics.joints[index + 1].xyz)
        if index == 0:
            # The cap below a joint at the mounting face would be inside the table.
            frame = kinematics.base_to_first.matrix() @ kinematics.joints[0].matrix()
            missing = radius + 0.002 - float(frame[2, 3])
            if missing > 0:
                start = frame[:3, :3].T @ np.array([0.0, 0.0, missing])
        return _Capsule.between(start, end, radius)
    flange = kinematics.flange.matrix()
    end = flange[:3, 3] - flange[:3, 2] * radius
    if float(np.linalg.norm(flange[:3, 3])) < radius:
        start = end  # the link is only the flange: a sphere behind its face
    return _Capsule.between(start, end, radius)


def _inertials(
    model: ArmModel, capsules: list[_Capsule], base_height: float, marker: float
) -> tuple[Inertial, list[Inertial]]:
    """Return the inertials of base and links; masses unknown to the model are distributed by volume.

    ``marker``: mass (kg) that is taken off the last link.
    """
    total = model.mass.value or MASS_GUESS
    links = model.dynamics.links
    if links is not None:
        base_mass = max(total - sum(link.mass for link in links), 0.5)
        moving = [Inertial.of_link(link, marker if link is links[-1] else 0.0) for link in links]
    else:
        volumes = [capsule_volume(capsule.radius, capsule.length) for capsule in capsules]
        base_volume = math.pi * model.geometry.base_radius**2 * base_height
        density = total / (sum(volumes) + base_volume)
        base_mass = base_volume * density
        moving = []
        for capsule, volume in zip(capsules, volumes, strict=True):
            mass = volume * density - (marker if capsule is capsules[-1] else 0.0)
            moving.append(Inertial.of_capsule(mass, capsule.radius, capsule.length, capsule.xyz, capsule.rpy))
    middle = (0.0, 0.0, base_height / 2)
    return Inertial.of_cylinder(base_mass, model.geometry.base_radius, base_height, middle), moving
