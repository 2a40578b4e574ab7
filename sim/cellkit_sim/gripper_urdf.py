"""The grippers in an arm's URDF: on the flange, or on a bracket with several places; links are named by number."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from cellkit.geometry import Array, rotation_from_rpy, rpy_from_rotation
from cellkit.models.gripper import ParallelGripperModel, VacuumGripperModel
from cellkit.models.inertial import Inertial, Vector
from cellkit_sim.urdf_text import inertial_element, numbers, origin

TOOL = "tool"
"""The link whose frame is that of the flange: body of a gripper, bracket, or marker."""
MARKER_MASS = 0.001
"""Mass (kg) of the link of a bare flange or a bracket, taken off the last link; grippers include a bracket's mass."""
BRACKET_RADIUS = 0.018
"""Radius (m) of the struts from the flange to the grippers."""
TOOL_COLOUR = (0.2, 0.21, 0.23)
FINGER_COLOUR, CUP_COLOUR = (0.12, 0.12, 0.13), (0.1, 0.1, 0.1)
Gripper = ParallelGripperModel | VacuumGripperModel


@dataclass(frozen=True, slots=True)
class GripperLinks:
    """Names of the links of one gripper; the frame of ``body`` is that of the gripper's mounting face."""

    body: str
    fingers: tuple[str, str]
    cup: str

    @classmethod
    def of(cls, number: int, mounted: bool) -> GripperLinks:
        """Return the names for gripper ``number`` (from 0); ``mounted``: on a bracket."""
        end = "" if number == 0 else f"_{number + 1}"
        return cls(f"hand{end}" if mounted else TOOL, (f"finger_left{end}", f"finger_right{end}"), f"cup{end}")


def gripper_links(grippers: Sequence[Gripper]) -> list[GripperLinks]:
    """Return the links of all grippers of one arm."""
    return [GripperLinks.of(number, gripper.mount is not None) for number, gripper in enumerate(grippers)]


def flange_parts(grippers: Sequence[Gripper], size: float) -> list[str]:
    """Return all elements from the link ``TOOL`` on; ``size`` (m) of the marker without a gripper."""
    links = gripper_links(grippers)
    parts = []
    if not any(hand.body == TOOL for hand in links):
        parts.append(_marker(grippers, size))
    for gripper, hand in zip(grippers, links, strict=True):
        if gripper.mount is not None:
            face = gripper.mount.matrix()
            parts.append(fixed_joint(hand.body, TOOL, hand.body, face[:3, 3], rpy_from_rotation(face[:3, :3])))
        parts += _jaws(gripper, hand) if isinstance(gripper, ParallelGripperModel) else _cup(gripper, hand)
    return parts


def finger_start(gripper: ParallelGripperModel) -> float:
    """Return the distance (m) along z from the gripper's mounting face to the start of the fingers."""
    return gripper.body_size[2]


def link(name: str, inertial: Inertial, shape: str, colour: Vector) -> str:
    """Return a ``<link>``; ``shape`` is an origin and a geometry, or empty."""
    return link_of_shapes(name, inertial, [shape] if shape else [], colour)


def link_of_shapes(name: str, inertial: Inertial, shapes: Sequence[str], colour: Vector) -> str:
    """Return a ``<link>`` of several shapes."""
    material = f'<material name="{name}"><color rgba="{numbers(colour)} 1"/></material>'
    drawn = "".join(f"<visual>{shape}{material}</visual><collision>{shape}</collision>" for shape in shapes)
    return f'<link name="{name}">{inertial_element(inertial)}{drawn}</link>'


def fixed_joint(name: str, parent: str, child: str, xyz: Vector, rpy: Vector = (0.0, 0.0, 0.0)) -> str:
    """Return a fixed ``<joint>``."""
    return (
        f'<joint name="{name}" type="fixed"><parent link="{parent}"/><child link="{child}"/>{origin(xyz, rpy)}</joint>'
    )


