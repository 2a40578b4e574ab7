"""Bodies and belts in PyBullet."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from typing_extensions import override

from cellkit.controller.plants.conveyor import ConveyorPlant
from cellkit.controller.world import Body, Shape
from cellkit.geometry import (
    Array,
    Pose,
    quaternion_from_rotation,
    rotation_from_quaternion,
    rotation_from_rpy,
    transform,
)
from cellkit_sim.belts import BELT
from cellkit_sim.bullet import Client
from cellkit_sim.compound_shape import CompoundShape
from cellkit_sim.sleeping import RESTING

FLOOR = "floor"
FLOOR_COLOUR = (0.82, 0.83, 0.84)
MAX_SHAPES = 16  # PyBullet crashes on longer arrays


class PhysicsBody:
    """One body: its description, its geometry, and its number in PyBullet."""

    def __init__(self, client: Client, body: Body) -> None:
        self.body, self.shape, self._client = body, CompoundShape(body.shapes), client
        p, cid = client.p, client.id
        position, quaternion = _placement(body.pose)
        # Every shape of an elastic body is a link of its own, since PyBullet sets contact stiffness per link.
        per_link = MAX_SHAPES if body.stiffness is None else 1
        self.id: int = p.createMultiBody(
            baseMass=body.mass,
            baseCollisionShapeIndex=_shapes(client, body, body.shapes[:per_link], visual=False),
            baseVisualShapeIndex=_shapes(client, body, body.shapes[:per_link], visual=True),
            basePosition=position,
            baseOrientation=quaternion,
            physicsClientId=cid,
            **_fixed_links(client, body, per_link),
        )
        options: dict[str, Any] = {"lateralFriction": body.friction}
        if body.mass > 0:
            options["localInertiaDiagonal"] = self.shape.inertia(body.mass).tolist()
            # ``SleepingBodies`` allows it for loose bodies.
            options["activationState"] = p.ACTIVATION_STATE_DISABLE_SLEEPING
        if body.kind != BELT:
            # Without friction anchors a standing body creeps by 0.1 mm/s. A contact is anchored if one side is: fixed
            # bodies are anchored, belts and parts are not, so that belts still carry parts.
            options["frictionAnchor"] = int(not body.loose)
        if body.stiffness is not None:
            options |= _spring(body.stiffness, 1) | {"frictionAnchor": 0}
        self._set(**options)
        self._contact_points: dict[int, int] = {}
        self._measured: tuple[Any, Any] | None = None  # the position and quaternion of ``_pose``
        self._pose: Array

    def share_stiffness(self) -> None:
        """Divide the stiffness of every shape among its contact points, after each step.

        PyBullet treats every contact point as a spring. Every shape has the whole stiffness of the body.
        """
        assert self.body.stiffness is not None
        p, cid = self._client.p, self._client.id
        points: dict[int, int] = {}
        for point in p.getContactPoints(bodyA=self.id, physicsClientId=cid):
            if point[9] > 0.0:
                points[point[3]] = points.get(point[3], 0) + 1
        for link, count in points.items():
            if count != self._contact_points.get(link, 1):
                self._contact_points[link] = count
                p.changeDynamics(self.id, link, physicsClientId=cid, **_spring(self.body.stiffness, count))

    def _set(self, **dynamics: Any) -> None:
        p, cid = self._client.p, self._client.id
        for link in range(-1, p.getNumJoints(self.id, physicsClientId=cid)):
            p.changeDynamics(self.id, link, physicsClientId=cid, **dynamics)

    def pose(self) -> Array:
        """Return the pose (4, 4) in world, read-only; the same array until the body moves."""
        if self._measured is not None and not self.body.mass:
            return self._pose  # a fixed body moves only by ``move``
        placement = self._client.p.getBasePositionAndOrientation(self.id, physicsClientId=self._client.id)
        if placement != self._measured:
            position, quaternion = self._measured = placement
            self._pose = transform(rotation_from_quaternion(quaternion), position)
            self._pose.setflags(write=False)
        return self._pose

    def rests(self) -> bool:
        """Return whether the body is slow enough to sleep."""
        linear, angular = self._client.p.getBaseVelocity(self.id, physicsClientId=self._client.id)
        return bool(sum(x * x for x in (*linear, *angular)) < RESTING)

    def move(self, pose: Pose) -> None:
        """Place the body at a pose, at rest."""
        position, quaternion = _placement(pose)
        p, cid = self._client.p, self._client.id
        p.resetBasePositionAndOrientation(self.id, position, quaternion, physicsClientId=cid)
        p.resetBaseVelocity(self.id, [0, 0, 0], [0, 0, 0], physicsClientId=cid)
        self._measured = None

    def remove(self) -> None:
        """Remove the body from the world."""
        self._client.p.removeBody(self.id, physicsClientId=self._client.id)


def _spring(stiffness: float, points: int) -> dict[str, Any]:
    """Return stiffness and damping of one of ``points`` contact points that together have ``stiffness`` (N/m).

    They are critically damped for a mass of 1 kg, so that a pressed body neither oscillates nor sticks.
    """
    return {"contactStiffness": stiffness / points, "contactDamping": 2.0 * math.sqrt(stiffness) / points}


class PhysicsConveyor(ConveyorPlant):
    """``ConveyorPlant`` as a static box with a velocity, put back after each step, else it would move itself."""

    def __init__(self, client: Client, body: PhysicsBody, wake_touching: Callable[[Iterable[int]], None]) -> None:
        self._client, self._body, self._wake_touching = client, body, wake_touching
        self.moving = False
        self.set_speed(0.0)

    @override
    def set_speed(self, speed: float) -> None:
        was_moving, self.moving = self.moving, speed != 0.0
        self._velocity = (self._body.pose()[:3, 0] * speed).tolist()
        self._place = _placement(Pose.trusted(self._body.pose(), "world"))
        if was_moving and not self.moving:
            self.push()
        self.wake_parts()

    def wake_parts(self) -> None:
        """Wake what lies on the belt: the engine does not do so for a fixed body."""
        self._wake_touching([self._body.id])

    def push(self) -> None:
        """Set the velocity, before each step."""
        self._client.p.resetBaseVelocity(self._body.id, self._velocity, [0, 0, 0], physicsClientId=self._client.id)

    def restore(self) -> None:
        """Put the box back, after each step."""
        self._client.p.resetBasePositionAndOrientation(self._body.id, *self._place, physicsClientId=self._client.id)


def add_floor(client: Client, tile: float = 1.0, tiles: int = 4) -> int:
    """Add the plane z = 0, infinite for contacts, ``tiles`` by ``tiles`` in pictures. Return its number."""
    p, cid = client.p, client.id
    # TinyRenderer draws large triangles that reach behind the camera wrongly, so the floor has tiles, at most 16.
    places = [
        [(i - tiles / 2 + 0.5) * tile, (j - tiles / 2 + 0.5) * tile, -0.005] for i in range(tiles) for j in range(tiles)
    ]
    look = p.createVisualShapeArray(
        shapeTypes=[p.GEOM_BOX] * len(places), halfExtents=[[tile / 2, tile / 2, 0.005]] * len(places),
        visualFramePositions=places, rgbaColors=[[*FLOOR_COLOUR, 1.0]] * len(places), physicsClientId=cid,
    )  # fmt: skip
    plane = p.createCollisionShape(p.GEOM_PLANE, physicsClientId=cid)
    floor: int = p.createMultiBody(0, plane, look, physicsClientId=cid)
    p.changeDynamics(floor, -1, lateralFriction=1.0, frictionAnchor=1, physicsClientId=cid)
    return floor


def _placement(pose: Pose) -> tuple[list[float], tuple[float, float, float, float]]:
    return pose.position.tolist(), quaternion_from_rotation(pose.rotation)


def _fixed_links(client: Client, body: Body, per_link: int) -> dict[str, Any]:
    """Return further shapes of a body as links that are fixed to its base."""
    chunks = [body.shapes[i : i + per_link] for i in range(per_link, len(body.shapes), per_link)]
    if not chunks:
        return {}
    count = len(chunks)
    return {
        "linkMasses": [0.0] * count,
        "linkCollisionShapeIndices": [_shapes(client, body, chunk, visual=False) for chunk in chunks],
        "linkVisualShapeIndices": [_shapes(client, body, chunk, visual=True) for chunk in chunks],
        "linkPositions": [[0.0, 0.0, 0.0]] * count,
        "linkOrientations": [[0.0, 0.0, 0.0, 1.0]] * count,
        "linkInertialFramePositions": [[0.0, 0.0, 0.0]] * count,
        "linkInertialFrameOrientations": [[0.0, 0.0, 0.0, 1.0]] * count,
        "linkParentIndices": [0] * count,
        "linkJointTypes": [client.p.JOINT_FIXED] * count,
        "linkJointAxis": [[0.0, 0.0, 1.0]] * count,
    }


def _shapes(client: Client, body: Body, shapes: tuple[Shape, ...], visual: bool) -> int:
    p = client.p
    boxes = [shape.kind == "box" for shape in shapes]
    turns = [quaternion_from_rotation(np.asarray(rotation_from_rpy(*shape.rpy), dtype=np.float64)) for shape in shapes]
    common: dict[str, Any] = {
        "shapeTypes": [p.GEOM_BOX if box else p.GEOM_CYLINDER for box in boxes],
        "halfExtents": [[side / 2 for side in shape.size] for shape in shapes],
        "radii": [shape.size[0] / 2 for shape in shapes],
        "physicsClientId": client.id,
    }
    lengths = [shape.size[2] for shape in shapes]
    places = [list(shape.xyz) for shape in shapes]
    if visual:
        index: int = p.createVisualShapeArray(
            lengths=lengths, visualFramePositions=places, visualFrameOrientations=turns,
            rgbaColors=[[*body.colour, 1.0]] * len(boxes), **common,
        )  # fmt: skip
    else:
        index = p.createCollisionShapeArray(
            lengths=lengths, collisionFramePositions=places, collisionFrameOrientations=turns, **common
        )
    return index
