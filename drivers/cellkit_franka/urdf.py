"""The robot model that the controller hands out: a URDF text of our own, from the arm's model file.

The client builds its kinematics and dynamics from it. It looks for links ``link0`` to ``link8``, the last one being
the flange, for ``joint1`` to ``joint7`` in the names, and for the limits of speed near the ends of every joint.
"""

from __future__ import annotations

from collections.abc import Sequence

from cellkit.geometry import Array, rpy_from_rotation
from cellkit.models.arm import ArmModel
from cellkit_franka.protocol.limits import DECELERATION, LOWER_END, UPPER_END, VELOCITY_OFFSET


def robot_urdf(model: ArmModel) -> str:
    """Return the URDF text of a seven-joint arm."""
    limits = model.joint_limits()
    lines = ['<?xml version="1.0"?>', f'<robot name="{model.id}">', '<link name="link0"/>']
    for number, joint in enumerate(model.kinematics.joints, 1):
        place = number - 1
        lines += _link(model, place, f"link{number}")
        lines += [
            f'<joint name="{model.id}_joint{number}" type="revolute">',
            _origin(joint.matrix()),
            f'<parent link="link{place}"/><child link="link{number}"/>',
            f'<axis xyz="{_numbers(joint.axis)}"/>',
            f'<limit effort="{joint.max_effort or 0.0!r}" lower="{LOWER_END[place]!r}" '
            f'upper="{UPPER_END[place]!r}" velocity="{float(limits.velocity[place])!r}"/>',
            f'<position_based_velocity_limits deceleration_limit="{DECELERATION[place]!r}" '
            f'velocity_offset="{VELOCITY_OFFSET[place]!r}"/>',
            "</joint>",
        ]
    last = model.dof
    lines += [
        f'<link name="link{last + 1}"/>',
        f'<joint name="{model.id}_joint{last + 1}" type="fixed">',
        _origin(model.kinematics.flange.matrix()),
        f'<parent link="link{last}"/><child link="link{last + 1}"/>',
        "</joint>",
        "</robot>",
    ]
    return "\n".join(lines) + "\n"


def _link(model: ArmModel, place: int, name: str) -> list[str]:
    links = model.dynamics.links or []
    if place >= len(links):
        return [f'<link name="{name}"/>']
    link = links[place]
    xx, xy, xz, yy, yz, zz = link.inertia
    return [
        f'<link name="{name}"><inertial><origin xyz="{_numbers(link.com)}" rpy="0 0 0"/>',
        f'<mass value="{link.mass!r}"/>',
        f'<inertia ixx="{xx!r}" ixy="{xy!r}" ixz="{xz!r}" iyy="{yy!r}" iyz="{yz!r}" izz="{zz!r}"/></inertial></link>',
    ]


def _origin(pose: Array) -> str:
    return f'<origin xyz="{_numbers(pose[:3, 3])}" rpy="{_numbers(rpy_from_rotation(pose[:3, :3]))}"/>'


def _numbers(values: Sequence[float] | Array) -> str:
    return " ".join(f"{float(value)!r}" for value in values)
