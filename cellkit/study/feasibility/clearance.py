"""The clearance of an arm from its cell and from itself at given joint angles, by simple shapes and without physics.

The shapes are those of the physics world: each link a capsule from its joint to the next, with the model's radius;
the base a cylinder; a gripper's body and fingers boxes; a cup the box around it. They show gross collisions, and are
not exact to millimetres. As in the physics world, some contacts are permitted: own links at most two joints apart, own
parts that are near each other at home, and the base on its stand.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np

from cellkit.geometry import Array, transform
from cellkit.models.arm import ArmModel
from cellkit.models.gripper import ParallelGripperModel, VacuumGripperModel
from cellkit.motion.kinematics import ArmKinematics
from cellkit.study.feasibility.shapes import Solid, Solids, between_segments

NEAR_AT_HOME = 0.002
"""m; own parts nearer than this at home never count as a collision."""
APART = 3
"""Smallest number of joints between own links that are checked against each other."""
STRUT = 0.018
"""m, radius of a bracket's strut."""
LOWEST_BASE = 0.05
"""m, least height of a base whose first joint lies in its mounting face."""
Gripper = ParallelGripperModel | VacuumGripperModel


@dataclass(frozen=True, slots=True)
class Clearance:
    """The smallest distance (m) and the two bodies; ``inf``: no body is near."""

    distance: float = math.inf
    between: str = ""

    def or_nearer(self, other: Clearance) -> Clearance:
        """Return the smaller of two clearances."""
        return other if other.distance < self.distance else self


@dataclass(frozen=True, slots=True)
class Clearances:
    """The clearances of one posture.

    ``body``: links and gripper bodies from the cell. ``tip``: fingers, cup and their part, which approach the cell on
    purpose. ``own``: own parts from each other, and the first link, which only turns in its place, from the cell.
    ``hopeless``: the gripper itself intersects something, so no other posture helps.
    """

    body: Clearance = Clearance()
    tip: Clearance = Clearance()
    own: Clearance = Clearance()
    hopeless: bool = False

    def or_nearer(self, other: Clearances) -> Clearances:
        """Return the smaller of each clearance."""
        return Clearances(
            self.body.or_nearer(other.body),
            self.tip.or_nearer(other.tip),
            self.own.or_nearer(other.own),
            self.hopeless or other.hopeless,
        )

    @property
    def deepest(self) -> float:
        """The smallest of all distances (m)."""
        return min(self.body.distance, self.tip.distance, self.own.distance)


@dataclass(frozen=True, slots=True, eq=False)
class _Capsules:
    """Ends (m, 3) in world, radii (m,) and names of links and struts; the flange (4, 4) in world."""

    starts: Array
    ends: Array
    radii: Array
    names: list[str]
    flange: Array


