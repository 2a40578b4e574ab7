"""Bodies and belts of the kinematic world: where they are now, worked out when somebody asks."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import lru_cache

import numpy as np
from typing_extensions import override

from cellkit.controller.plants.conveyor import ConveyorPlant
from cellkit.controller.world import Body
from cellkit.geometry import Array, Pose, inverse_transform, rotation_from_rotvec
from cellkit_sim.forms import Form

FLOOR = "floor"
SINK = 0.005
"""m that a body may stick in its support when it is let go, and still come to rest on it."""
FOOTPRINT = 0.8
"""Share of its half width, from the middle, at which a body is supported."""


_form = lru_cache(maxsize=256)(Form)  # it never changes, and a cell has many alike, run after run


class Conveyor(ConveyorPlant):
    """``ConveyorPlant``: carries along x of its pose, the middle of its top."""

    def __init__(
        self, name: str, pose: Pose, size: tuple[float, float, float], now: Callable[[], float],
        before_change: Callable[[Conveyor], None], after_change: Callable[[], None],
    ) -> None:  # fmt: skip
        self.name, self.size = name, size
        self.axis = pose.matrix[:3, 0].copy()
        self.start = float(self.axis @ pose.matrix[:3, 3]) - size[0] / 2
        """Coordinate (m) along the axis where the belt begins."""
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
        """M that the belt has moved until ``now`` (s)."""
        return self._travel + self.speed * (now - self._since)


class KinematicBody:
    """One body: at rest, on a belt, or held. ``holder`` gives the frame (4, 4) that it is fixed to.

    Several hands may hold it. It goes with the one that gripped it first, until that lets go.
    """

    def __init__(self, body: Body) -> None:
        self.body, self.form = body, _form(body.shapes)
        self._matrix = body.pose.matrix.copy()
        self.belt: Conveyor | None = None
        self._place: tuple[float, float, float] = tuple(self._matrix[:3, 3].tolist())
        self._travel = 0.0
        self.holder: Callable[[], Array] | None = None
        self._next: list[Callable[[], Array]] = []

    def place(self, now: float) -> tuple[float, float, float]:
        """Its position (m) in world at ``now`` (s)."""
        if self.holder is None and self.belt is None:
            return self._place
        x, y, z = self.matrix(now)[:3, 3].tolist()
        return x, y, z

    def matrix(self, now: float) -> Array:
        """(4, 4) pose in world at ``now`` (s). Not to be written to."""
        if self.holder is not None:
            return self.holder() @ self._matrix
        if self.belt is not None:
            moved = self._matrix.copy()
            moved[:3, 3] += self.belt.axis * (self.belt.travel(now) - self._travel)
            return moved
        return self._matrix

    def rest(self, matrix: Array, belt: Conveyor | None, now: float) -> None:
        """Lie at a pose in world, on a belt or not."""
        self._matrix, self.belt, self.holder = matrix, belt, None
        self._next.clear()
        self._place = tuple(matrix[:3, 3].tolist())
        self._travel = belt.travel(now) if belt is not None else 0.0

    def hold(self, relative: Array, holder: Callable[[], Array]) -> None:
        """Be fixed at ``relative`` (4, 4) to a frame that moves; where another one holds it already, stay as it is."""
        if self.holder is not None:
            self._next.append(holder)
            return
        self._matrix, self.belt, self.holder = relative, None, holder

    def let_go(self, holder: Callable[[], Array], now: float) -> bool:
        """One of those who hold it does so no longer; whether another one still does, who carries it from here on."""
        if holder in self._next:
            self._next.remove(holder)
        elif self._next:
            world, self.holder = self.matrix(now), self._next.pop(0)
            self._matrix = inverse_transform(self.holder()) @ world
        else:
            return False
        return True


class KinematicBodies:
    """All bodies. Nothing collides here: bodies on a belt pass through what stands in their way."""

    def __init__(self) -> None:
        self.all: dict[str, KinematicBody] = {}
        self.belts: dict[str, Conveyor] = {}
        self.pending: dict[str, float] = {}
        """Bodies put somewhere, and when (s): they come down when time goes on, for the scene is complete then."""

    def settle(self, now: float) -> None:
        """Let bodies fall that were put into the air, or that a belt has carried over its end."""
        if self.pending:
            due = [(float(self.all[name].matrix(now)[2, 3]), name) for name, put in self.pending.items() if put < now]
            for _, name in sorted(due):
                body = self.all[name]
                self.drop(body, body.matrix(now), self.pending.pop(name))
        if not any(belt.speed for belt in self.belts.values()):
            return
        for body in self.all.values():
            belt = body.belt
            if belt is None or belt.speed == 0.0:
                continue
            matrix = body.matrix(now)
            place = float(belt.axis @ matrix[:3, 3]) - belt.start
            beyond = place - belt.size[0] if belt.speed > 0 else -place
            if beyond > 0:
                # It left at an earlier moment; from there it is the next support's.
                left = now - beyond / abs(belt.speed)
                edge = matrix.copy()
                edge[:3, 3] -= belt.axis * math.copysign(beyond - 1e-4, belt.speed)
                self.drop(body, edge, left, without=belt.name)

    def drop(self, body: KinematicBody, matrix: Array, now: float, without: str = "") -> None:
        """Come to rest on the highest support below, upright on the face that is nearest to level."""
        matrix = _levelled(matrix)
        low, high = body.form.interval(matrix[:3, :3], 2)
        bottom = float(matrix[2, 3]) + low
        support, height = self._support(body, matrix, bottom + min(SINK, (high - low) / 2), now, without)
        matrix[2, 3] = height - low
        body.rest(matrix, self.belts.get(support), now)

    def first_hit(self, origin: Array, direction: Array, reach: float, now: float) -> tuple[str, float] | None:
        """Name of and distance (m) to the first body, or the floor, along a ray."""
        self.settle(now)
        found: tuple[str, float] | None = None
        if direction[2] < -1e-12:
            floor = -float(origin[2]) / float(direction[2])
            if 0 <= floor <= reach:
                found = (FLOOR, floor)
        for name, body in self.all.items():
            hit = body.form.ray(body.matrix(now), origin, direction, reach)
            if hit is not None and (found is None or hit < found[1]):
                found = (name, hit)
        return found

    def near(self, point: Array, reach: float, now: float) -> Iterable[tuple[KinematicBody, Array]]:
        """Parts, held or not, that may come within ``reach`` (m) of a point, with their poses."""
        self.settle(now)
        px, py, pz = point.tolist()
        for body in self.all.values():
            if body.body.loose:
                x, y, z = body.place(now)
                if (x - px) ** 2 + (y - py) ** 2 + (z - pz) ** 2 <= (reach + body.form.radius) ** 2:
                    yield body, body.matrix(now)

    def _support(self, body: KinematicBody, matrix: Array, top: float, now: float, without: str) -> tuple[str, float]:
        """Name and height (m) of what is under a body: rays straight down from height ``top``."""
        x, y = float(matrix[0, 3]), float(matrix[1, 3])
        reach_x = body.form.interval(matrix[:3, :3], 0)[1] * FOOTPRINT
        reach_y = body.form.interval(matrix[:3, :3], 1)[1] * FOOTPRINT
        down = np.array([0.0, 0.0, -1.0])
        corners = ((0, 0), (1, 1), (1, -1), (-1, 1), (-1, -1))
        starts = [np.array([x + dx * reach_x, y + dy * reach_y, top]) for dx, dy in corners]
        best = (FLOOR, 0.0)
        for name, other in self.all.items():
            if other is body or name == without or other.holder is not None:
                continue
            wide = body.form.radius + other.form.radius
            other_x, other_y, _ = other.place(now)
            if abs(other_x - x) > wide or abs(other_y - y) > wide:
                continue
            pose = other.matrix(now)
            for start in starts:
                hit = other.form.ray(pose, start, down, math.inf)
                # From inside (distance 0) it stands beside the body, not above its support.
                if hit is not None and hit > 0 and top - hit > best[1]:
                    best = (name, top - hit)
        return best


def _levelled(matrix: Array) -> Array:
    """A copy, turned the shortest way so that the axis nearest to the vertical is vertical."""
    level = matrix.copy()
    level[:3, :3] = _straightened(level[:3, :3], 2, math.pi)
    return level


def aligned_for_grip(rotation: Array, largest: float) -> Array:
    """A part's rotation in the gripper frame as pads leave it: its nearest axis along x, if within ``largest`` rad."""
    return _straightened(rotation, 0, largest)


def _straightened(rotation: Array, onto: int, largest: float) -> Array:
    """A rotation turned the shortest way, but at most ``largest`` rad, so that one of its axes lies along ``onto``."""
    row = rotation[onto].tolist()
    axis = max(range(3), key=lambda one: abs(row[one]))
    cosine = min(1.0, abs(row[axis]))
    if cosine > 1.0 - 1e-14 or math.acos(cosine) > largest:
        return rotation
    x, y, z = (rotation[:, axis] * math.copysign(1.0, row[axis])).tolist()
    cross = np.array((0.0, z, -y) if onto == 0 else (y, -x, 0.0))
    turned: Array = rotation_from_rotvec(cross * (math.acos(cosine) / float(np.linalg.norm(cross)))) @ rotation
    return turned
