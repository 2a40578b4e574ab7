"""A URDF of an arm and its gripper, written from the models: kinematics exact, links as capsules.

The capsule of a link runs from its joint's origin to the next one's, in the frame of its own joint; the last one
ends at the flange face. Every link has an inertial: PyBullet would otherwise give it 1 kg and 1 kg m².
PyBullet knows ``<capsule>``; most other readers of URDF do not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from cellkit.geometry import Array, rpy_from_rotation
from cellkit.models.arm import ArmModel
from cellkit.models.gripper import ParallelGripperModel, VacuumGripperModel
from cellkit_sim.inertia import Inertial, Vector, capsule_volume, numbers, origin
from cellkit_sim.user_urdf import UserLink, user_links

BASE, TOOL, CUP, FLANGE_JOINT = "base", "tool", "cup", "flange"
FINGERS = ("finger_left", "finger_right")
MARKER_MASS = 0.001
"""kg of the link that marks a bare flange, taken from the last link."""
MASS_GUESS = 20.0
"""kg of an arm whose model does not tell."""
SHORT = 0.01
"""m; a shorter link is a sphere."""
PALETTE = (
    (0.93, 0.94, 0.96), (0.22, 0.47, 0.72), (0.36, 0.62, 0.80), (0.93, 0.94, 0.96), (0.22, 0.47, 0.72),
    (0.36, 0.62, 0.80), (0.96, 0.65, 0.25), (0.55, 0.60, 0.68),
)  # fmt: skip
BASE_COLOUR, TOOL_COLOUR = (0.35, 0.38, 0.42), (0.2, 0.21, 0.23)
FINGER_COLOUR, CUP_COLOUR = (0.12, 0.12, 0.13), (0.1, 0.1, 0.1)
Gripper = ParallelGripperModel | VacuumGripperModel


@dataclass(frozen=True, slots=True)
class _Capsule:
    """A capsule about z of the axes ``rpy``; ``length`` without the caps, 0 for a sphere."""

    radius: float
    length: float
    xyz: Vector
    rpy: Vector

    @classmethod
    def between(cls, start: Array, end: Array, radius: float) -> _Capsule:
        way = end - start
        length = float(np.linalg.norm(way))
        rpy = (0.0, math.atan2(math.hypot(way[0], way[1]), way[2]), math.atan2(way[1], way[0]))
        middle = ((start + end) / 2).tolist()
        return cls(radius, 0.0, middle, (0.0, 0.0, 0.0)) if length < SHORT else cls(radius, length, middle, rpy)

    def xml(self) -> str:
        radius = f'radius="{self.radius!r}"'
        shape = f'<capsule {radius} length="{self.length!r}"/>' if self.length else f"<sphere {radius}/>"
        return f"{origin(self.xyz, self.rpy)}<geometry>{shape}</geometry>"


def link_name(index: int) -> str:
    """Name of the link that joint ``index`` (from 0) moves."""
    return f"link_{index + 1}"


def robot_urdf(model: ArmModel, gripper: Gripper | None) -> str:
    """URDF text of an arm, its base at the mounting face, with a gripper (or a bare marker) on the flange."""
    joints = model.kinematics.joints
    radii = model.geometry.link_radii
    base_shape, base_height = _base(model)
    capsules = [_link_capsule(model, index) for index in range(model.dof)]
    user = None if model.urdf is None else user_links(Path(model.urdf), [joint.name for joint in joints])
    base_inertial, inertials = _inertials(model, capsules, base_height, 0.0 if gripper else MARKER_MASS)
    parts = ['<?xml version="1.0"?>', f'<robot name="{model.id}">']
    parts.append(_arm_link(BASE, base_inertial, base_shape, BASE_COLOUR, user[0] if user else None))
    parent = BASE
    for index, joint in enumerate(joints):
        frame = joint.matrix()
        if index == 0:
            frame = model.kinematics.base_to_first.matrix() @ frame
        name, colour = link_name(index), PALETTE[index % len(PALETTE)]
        own = user[index + 1] if user else None
        parts.append(_arm_link(name, inertials[index], capsules[index].xml(), colour, own))
        endless = joint.lower is None or joint.upper is None
        bounds = "" if endless else f'lower="{joint.lower!r}" upper="{joint.upper!r}" '
        axis = np.array(joint.axis) / np.linalg.norm(joint.axis)
        parts.append(
            f'<joint name="joint_{index + 1}" type="{"continuous" if endless else "revolute"}">'
            f'<parent link="{parent}"/><child link="{name}"/>'
            f"{origin(frame[:3, 3], rpy_from_rotation(frame[:3, :3]))}"
            f'<axis xyz="{numbers(axis)}"/><limit {bounds}effort="{joint.max_effort or 0.0!r}" '
            f'velocity="{joint.max_velocity!r}"/></joint>'
        )
        parent = name
    flange = model.kinematics.flange.matrix()
    parts.append(_fixed(FLANGE_JOINT, parent, TOOL, flange[:3, 3], rpy_from_rotation(flange[:3, :3])))
    if gripper is None:
        parts.append(_link(TOOL, Inertial.of_box(MARKER_MASS, (radii[-1],) * 3), "", TOOL_COLOUR))
    elif isinstance(gripper, ParallelGripperModel):
        parts += _jaws(gripper)
    else:
        parts += _cup(gripper)
    return "\n".join([*parts, "</robot>"])


def finger_start(gripper: ParallelGripperModel) -> float:
    """m along z from the flange to where the fingers begin."""
    return gripper.body_size[2]


def _link(name: str, inertial: Inertial, shape: str, colour: Vector) -> str:
    """``shape`` is an origin and a geometry; empty for a link without one."""
    if shape:
        material = f'<material name="{name}"><color rgba="{numbers(colour)} 1"/></material>'
        shape = f"<visual>{shape}{material}</visual><collision>{shape}</collision>"
    return f'<link name="{name}">{inertial.urdf()}{shape}</link>'


def _arm_link(name: str, inertial: Inertial, shape: str, colour: Vector, user: UserLink | None) -> str:
    if user is None:
        return _link(name, inertial, shape, colour)
    return f'<link name="{name}">{user.inertial or inertial.urdf()}{user.shapes}</link>'


def _fixed(name: str, parent: str, child: str, xyz: Vector, rpy: Vector = (0.0, 0.0, 0.0)) -> str:
    return (
        f'<joint name="{name}" type="fixed"><parent link="{parent}"/><child link="{child}"/>{origin(xyz, rpy)}</joint>'
    )


def _base(model: ArmModel) -> tuple[str, float]:
    """Shape and height of the base: up to the first joint, or half-way to the second where that lies in the floor."""
    kinematics = model.kinematics
    first = kinematics.base_to_first.matrix() @ kinematics.joints[0].matrix()
    height = float(first[2, 3])
    if height < 0.05:
        height = max(0.05, float((first @ kinematics.joints[1].matrix())[2, 3]) / 2)
    shape = f'<cylinder radius="{model.geometry.base_radius!r}" length="{height!r}"/>'
    return f"{origin((0.0, 0.0, height / 2))}<geometry>{shape}</geometry>", height


def _link_capsule(model: ArmModel, index: int) -> _Capsule:
    """In the link's own frame: to the next joint's origin, or to the flange with its cap ending at the face."""
    kinematics = model.kinematics
    radius = model.geometry.link_radii[index]
    start = np.zeros(3)
    if index + 1 < model.dof:
        end = np.array(kinematics.joints[index + 1].xyz)
        if index == 0:
            # The cap below a joint at the mounting face would stick in the table.
            frame = kinematics.base_to_first.matrix() @ kinematics.joints[0].matrix()
            missing = radius + 0.002 - float(frame[2, 3])
            if missing > 0:
                start = frame[:3, :3].T @ np.array([0.0, 0.0, missing])
        return _Capsule.between(start, end, radius)
    flange = kinematics.flange.matrix()
    end = flange[:3, 3] - flange[:3, 2] * radius
    if float(np.linalg.norm(flange[:3, 3])) < radius:
        start = end  # nothing but the flange: a sphere behind its face
    return _Capsule.between(start, end, radius)


def _inertials(
    model: ArmModel, capsules: list[_Capsule], base_height: float, marker: float
) -> tuple[Inertial, list[Inertial]]:
    """Of the base and of every link; without figures the arm's mass goes by volume. ``marker`` kg come off the last."""
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


