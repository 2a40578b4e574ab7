"""The URDF of an arm and its grippers, written from the models, with exact kinematics and links as capsules.

Shapes and masses are those of ``cellkit.models.link_masses``. Every link has an inertial, since PyBullet would
otherwise assume 1 kg and 1 kg m². PyBullet supports ``<capsule>``; most other readers of URDF do not.
"""

from __future__ import annotations

from pathlib import Path

from cellkit.geometry import rpy_from_rotation
from cellkit.models.arm import ArmModel
from cellkit.models.inertial import Inertial, Vector
from cellkit.models.link_masses import Capsule, arm_inertials, base_height, link_capsule
from cellkit_sim.gripper_urdf import MARKER_MASS, TOOL, Gripper, fixed_joint, flange_parts, link
from cellkit_sim.urdf_text import inertial_element, numbers, origin
from cellkit_sim.user_urdf import UserLink, user_links

BASE, FLANGE_JOINT = "base", "flange"
PALETTE = (
    (0.93, 0.94, 0.96), (0.22, 0.47, 0.72), (0.36, 0.62, 0.80), (0.93, 0.94, 0.96), (0.22, 0.47, 0.72),
    (0.36, 0.62, 0.80), (0.96, 0.65, 0.25), (0.55, 0.60, 0.68),
)  # fmt: skip
BASE_COLOUR = (0.35, 0.38, 0.42)


def link_name(index: int) -> str:
    """Return the name of the link that joint ``index`` (from 0) moves."""
    return f"link_{index + 1}"


def robot_urdf(model: ArmModel, *grippers: Gripper) -> str:
    """Return the URDF of an arm, with its base at the mounting face and its grippers (or a marker) on the flange."""
    joints = model.kinematics.joints
    radii = model.geometry.link_radii
    user = None if model.urdf is None else user_links(Path(model.urdf), [joint.name for joint in joints])
    marker = 0.0 if any(gripper.mount is None for gripper in grippers) else MARKER_MASS
    base_inertial, inertials = arm_inertials(model)
    inertials[-1] = inertials[-1].less(marker)
    parts = ['<?xml version="1.0"?>', f'<robot name="{model.id}">']
    parts.append(_arm_link(BASE, base_inertial, _base_shape(model), BASE_COLOUR, user[0] if user else None))
    parent = BASE
    frames, axes = model.kinematics.frames(), model.kinematics.axes()
    for index, (joint, frame, axis) in enumerate(zip(joints, frames, axes, strict=True)):
        name, colour = link_name(index), PALETTE[index % len(PALETTE)]
        user_link = user[index + 1] if user else None
        parts.append(_arm_link(name, inertials[index], _capsule_shape(link_capsule(model, index)), colour, user_link))
        unlimited = joint.lower is None or joint.upper is None
        bounds = "" if unlimited else f'lower="{joint.lower!r}" upper="{joint.upper!r}" '
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
    return f'<link name="{name}">{user.inertial or inertial_element(inertial)}{user.shapes}</link>'


def _base_shape(model: ArmModel) -> str:
    height = base_height(model)
    shape = f'<cylinder radius="{model.geometry.base_radius!r}" length="{height!r}"/>'
    return f"{origin((0.0, 0.0, height / 2))}<geometry>{shape}</geometry>"


def _capsule_shape(capsule: Capsule) -> str:
    radius = f'radius="{capsule.radius!r}"'
    shape = f'<capsule {radius} length="{capsule.length!r}"/>' if capsule.length else f"<sphere {radius}/>"
    return f"{origin(capsule.xyz, capsule.rpy)}<geometry>{shape}</geometry>"