class ArmShapes:
    """The shapes of one arm with its grippers. ``base`` (4, 4) in world; ``opening`` (m) of all jaws."""

    def __init__(
        self, kinematics: ArmKinematics, base: Array, grippers: dict[str, Gripper], opening: float | None = None
    ) -> None:
        model = kinematics.model
        self._kinematics, self._base, self._model = kinematics, base, model
        self._radii = np.array(model.geometry.link_radii)
        self._bodies, self._tips, self._struts = [], [], []
        for role, gripper in grippers.items():
            body, tips = _gripper_boxes(role, gripper, opening)
            self._bodies.append(body)
            self._tips += tips
            if gripper.mount is not None:
                self._struts.append((role, np.array(gripper.mount.xyz)))
        self._base_solid = _base(model, base)
        self._permitted: frozenset[str] = frozenset()
        self._permitted = frozenset(
            own.between for own in self._own(self._capsules(model.home)) if own.distance < NEAR_AT_HOME
        )

    def near(self, joints: Sequence[float] | Array, cell: Solids, held: Solid | None = None) -> Clearances:
        """Return the clearances at ``joints`` (rad) from ``cell`` and from itself; ``held``: a part in the flange."""
        capsules = self._capsules(joints)
        pairs = [pair for pair in self._own(capsules) if pair.between not in self._permitted]
        own = reduce(Clearance.or_nearer, pairs, Clearance())
        if not len(cell):
            return Clearances(own=own)
        distances = cell.to_segments(capsules.starts, capsules.ends) - capsules.radii[:, None]
        links = [
            Clearance(float(row.min()), f"{name} - {cell.names[int(row.argmin())]}")
            for name, row in zip(capsules.names, distances, strict=True)
        ]
        bodies = [_of_box(box, capsules.flange, cell) for box in self._bodies]
        tips = [_of_box(box, capsules.flange, cell) for box in [*self._tips, *([] if held is None else [held])]]
        return Clearances(
            reduce(Clearance.or_nearer, [*links[1:], *bodies], Clearance()),
            reduce(Clearance.or_nearer, tips, Clearance()),
            own.or_nearer(links[0]),
            any(clearance.distance < 0.0 for clearance in [*bodies, *tips]),
        )

    def _capsules(self, joints: Sequence[float] | Array) -> _Capsules:
        """Return all links and struts at ``joints``."""
        frames = [self._base @ frame for frame in self._kinematics.joint_frames(joints)]
        count, flange = self._model.dof, frames[-1]
        starts = [frames[i][:3, 3] for i in range(count)]
        ends = [frames[i + 1][:3, 3] for i in range(count)]
        last = float(self._radii[-1])
        ends[-1] = flange[:3, 3] - flange[:3, 2] * last
        if float(np.linalg.norm(flange[:3, 3] - starts[-1])) < last:
            starts[-1] = ends[-1]
        first = self._model.kinematics.base_to_first.matrix() @ self._model.kinematics.joints[0].matrix()
        sunk = float(self._radii[0]) + 0.002 - float(first[2, 3])
        if sunk > 0.0:
            starts[0] = starts[0] + self._base[:3, 2] * sunk
        names = [f"link {i + 1}" for i in range(count)]
        radii = list(self._radii)
        for role, end in self._struts:
            starts.append(flange[:3, 3])
            ends.append(flange[:3, :3] @ end + flange[:3, 3])
            radii.append(STRUT)
            names.append(f"bracket of {role}")
        return _Capsules(np.array(starts), np.array(ends), np.array(radii), names, flange)

    def _own(self, capsules: _Capsules) -> list[Clearance]:
        """Return all distances between own parts that are far enough apart along the arm."""
        starts, ends, radii, names = capsules.starts, capsules.ends, capsules.radii, capsules.names
        count = self._model.dof
        clearances = []
        for i in range(count):
            for j in range(i + APART, count):
                gap = between_segments(starts[i], ends[i], starts[j], ends[j]) - radii[i] - radii[j]
                clearances.append(Clearance(float(gap), f"{names[i]} - {names[j]}"))
        boxes = [_placed(box, capsules.flange) for box in [*self._bodies, *self._tips]]
        gaps = Solids([self._base_solid, *boxes]).to_segments(starts[:count], ends[:count]) - radii[:count, None]
        # The base is before the first link; the gripper moves with the last link.
        clearances += [Clearance(float(gaps[i, 0]), f"base - {names[i]}") for i in range(APART - 1, count)]
        for number, box in enumerate(boxes, 1):
            clearances += [Clearance(float(gaps[i, number]), f"{names[i]} - {box.name}") for i in range(count - APART)]
        if boxes:
            to_base = Solids(boxes).to_box(self._base_solid)
            clearances += [Clearance(float(gap), f"base - {box.name}") for box, gap in zip(boxes, to_base, strict=True)]
        return clearances


def _placed(box: Solid, flange: Array) -> Solid:
    return Solid(box.name, flange @ box.pose, box.half, box.round)


def _of_box(box: Solid, flange: Array, cell: Solids) -> Clearance:
    gaps = cell.to_box(_placed(box, flange))
    nearest = int(gaps.argmin())
    return Clearance(float(gaps[nearest]), f"{box.name} - {cell.names[nearest]}")


def _base(model: ArmModel, base: Array) -> Solid:
    """Return a cylinder up to the first joint, or half-way to the second if the first is in the mounting face."""
    first = model.kinematics.base_to_first.matrix() @ model.kinematics.joints[0].matrix()
    height = float(first[2, 3])
    if height < LOWEST_BASE:
        height = max(LOWEST_BASE, float((first @ model.kinematics.joints[1].matrix())[2, 3]) / 2)
    radius = model.geometry.base_radius
    half = np.array([radius, radius, height / 2])
    return Solid("base", base @ transform(np.eye(3), (0.0, 0.0, height / 2)), half, True)


def _gripper_boxes(role: str, gripper: Gripper, opening: float | None) -> tuple[Solid, list[Solid]]:
    """Return the body, and the fingers or the cup, of a gripper; poses in the flange."""
    frame = gripper.frame()
    x, y, z = gripper.body_size
    body = Solid(role, frame @ transform(np.eye(3), (0.0, 0.0, z / 2)), np.array([x, y, z]) / 2)
    if isinstance(gripper, ParallelGripperModel):
        stroke = gripper.stroke.known()
        open_ = stroke if opening is None else min(opening, stroke)
        thick, wide, long = gripper.finger_size
        half = np.array([thick, wide, long]) / 2
        at = [(sign * (open_ + thick) / 2, 0.0, z + long / 2) for sign in (1.0, -1.0)]
        return body, [Solid(f"fingers of {role}", frame @ transform(np.eye(3), one), half) for one in at]
    length = max(gripper.tcp - z, 0.005)
    radius = gripper.cup_diameter.known() / 2
    cup = frame @ transform(np.eye(3), (0.0, 0.0, gripper.tcp - length / 2))
    return body, [Solid(f"cup of {role}", cup, np.array([radius, radius, length / 2]))]
