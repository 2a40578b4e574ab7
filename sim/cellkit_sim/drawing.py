"""The drawn links of an arm with its grippers, from its URDF: the shapes that collide in the physics world."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from defusedxml.ElementTree import fromstring
from typing_extensions import override

from cellkit.controller.drawing import ArmPosture, Colour, Drawn, DrawnLinks, Solid
from cellkit.controller.plants.parallel_gripper import JawPlant, JawState
from cellkit.controller.plants.vacuum_gripper import SuctionPlant
from cellkit.geometry import Array, rotation_from_rpy, transform
from cellkit.models.arm import ArmModel
from cellkit_sim.gripper_urdf import Gripper, gripper_links
from cellkit_sim.urdf import BASE, robot_urdf

GREY: Colour = (0.6, 0.6, 0.65)


class DrawnArm(DrawnLinks):
    """The drawn links of one arm."""

    def __init__(self, name: str, model: ArmModel, mount: Array, grippers: Sequence[Gripper]) -> None:
        self.name, self._mount = name, mount
        self._model, self._grippers = model, grippers

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
    def names(self) -> tuple[str, ...]:  # type: ignore[override]
        """The names of all links, parents before their children."""
        return (f"{self.name}/{BASE}", *(f"{self.name}/{child}" for child in self._joints.children))

    @cached_property
    def _joints(self) -> _Joints:
        moved_by = {f"joint_{number + 1}": number for number in range(self._model.dof)}
        for number, hand in enumerate(gripper_links(self._grippers), self._model.dof):
            moved_by |= dict.fromkeys(hand.fingers, number)
        return _Joints(self._urdf.findall("joint"), moved_by)

    def posture(self, position: Array, hands: Sequence[JawPlant | SuctionPlant]) -> ArmPosture:
        """Return the arm at the present moment, at joint angles (n,) in rad."""
        states = [hand.state() for hand in hands]
        return ArmPosture(self, position, [state.width if isinstance(state, JawState) else 0.0 for state in states])

    @override
    def places(self, positions: Array, widths: Array) -> Array:
        moved = self._joints.moved(np.hstack([positions, widths / 2, np.zeros((len(positions), 1))]))
        places = np.empty((len(moved) + 1, len(positions), 4, 4))
        places[0] = self._mount
        for link, (parent, motion) in enumerate(zip(self._joints.parents, moved, strict=True), 1):
            np.matmul(places[parent], motion, out=places[link])
        return places.swapaxes(0, 1)


class _Joints:
    """All joints of a URDF, parents before their children.

    The transform of a joint at position v is ``origin`` + sin(v) · ``first`` + (1 - cos(v)) · ``second`` (formula of
    Rodrigues), or ``origin`` + v · ``first`` for a prismatic one.
    """

    def __init__(self, elements: Sequence[Any], moved_by: Mapping[str, int]) -> None:
        """Create them from their elements and the column that moves each; the last column moves no joint."""
        self.children = [element.find("child").get("link") for element in elements]
        links = [BASE, *self.children]
        self.parents = [links.index(element.find("parent").get("link")) for element in elements]
        self._columns = [moved_by.get(element.get("name"), -1) for element in elements]
        self._prismatic = np.array([[element.get("type") == "prismatic"] for element in elements])
        axes = [element.find("axis") for element in elements]
        motions = [
            _motion(np.array(_numbers(axis.get("xyz"))) if axis is not None else np.zeros(3), bool(prismatic))
            for axis, prismatic in zip(axes, self._prismatic, strict=True)
        ]
        origins = [_origin(element) for element in elements]
        self._origin = np.array([[transform(rotation_from_rpy(*rpy), xyz)] for xyz, rpy in origins])
        self._first = self._origin @ np.array([[motion] for motion in motions])
        self._second = self._origin @ np.array([[motion @ motion] for motion in motions])

    def moved(self, columns: Array) -> Array:
        """Return the transforms (joints, k, 4, 4) from parents to children at k moments; ``columns`` (k, c)."""
        values = columns[:, self._columns].T
        first = np.where(self._prismatic, values, np.sin(values))[:, :, None, None]
        second = np.where(self._prismatic, 0.0, 1.0 - np.cos(values))[:, :, None, None]
        result: Array = self._origin + first * self._first + second * self._second
        return result


def _motion(axis: Array, prismatic: bool) -> Array:
    """Return the derivative (4, 4) of a joint's transform by its position, at zero."""
    result = np.zeros((4, 4))
    if prismatic:
        result[:3, 3] = axis
    else:
        result[:3, :3] = np.cross(np.eye(3), axis)
    return result


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