def _box(size: Vector, xyz: Vector, rpy: Vector = (0.0, 0.0, 0.0)) -> str:
    return f'{origin(xyz, rpy)}<geometry><box size="{numbers(size)}"/></geometry>'


def _tool(gripper: Gripper, mass: float, centre: Array) -> str:
    """The gripper's body, from the flange outwards; the link's frame is the flange's. ``centre``: in the gripper."""
    size, turn = gripper.body_size, (0.0, 0.0, gripper.turn)
    inertial = replace(Inertial.of_box(mass, size, gripper.rotation @ centre), rpy=turn)
    return _link(TOOL, inertial, _box(size, (0.0, 0.0, size[2] / 2), turn), TOOL_COLOUR)


def _jaws(gripper: ParallelGripperModel) -> list[str]:
    """Body and two fingers; each finger's joint is half the opening width."""
    finger = gripper.finger_size
    reach = finger_start(gripper) + finger[2] / 2
    mass, cog, one = gripper.mass.known(), np.array(gripper.centre_of_gravity), gripper.finger_mass
    body = mass - 2 * one
    centre = (mass * cog - 2 * one * np.array([0.0, 0.0, reach])) / body
    parts = [_tool(gripper, body, centre)]
    for name, sign in zip(FINGERS, (1.0, -1.0), strict=True):
        shape = _box(finger, (sign * finger[0] / 2, 0.0, finger[2] / 2))
        parts.append(
            _link(name, Inertial.of_box(one, finger, (sign * finger[0] / 2, 0.0, finger[2] / 2)), shape, FINGER_COLOUR)
        )
        parts.append(
            f'<joint name="{name}" type="prismatic"><parent link="{TOOL}"/><child link="{name}"/>'
            f'{origin((0.0, 0.0, finger_start(gripper)), (0.0, 0.0, gripper.turn))}<axis xyz="{sign} 0 0"/>'
            f'<limit lower="0" upper="{gripper.stroke.known() / 2!r}" effort="{gripper.force_max.known()!r}" '
            f'velocity="{gripper.speed_max.known()!r}"/></joint>'
        )
    return parts


def _cup(gripper: VacuumGripperModel) -> list[str]:
    """Body and cup; the cup's face lies at the tool centre point."""
    size, radius = gripper.body_size, gripper.cup_diameter.known() / 2
    length = max(gripper.tcp - size[2], 0.005)
    mass, cog = gripper.mass.known(), np.array(gripper.centre_of_gravity)
    cup = 0.05 * mass
    middle = gripper.tcp - length / 2
    centre = (mass * cog - cup * np.array([0.0, 0.0, middle])) / (mass - cup)
    cylinder = f'{origin((0.0, 0.0, 0.0))}<geometry><cylinder radius="{radius!r}" length="{length!r}"/></geometry>'
    return [
        _tool(gripper, mass - cup, centre),
        _link(CUP, Inertial.of_cylinder(cup, radius, length), cylinder, CUP_COLOUR),
        _fixed(CUP, TOOL, CUP, (0.0, 0.0, middle)),
    ]
