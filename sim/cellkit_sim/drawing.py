"""The drawn links of an arm with its grippers, from its URDF: the shapes that collide in the physics world."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from defusedxml.ElementTree import fromstring

from cellkit.controller.drawing import Colour, Drawn, Solid
from cellkit.geometry import Array, rotation_from_rotvec, rotation_from_rpy, transform
from cellkit.models.arm import ArmModel
from cellkit_sim.gripper_urdf import Gripper, gripper_links
from cellkit_sim.urdf import BASE, robot_urdf

GREY: Colour = (0.6, 0.6, 0.65)


class DrawnArm:
    """The drawn links of one arm, and their places for given joints and openings."""

    def __init__(self, name: str, model: ArmModel, mount: Array, grippers: Sequence[Gripper]) -> None:
        self.name, self._mount = name, mount
        self._model, self._grippers = model, grippers
        self._numbers = {f"joint_{number + 1}": number for number in range(model.dof)}
        self._fingers = {
            finger: number for number, hand in enumerate(gripper_links(grippers)) for finger in hand.fingers
        }

    @cached_property
    def _urdf(self) -> Any:
        """The URDF, read when it is first needed.

        A user's URDF may have meshes, which not every viewer can draw, so the capsules of the model are used instead.
        """
        plain = self._model.model_copy(update={"urdf": None})
        return fromstring(robot_urdf(plain, *self._grippers))

    @cached_property
    def links(self) -> list[Drawn]:
        """All links, in the order of the URDF."""
        return [
            Drawn(f"{self.name}/{link.get('name')}", self.name, tuple(_solids(link)))
            for link in self._urdf.findall("link")
        ]

    @cached_property
    def _joints(self) -> list[_Joint]:
        return [_Joint(joint) for joint in self._urdf.findall("joint")]

    def places(self, position: Array, widths: Sequence[float]) -> dict[str, Array]:
        """Return the place (4, 4) of every link in world, for joint angles (rad) and openings of the grippers (m)."""
        angles = position.tolist()
        places = {BASE: self._mount}
        for joint in self._joints:  # parents come before their children
            if joint.name in self._numbers:
                moved = joint.moved(angles[self._numbers[joint.name]])
            elif joint.name in self._fingers:
                moved = joint.moved(widths[self._fingers[joint.name]] / 2)
            else:
                moved = joint.origin
            places[joint.child] = places[joint.parent] @ moved
        return {f"{self.name}/{link}": place for link, place in places.items()}


class _Joint:
    """One joint of the URDF."""

    def __init__(self, element: Any) -> None:
        self.name: str = element.get("name")
        self.parent: str = element.find("parent").get("link")
        self.child: str = element.find("child").get("link")
        xyz, rpy = _origin(element)
        self.origin = transform(rotation_from_rpy(*rpy), xyz)
        self._prismatic = element.get("type") == "prismatic"
        axis = element.find("axis")
        self._axis = np.array(_numbers(axis.get("xyz"))) if axis is not None else np.zeros(3)

    def moved(self, position: float) -> Array:
        """Return the transform (4, 4) from the parent to the child at a position of the joint (rad or m)."""
        motion = self._axis * position
        if self._prismatic:
            return self.origin @ transform(np.eye(3), motion)
        return self.origin @ transform(rotation_from_rotvec(motion), (0.0, 0.0, 0.0))


def _solids(link: Any) -> list[Solid]:
    return [_solid(visual) for visual in link.findall("visual")]


def _solid(visual: Any) -> Solid:
    xyz, rpy = _origin(visual)
    shape = visual.find("geometry")[0]
    colour = visual.find("material/color")
    red, green, blue = GREY if colour is None else _numbers(colour.get("rgba"))[:3]
    kind = shape.tag
    if kind == "box":
        x, y, z = _numbers(shape.get("size"))
        size = (x, y, z)
    else:
        diameter = 2.0 * float(shape.get("radius"))
        length = float(shape.get("length", 0.0)) + (diameter if kind in ("capsule", "sphere") else 0.0)
        size = (diameter, diameter, length)
    return Solid(kind, size, xyz, rpy, (red, green, blue))


def _origin(element: Any) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    origin = element.find("origin")
    if origin is None:
        return (0.0, 0.0, 0.0), (0.0, 0.0, 0.0)
    (x, y, z), (roll, pitch, yaw) = (_numbers(origin.get(key, "0 0 0")) for key in ("xyz", "rpy"))
    return (x, y, z), (roll, pitch, yaw)


def _numbers(text: str) -> list[float]:
    return [float(number) for number in text.split()]
