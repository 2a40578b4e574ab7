"""The grippers in an arm's URDF: on the flange, or each at its place on a bracket, their links named by number."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from cellkit.geometry import Array, rotation_from_rpy, rpy_from_rotation
from cellkit.models.gripper import ParallelGripperModel, VacuumGripperModel
from cellkit_sim.inertia import Inertial, Vector, numbers, origin

TOOL = "tool"
"""The link whose frame is the flange's: a gripper's body, a bracket, or a marker."""
MARKER_MASS = 0.001
"""kg of the link that marks a bare flange or a bracket, whose mass goes with the grippers; off the last link."""
BRACKET_RADIUS = 0.018
"""m of the struts from the flange to the grippers."""
TOOL_COLOUR = (0.2, 0.21, 0.23)
FINGER_COLOUR, CUP_COLOUR = (0.12, 0.12, 0.13), (0.1, 0.1, 0.1)
Gripper = ParallelGripperModel | VacuumGripperModel


@dataclass(frozen=True, slots=True)
class HandLinks:
    """Names of one gripper's links; the frame of ``body`` is that of the face which the gripper is bolted to."""

    body: str
    fingers: tuple[str, str]
    cup: str

    @classmethod
    def of(cls, number: int, mounted: bool) -> HandLinks:
        """Those of gripper ``number`` (from 0); ``mounted``: on a bracket."""
        end = "" if number == 0 else f"_{number + 1}"
        return cls(f"hand{end}" if mounted else TOOL, (f"finger_left{end}", f"finger_right{end}"), f"cup{end}")


def hand_links(grippers: Sequence[Gripper]) -> list[HandLinks]:
    """The links of all grippers of one arm."""
    return [HandLinks.of(number, one.mount is not None) for number, one in enumerate(grippers)]


def flange_parts(grippers: Sequence[Gripper], size: float) -> list[str]:
    """Everything from the link ``TOOL`` on; ``size`` (m) is that of the marker where there is no gripper."""
    links = hand_links(grippers)
    parts = []
    if not any(hand.body == TOOL for hand in links):
        parts.append(_marker(grippers, size))
    for gripper, hand in zip(grippers, links, strict=True):
        if gripper.mount is not None:
            face = gripper.mount.matrix()
            parts.append(fixed(hand.body, TOOL, hand.body, face[:3, 3], rpy_from_rotation(face[:3, :3])))
        parts += _jaws(gripper, hand) if isinstance(gripper, ParallelGripperModel) else _cup(gripper, hand)
    return parts


def finger_start(gripper: ParallelGripperModel) -> float:
    """M along z from the gripper's face to where the fingers begin."""
    return gripper.body_size[2]


def link(name: str, inertial: Inertial, shape: str, colour: Vector) -> str:
    """A ``<link>``; ``shape`` is an origin and a geometry, empty for a link without one."""
    return several(name, inertial, [shape] if shape else [], colour)


def several(name: str, inertial: Inertial, shapes: Sequence[str], colour: Vector) -> str:
    """A ``<link>`` of several shapes."""
    material = f'<material name="{name}"><color rgba="{numbers(colour)} 1"/></material>'
    drawn = "".join(f"<visual>{shape}{material}</visual><collision>{shape}</collision>" for shape in shapes)
    return f'<link name="{name}">{inertial.urdf()}{drawn}</link>'


def fixed(name: str, parent: str, child: str, xyz: Vector, rpy: Vector = (0.0, 0.0, 0.0)) -> str:
    """A fixed ``<joint>``."""
    return (
        f'<joint name="{name}" type="fixed"><parent link="{parent}"/><child link="{child}"/>{origin(xyz, rpy)}</joint>'
    )


def _marker(grippers: Sequence[Gripper], size: float) -> str:
    """A link without a weight of its own: nothing on a bare flange, else struts to the grippers' faces."""
    struts = []
    for gripper in grippers:
        assert gripper.mount is not None
        way = np.array(gripper.mount.xyz)
        length = float(np.linalg.norm(way))
        rpy = (0.0, math.atan2(math.hypot(way[0], way[1]), way[2]), math.atan2(way[1], way[0]))
        shape = f'<cylinder radius="{BRACKET_RADIUS!r}" length="{length!r}"/>'
        struts.append(f"{origin(way / 2, rpy)}<geometry>{shape}</geometry>")
    return several(TOOL, Inertial.of_box(MARKER_MASS, (size,) * 3), struts, TOOL_COLOUR)


def _box(size: Vector, xyz: Vector, rpy: Vector = (0.0, 0.0, 0.0)) -> str:
    return f'{origin(xyz, rpy)}<geometry><box size="{numbers(size)}"/></geometry>'


def _body(gripper: Gripper, hand: HandLinks, mass: float, centre: Array) -> str:
    """The gripper's body, outwards from the face that it is bolted to. ``centre``: in the gripper frame."""
    size, turn = gripper.body_size, (0.0, 0.0, gripper.turn)
    inertial = replace(Inertial.of_box(mass, size, rotation_from_rpy(*turn) @ centre), rpy=turn)
    return link(hand.body, inertial, _box(size, (0.0, 0.0, size[2] / 2), turn), TOOL_COLOUR)


def _jaws(gripper: ParallelGripperModel, hand: HandLinks) -> list[str]:
    """Body and two fingers; each finger's joint is half the opening width."""
    finger = gripper.finger_size
    reach = finger_start(gripper) + finger[2] / 2
    mass, cog, one = gripper.mass.known(), np.array(gripper.centre_of_gravity), gripper.finger_mass
    body = mass - 2 * one
    centre = (mass * cog - 2 * one * np.array([0.0, 0.0, reach])) / body
    parts = [_body(gripper, hand, body, centre)]
    for name, sign in zip(hand.fingers, (1.0, -1.0), strict=True):
        shape = _box(finger, (sign * finger[0] / 2, 0.0, finger[2] / 2))
        parts.append(
            link(name, Inertial.of_box(one, finger, (sign * finger[0] / 2, 0.0, finger[2] / 2)), shape, FINGER_COLOUR)
        )
        parts.append(
            f'<joint name="{name}" type="prismatic"><parent link="{hand.body}"/><child link="{name}"/>'
            f'{origin((0.0, 0.0, finger_start(gripper)), (0.0, 0.0, gripper.turn))}<axis xyz="{sign} 0 0"/>'
            f'<limit lower="0" upper="{gripper.stroke.known() / 2!r}" effort="{gripper.force_max.known()!r}" '
            f'velocity="{gripper.speed_max.known()!r}"/></joint>'
        )
    return parts


def _cup(gripper: VacuumGripperModel, hand: HandLinks) -> list[str]:
    """Body and cup; the cup's face lies at the tool centre point."""
    size, radius = gripper.body_size, gripper.cup_diameter.known() / 2
    length = max(gripper.tcp - size[2], 0.005)
    mass, cog = gripper.mass.known(), np.array(gripper.centre_of_gravity)
    cup = 0.05 * mass
    middle = gripper.tcp - length / 2
    centre = (mass * cog - cup * np.array([0.0, 0.0, middle])) / (mass - cup)
    cylinder = f'{origin((0.0, 0.0, 0.0))}<geometry><cylinder radius="{radius!r}" length="{length!r}"/></geometry>'
    return [
        _body(gripper, hand, mass - cup, centre),
        link(hand.cup, Inertial.of_cylinder(cup, radius, length), cylinder, CUP_COLOUR),
        fixed(hand.cup, hand.body, hand.cup, (0.0, 0.0, middle)),
    ]
