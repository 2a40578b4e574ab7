"""Conversion between drawn bodies and Foxglove's scene entities.

Foxglove has no capsule, so a capsule is written as a cylinder with a sphere at each end. The first ``capsules``
cylinders of an entity, with two spheres each, are capsules; the number is in the entity's metadata.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from foxglove_schemas_protobuf.Pose_pb2 import Pose
from foxglove_schemas_protobuf.SceneEntity_pb2 import SceneEntity
from foxglove_schemas_protobuf.SceneEntityDeletion_pb2 import SceneEntityDeletion
from foxglove_schemas_protobuf.SceneUpdate_pb2 import SceneUpdate

from cellkit.controller.drawing import Colour, Drawn, Solid
from cellkit.digits import whole_number
from cellkit.geometry import (
    Array,
    quaternion_from_rotation,
    rotation_from_quaternion,
    rotation_from_rpy,
    rpy_from_rotation,
    transform,
)
from cellkit.recording.batch import stamp

_SHORT = 1e-9  # m of cylinder below which a capsule is a sphere


def scene_update(time: int, drawn: Iterable[Drawn], removed: Iterable[str] = ()) -> bytes:
    """Encode all bodies from cell time ``time`` (ns) on, and the names of removed bodies."""
    update = SceneUpdate()
    for name in removed:
        update.deletions.add(timestamp=stamp(time), type=SceneEntityDeletion.MATCHING_ID, id=name)
    for body in drawn:
        _fill(update.entities.add(timestamp=stamp(time), frame_id=body.name, id=body.name, frame_locked=True), body)
    return update.SerializeToString()


def _fill(entity: SceneEntity, drawn: Drawn) -> None:
    capsules = [solid for solid in drawn.solids if _long_capsule(solid)]
    for key, value in (("owner", drawn.owner), ("loose", str(drawn.loose).lower()), ("capsules", str(len(capsules)))):
        entity.metadata.add(key=key, value=value)
    for solid in capsules:
        diameter, _, height = solid.size
        middle = transform(rotation_from_rpy(*solid.rpy), solid.xyz)
        _cylinder(entity, middle, (diameter, diameter, height - diameter), solid.colour)
        for end in (-1.0, 1.0):
            cap = middle.copy()
            cap[:3, 3] += middle[:3, 2] * (end * (height - diameter) / 2)
            _sphere(entity, cap, diameter, solid.colour)
    for solid in drawn.solids:
        place = transform(rotation_from_rpy(*solid.rpy), solid.xyz)
        if solid.kind == "box":
            box = entity.cubes.add()
            _place(box.pose, place)
            box.size.x, box.size.y, box.size.z = solid.size
            _paint(box.color, solid.colour)
        elif solid.kind == "cylinder":
            _cylinder(entity, place, solid.size, solid.colour)
        elif not _long_capsule(solid):
            _sphere(entity, place, solid.size[0], solid.colour)


def _long_capsule(solid: Solid) -> bool:
    return solid.kind == "capsule" and solid.size[2] - solid.size[0] > _SHORT


def _cylinder(entity: SceneEntity, place: Array, size: tuple[float, float, float], colour: Colour) -> None:
    cylinder = entity.cylinders.add(bottom_scale=1.0, top_scale=1.0)
    _place(cylinder.pose, place)
    cylinder.size.x, cylinder.size.y, cylinder.size.z = size
    _paint(cylinder.color, colour)


def _sphere(entity: SceneEntity, place: Array, diameter: float, colour: Colour) -> None:
    sphere = entity.spheres.add()
    _place(sphere.pose, place)
    sphere.size.x = sphere.size.y = sphere.size.z = diameter
    _paint(sphere.color, colour)


def _place(pose: Pose, place: Array) -> None:
    at, turn = pose.position, pose.orientation
    at.x, at.y, at.z = place[:3, 3].tolist()
    turn.x, turn.y, turn.z, turn.w = quaternion_from_rotation(place[:3, :3])


def _paint(paint: Any, colour: Colour) -> None:
    paint.r, paint.g, paint.b = colour
    paint.a = 1.0


def drawn_of(entity: Any) -> Drawn:
    """Return the body of a scene entity. Primitives other than boxes, cylinders and spheres are left out."""
    facts = {pair.key: pair.value for pair in entity.metadata}
    drawn = min(len(entity.cylinders), len(entity.spheres) // 2)
    count = min(whole_number(facts.get("capsules", "0"), most=2**63) or 0, drawn)
    solids: list[Solid] = []
    for cylinder in entity.cylinders[:count]:
        x, _, z = _size(cylinder)
        solids.append(Solid("capsule", (x, x, z + x), *_origin(cylinder.pose), _colour(cylinder)))
    solids += [_solid("cylinder", primitive) for primitive in entity.cylinders[count:]]
    solids += [_solid("sphere", primitive) for primitive in entity.spheres[2 * count :]]
    solids += [_solid("box", primitive) for primitive in entity.cubes]
    return Drawn(entity.id, facts.get("owner", ""), tuple(solids), facts.get("loose") == "true")


def _solid(kind: Literal["box", "cylinder", "sphere"], primitive: Any) -> Solid:
    return Solid(kind, _size(primitive), *_origin(primitive.pose), _colour(primitive))


def _size(primitive: Any) -> tuple[float, float, float]:
    return primitive.size.x, primitive.size.y, primitive.size.z


def _colour(primitive: Any) -> Colour:
    return primitive.color.r, primitive.color.g, primitive.color.b


def _origin(pose: Any) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    at, turn = pose.position, pose.orientation
    quaternion = (turn.x, turn.y, turn.z, turn.w)
    rpy = rpy_from_rotation(rotation_from_quaternion(quaternion)) if any(quaternion) else (0.0, 0.0, 0.0)
    return (at.x, at.y, at.z), rpy
