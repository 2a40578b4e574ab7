"""Bodies and belts of the kinematic world; their poses are computed on request."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from typing_extensions import override

from cellkit.controller.plants.conveyor import ConveyorPlant
from cellkit.controller.world import Body
from cellkit.geometry import Array, Pose, inverse_transform, rotation_from_rotvec
from cellkit_sim.compound_shape import CompoundShape

FLOOR = "floor"
SINK = 0.005
"""Depth (m) to which a body may overlap a support when it is released, and still come to rest on it."""
FOOTPRINT = 0.8
"""Distance from the middle of a body at which it is supported, as a share of its half width."""


_compound_shape = lru_cache(maxsize=256)(CompoundShape)  # immutable, and a cell has many equal ones, run after run


class Conveyor(ConveyorPlant):
    """``ConveyorPlant`` that carries along x of its pose, which is the middle of its top."""

    def __init__(
        self, name: str, pose: Pose, size: tuple[float, float, float], now: Callable[[], float],
        before_change: Callable[[Conveyor], None], after_change: Callable[[], None],
    ) -> None:  # fmt: skip
        self.name, self.size = name, size
        self.axis = pose.matrix[:3, 0].copy()
        self.start = float(self.axis @ pose.matrix[:3, 3]) - size[0] / 2
        """Coordinate (m) of the belt's start along its axis."""
        self.speed = 0.0
        self._now, self._before, self._after = now, before_change, after_change
        self._travel, self._since = 0.0, 0.0

    @override
    def set_speed(self, speed: float) -> None:
        self._before(self)
        now = self._now()
        self._travel = self.travel(now)
        self._since, self.speed = now, speed
        self._after()

    def travel(self, now: float) -> float:
        """Return the distance (m) that the belt has moved until ``now`` (s)."""
        return self._travel + self.speed * (now - self._since)


Times: TypeAlias = Sequence[float] | None
"""Cell times (s), or None: now."""
Holder: TypeAlias = Callable[[Times], Array]
"""A moving frame: returns its pose (4, 4) in world now, or its poses (k, 4, 4) at k times."""


class KinematicBody:
    """One body: at rest, on a belt, or held. ``holder`` is the frame to which it is fixed.

    Several grippers may hold it. It moves with the first of them until that one releases it.
    """

    def __init__(self, body: Body) -> None:
        self.body, self.shape = body, _compound_shape(body.shapes)
        self._matrix = body.pose.matrix.copy()
        self.belt: Conveyor | None = None
        self._place: tuple[float, float, float] = tuple(self._matrix[:3, 3].tolist())
        self._travel = 0.0
        self.holder: Holder | None = None
        self._next: list[Holder] = []

    def place(self, now: float) -> tuple[float, float, float]:
        """Return the position (m) in world at ``now`` (s)."""
        if self.holder is None and self.belt is None:
            return self._place
        x, y, z = self.matrix(now)[:3, 3].tolist()
        return x, y, z

    def matrix(self, now: float) -> Array:
        """Return the pose (4, 4) in world at ``now`` (s); the caller must not change it."""
        if self.holder is not None:
            return self.holder(None) @ self._matrix
        if self.belt is not None:
            moved = self._matrix.copy()
            moved[:3, 3] += self.belt.axis * (self.belt.travel(now) - self._travel)
            return moved
        return self._matrix

    def motion(self, times: Sequence[float]) -> Array:
        """Return the poses (k, 4, 4) at k times (s) of a held body, and the pose (4, 4) of any other: no belt runs."""
        return self.matrix(times[0]) if self.holder is None else self.holder(times) @ self._matrix

    def rest(self, matrix: Array, belt: Conveyor | None, now: float) -> None:
        """Put the body at rest at a pose in world, or on a belt."""
        self._matrix, self.belt, self.holder = matrix, belt, None
        self._next.clear()
        self._place = tuple(matrix[:3, 3].tolist())
        self._travel = belt.travel(now) if belt is not None else 0.0

    def hold(self, relative: Array, holder: Holder) -> None:
        """Fix the body at ``relative`` (4, 4) to a moving frame; a held body stays fixed to its first holder."""
        if self.holder is not None:
            self._next.append(holder)
            return
        self._matrix, self.belt, self.holder = relative, None, holder

    def release(self, holder: Holder, now: float) -> bool:
        """Release the body from one holder. Return whether another holder still holds it and carries it from now on."""
        if holder in self._next:
            self._next.remove(holder)
        elif self._next:
            world, self.holder = self.matrix(now), self._next.pop(0)
            self._matrix = inverse_transform(self.holder(None)) @ world
        else:
            return False
        return True