def _marker(grippers: Sequence[Gripper], size: float) -> str:
    """Return a link with almost no mass: a bare flange, or struts to the mounting faces of the grippers."""
    struts = []
    for gripper in grippers:
        assert gripper.mount is not None
        strut = np.array(gripper.mount.xyz)
        length = float(np.linalg.norm(strut))
        rpy = (0.0, math.atan2(math.hypot(strut[0], strut[1]), strut[2]), math.atan2(strut[1], strut[0]))
        shape = f'<cylinder radius="{BRACKET_RADIUS!r}" length="{length!r}"/>'
        struts.append(f"{origin(strut / 2, rpy)}<geometry>{shape}</geometry>")
    return link_of_shapes(TOOL, Inertial.of_box(MARKER_MASS, (size,) * 3), struts, TOOL_COLOUR)


def _box(size: Vector, xyz: Vector, rpy: Vector = (0.0, 0.0, 0.0)) -> str:
    return f'{origin(xyz, rpy)}<geometry><box size="{numbers(size)}"/></geometry>'


def _body(gripper: Gripper, hand: GripperLinks, mass: float, centre: Array) -> str:
    """Return the gripper's body, outwards from its mounting face. ``centre``: centre of mass in the gripper frame."""
    size, turn = gripper.body_size, (0.0, 0.0, gripper.turn)
    inertial = replace(Inertial.of_box(mass, size, rotation_from_rpy(*turn) @ centre), rpy=turn)
    return link(hand.body, inertial, _box(size, (0.0, 0.0, size[2] / 2), turn), TOOL_COLOUR)


def _jaws(gripper: ParallelGripperModel, hand: GripperLinks) -> list[str]:
    """Return body and two fingers; the joint of each finger is half the opening."""
    finger = gripper.finger_size
    reach = finger_start(gripper) + finger[2] / 2
    mass, cog, finger_mass = gripper.mass.known(), np.array(gripper.centre_of_gravity), gripper.finger_mass
    body_mass = mass - 2 * finger_mass
    centre = (mass * cog - 2 * finger_mass * np.array([0.0, 0.0, reach])) / body_mass
    parts = [_body(gripper, hand, body_mass, centre)]
    for name, sign in zip(hand.fingers, (1.0, -1.0), strict=True):
        shape = _box(finger, (sign * finger[0] / 2, 0.0, finger[2] / 2))
        parts.append(
            link(
                name,
                Inertial.of_box(finger_mass, finger, (sign * finger[0] / 2, 0.0, finger[2] / 2)),
                shape,
                FINGER_COLOUR,
            )
        )
        parts.append(
            f'<joint name="{name}" type="prismatic"><parent link="{hand.body}"/><child link="{name}"/>'
            f'{origin((0.0, 0.0, finger_start(gripper)), (0.0, 0.0, gripper.turn))}<axis xyz="{sign} 0 0"/>'
            f'<limit lower="0" upper="{gripper.stroke.known() / 2!r}" effort="{gripper.force_max.known()!r}" '
            f'velocity="{gripper.speed_max.known()!r}"/></joint>'
        )
    return parts


def _cup(gripper: VacuumGripperModel, hand: GripperLinks) -> list[str]:
    """Return body and cup; the face of the cup is at the tool centre point."""
    size, radius = gripper.body_size, gripper.cup_diameter.known() / 2
    length = max(gripper.tcp - size[2], 0.005)
    mass, cog = gripper.mass.known(), np.array(gripper.centre_of_gravity)
    cup_mass = 0.05 * mass
    middle = gripper.tcp - length / 2
    centre = (mass * cog - cup_mass * np.array([0.0, 0.0, middle])) / (mass - cup_mass)
    cylinder = f'{origin((0.0, 0.0, 0.0))}<geometry><cylinder radius="{radius!r}" length="{length!r}"/></geometry>'
    return [
        _body(gripper, hand, mass - cup_mass, centre),
        link(hand.cup, Inertial.of_cylinder(cup_mass, radius, length), cylinder, CUP_COLOUR),
        fixed_joint(hand.cup, hand.body, hand.cup, (0.0, 0.0, middle)),
    ]
