"""What is drawn, as Foxglove's scene entities and back.

Foxglove has no capsule: one is a cylinder with a sphere at each end. The first ``capsules`` cylinders of an entity, and
two spheres each, are such; the entity's metadata say how many.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from foxglove_schemas_protobuf.Pose_pb2 import Pose
from foxglove_schemas_protobuf.SceneEntity_pb2 import SceneEntity
from foxglove_schemas_protobuf.SceneEntityDeletion_pb2 import SceneEntityDeletion
from foxglove_schemas_protobuf.SceneUpdate_pb2 import SceneUpdate

from cellkit.controller.drawing import Colour, Drawn, Solid
from cellkit.geometry import (
    Array,
    quaternion_from_rotation,
    rotation_from_quaternion,
    rotation_from_rpy,
    rpy_from_rotation,
    transform,
)
from cellkit.recording.messages import stamp

_SHORT = 1e-9  # m of cylinder below which a capsule is a sphere


def scene_update(time: int, drawn: Iterable[Drawn], gone: Iterable[str] = ()) -> bytes:
    """Everything that there is from cell time ``time`` (ns) on, and the names of what was there and is no longer."""
    update = SceneUpdate()
    for name in gone:
        update.deletions.add(timestamp=stamp(time), type=SceneEntityDeletion.MATCHING_ID, id=name)
    for one in drawn:
        _fill(update.entities.add(timestamp=stamp(time), frame_id=one.name, id=one.name, frame_locked=True), one)
    return update.SerializeToString()


def _fill(entity: SceneEntity, drawn: Drawn) -> None:
    capsules = [solid for solid in drawn.solids if _long_capsule(solid)]
    for key, value in (("owner", drawn.owner), ("loose", str(drawn.loose).lower()), ("capsules", str(len(capsules)))):
        entity.metadata.add(key=key, value=value)
    for solid in capsules:
        across, _, height = solid.size
        middle = transform(rotation_from_rpy(*solid.rpy), solid.xyz)
        _cylinder(entity, middle, (across, across, height - across), solid.colour)
        for end in (-1.0, 1.0):
            cap = middle.copy()
            cap[:3, 3] += middle[:3, 2] * (end * (height - across) / 2)
            _sphere(entity, cap, across, solid.colour)
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
    one = entity.cylinders.add(bottom_scale=1.0, top_scale=1.0)
    _place(one.pose, place)
    one.size.x, one.size.y, one.size.z = size
    _paint(one.color, colour)


def _sphere(entity: SceneEntity, place: Array, across: float, colour: Colour) -> None:
    one = entity.spheres.add()
    _place(one.pose, place)
    one.size.x = one.size.y = one.size.z = across
    _paint(one.color, colour)


def _place(pose: Pose, place: Array) -> None:
    at, turn = pose.position, pose.orientation
    at.x, at.y, at.z = place[:3, 3].tolist()
    turn.x, turn.y, turn.z, turn.w = quaternion_from_rotation(place[:3, :3])


def _paint(paint: Any, colour: Colour) -> None:
    paint.r, paint.g, paint.b = colour
    paint.a = 1.0


def drawn_of(entity: Any) -> Drawn:
    """A scene entity as it is drawn; of other primitives than boxes, cylinders and spheres nothing is left."""
    facts = {one.key: one.value for one in entity.metadata}
    count = int(facts.get("capsules", "0")) if facts.get("capsules", "0").isdigit() else 0
    count = min(count, len(entity.cylinders), len(entity.spheres) // 2)
    solids: list[Solid] = []
    for number, one in enumerate(entity.cylinders):
        if number < count:
            size = (one.size.x, one.size.x, one.size.z + one.size.x)
            solids.append(Solid("capsule", size, *_origin(one.pose), _colour(one)))
        else:
            solids.append(Solid("cylinder", _size(one), *_origin(one.pose), _colour(one)))
    solids += [Solid("sphere", _size(one), *_origin(one.pose), _colour(one)) for one in entity.spheres[2 * count :]]
    solids += [Solid("box", _size(one), *_origin(one.pose), _colour(one)) for one in entity.cubes]
    return Drawn(entity.id, facts.get("owner", ""), tuple(solids), facts.get("loose") == "true")


def _size(one: Any) -> tuple[float, float, float]:
    return one.size.x, one.size.y, one.size.z


def _colour(one: Any) -> Colour:
    return one.color.r, one.color.g, one.color.b


def _origin(pose: Any) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    at, turn = pose.position, pose.orientation
    quaternion = (turn.x, turn.y, turn.z, turn.w)
    rpy = rpy_from_rotation(rotation_from_quaternion(quaternion)) if any(quaternion) else (0.0, 0.0, 0.0)
    return (at.x, at.y, at.z), rpy