class KinematicBodies:
    """All bodies. There are no collisions: bodies on a belt pass through others."""

    def __init__(self) -> None:
        self.all: dict[str, KinematicBody] = {}
        self.belts: dict[str, Conveyor] = {}
        self.pending: dict[str, float] = {}
        """Bodies that were placed, with the time (s); they drop when time goes on, since the scene is complete then."""

    @property
    def belts_move(self) -> bool:
        """Whether a belt runs."""
        return any(belt.speed for belt in self.belts.values())

    def settle(self, now: float) -> None:
        """Drop bodies that were placed in the air, or that a belt has carried over its end."""
        if self.pending:
            due = [(float(self.all[name].matrix(now)[2, 3]), name) for name, put in self.pending.items() if put < now]
            for _, name in sorted(due):
                body = self.all[name]
                self.drop(body, body.matrix(now), self.pending.pop(name))
        if not self.belts_move:
            return
        for body in self.all.values():
            belt = body.belt
            if belt is None or belt.speed == 0.0:
                continue
            matrix = body.matrix(now)
            place = float(belt.axis @ matrix[:3, 3]) - belt.start
            beyond = place - belt.size[0] if belt.speed > 0 else -place
            if beyond > 0:
                # The body left the belt earlier; from there on the next support carries it.
                left = now - beyond / abs(belt.speed)
                edge = matrix.copy()
                edge[:3, 3] -= belt.axis * math.copysign(beyond - 1e-4, belt.speed)
                self.drop(body, edge, left, without=belt.name)

    def drop(self, body: KinematicBody, matrix: Array, now: float, without: str = "") -> None:
        """Put a body to rest on the highest support below, on the face that is nearest to horizontal."""
        matrix = _levelled(matrix)
        low, high = body.shape.interval(matrix[:3, :3], 2)
        bottom = float(matrix[2, 3]) + low
        support, height = self._support(body, matrix, bottom + min(SINK, (high - low) / 2), now, without)
        matrix[2, 3] = height - low
        body.rest(matrix, self.belts.get(support), now)

    def first_hit(self, origin: Array, direction: Array, reach: float, now: float) -> tuple[str, float] | None:
        """Return name of and distance (m) to the first body, or the floor, along a ray."""
        self.settle(now)
        first: tuple[str, float] | None = None
        if direction[2] < -1e-12:
            floor = -float(origin[2]) / float(direction[2])
            if 0 <= floor <= reach:
                first = (FLOOR, floor)
        for name, body in self.all.items():
            hit = body.shape.ray(body.matrix(now), origin, direction, reach)
            if hit is not None and (first is None or hit < first[1]):
                first = (name, hit)
        return first

    def near(self, point: Array, reach: float, now: float) -> Iterable[tuple[KinematicBody, Array]]:
        """Yield the loose bodies, held or not, that may be within ``reach`` (m) of a point, with their poses."""
        self.settle(now)
        px, py, pz = point.tolist()
        for body in self.all.values():
            if body.body.loose:
                x, y, z = body.place(now)
                if (x - px) ** 2 + (y - py) ** 2 + (z - pz) ** 2 <= (reach + body.shape.radius) ** 2:
                    yield body, body.matrix(now)

    def _support(self, body: KinematicBody, matrix: Array, top: float, now: float, without: str) -> tuple[str, float]:
        """Return name and height (m) of the support under a body, by rays straight down from height ``top``."""
        x, y = float(matrix[0, 3]), float(matrix[1, 3])
        reach_x = body.shape.interval(matrix[:3, :3], 0)[1] * FOOTPRINT
        reach_y = body.shape.interval(matrix[:3, :3], 1)[1] * FOOTPRINT
        down = np.array([0.0, 0.0, -1.0])
        corners = ((0, 0), (1, 1), (1, -1), (-1, 1), (-1, -1))
        starts = [np.array([x + dx * reach_x, y + dy * reach_y, top]) for dx, dy in corners]
        best = (FLOOR, 0.0)
        for name, other in self.all.items():
            if other is body or name == without or other.holder is not None:
                continue
            radius = other.shape.radius
            wide = body.shape.radius + radius
            other_x, other_y, other_z = other.place(now)
            if abs(other_x - x) > wide or abs(other_y - y) > wide:
                continue
            if other_z - radius > top or other_z + radius < best[1]:  # above the body, or below its best support
                continue
            pose = other.matrix(now)
            for start in starts:
                hit = other.shape.ray(pose, start, down, math.inf)
                # A ray from inside (distance 0) starts in a body beside, not above a support.
                if hit is not None and hit > 0 and top - hit > best[1]:
                    best = (name, top - hit)
        return best


def _levelled(matrix: Array) -> Array:
    """Return a copy, turned by the smallest angle so that the axis nearest to the vertical is vertical."""
    level = matrix.copy()
    level[:3, :3] = _straightened(level[:3, :3], 2, math.pi)
    return level


def aligned_for_grip(rotation: Array, largest: float) -> Array:
    """Return a part's rotation in the gripper frame after gripping: nearest axis along x, within ``largest`` rad."""
    return _straightened(rotation, 0, largest)


def _straightened(rotation: Array, onto: int, largest: float) -> Array:
    """Turn a rotation by the smallest angle, at most ``largest`` rad, so that one of its axes is along ``onto``."""
    row = rotation[onto].tolist()
    axis = max(range(3), key=lambda index: abs(row[index]))
    cosine = min(1.0, abs(row[axis]))
    if cosine > 1.0 - 1e-14 or math.acos(cosine) > largest:
        return rotation
    x, y, z = (rotation[:, axis] * math.copysign(1.0, row[axis])).tolist()
    cross = np.array((0.0, z, -y) if onto == 0 else (y, -x, 0.0))
    turned: Array = rotation_from_rotvec(cross * (math.acos(cosine) / float(np.linalg.norm(cross)))) @ rotation
    return turned
