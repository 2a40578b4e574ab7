"""Conversion between cellkit's data and messages in Foxglove's protobuf schemas."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

import numpy as np
from foxglove_schemas_protobuf.CameraCalibration_pb2 import CameraCalibration
from foxglove_schemas_protobuf.CompressedImage_pb2 import CompressedImage
from foxglove_schemas_protobuf.FrameTransform_pb2 import FrameTransform
from foxglove_schemas_protobuf.FrameTransforms_pb2 import FrameTransforms
from foxglove_schemas_protobuf.JointStates_pb2 import JointStates
from foxglove_schemas_protobuf.Log_pb2 import Log
from google.protobuf.timestamp_pb2 import Timestamp
from mcap_protobuf.schema import build_file_descriptor_set

from cellkit.controller.world import CameraGeometry
from cellkit.geometry import Array, quaternion_from_rotation, rotation_from_quaternion, transform
from cellkit.joints import JointState
from cellkit.recording.mcap_writer import Schema

WORLD = "world"
SECOND = 1_000_000_000


@functools.cache
def protobuf(message: Any) -> Schema:
    """Return the schema of a generated protobuf class."""
    data = build_file_descriptor_set(message).SerializeToString()
    return Schema(message.DESCRIPTOR.full_name, "protobuf", data, "protobuf")


def nanoseconds(time: float) -> int:
    """Convert cell time from s to ns."""
    return round(time * SECOND)


def stamp(time: int) -> Timestamp:
    """Return cell time (ns) as a protobuf timestamp, which counts from 1970."""
    return Timestamp(seconds=time // SECOND, nanos=time % SECOND)


class Transforms:
    """An encoder of ``FrameTransforms`` with parent ``world``; it reuses its message while the names stay the same."""

    def __init__(self) -> None:
        self._names: tuple[str, ...] = ()
        self._message = FrameTransforms()
        self._parts: list[FrameTransform] = []

    def message(self, time: int, places: Mapping[str, Array]) -> bytes:
        """Encode ``places`` (4, 4) by name at cell time ``time`` (ns)."""
        names = tuple(places)
        if names != self._names:
            self._message = FrameTransforms()
            self._parts = [self._message.transforms.add(parent_frame_id=WORLD, child_frame_id=name) for name in names]
            self._names = names
        seconds, nanos = divmod(time, SECOND)
        for part, place in zip(self._parts, places.values(), strict=True):
            part.timestamp.seconds, part.timestamp.nanos = seconds, nanos
            x, y, z = place[:3, 3].tolist()
            origin, quaternion = part.translation, part.rotation
            origin.x, origin.y, origin.z = x, y, z
            quaternion.x, quaternion.y, quaternion.z, quaternion.w = quaternion_from_rotation(place[:3, :3])
        return self._message.SerializeToString()


def places_of(message: Any) -> dict[str, Array]:
    """Return the transforms (4, 4) by the name of the child frame. They are not chained up to the root frame."""
    places = {}
    for part in message.transforms:
        turn, origin = part.rotation, part.translation
        given = part.HasField("rotation")
        rotation = rotation_from_quaternion((turn.x, turn.y, turn.z, turn.w)) if given else np.eye(3)
        places[part.child_frame_id] = transform(rotation, (origin.x, origin.y, origin.z))
    return places


class Joints:
    """An encoder of the ``JointStates`` of one arm."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self._message = JointStates()
        self._parts = [self._message.joints.add(name=name) for name in names]

    def message(self, time: int, state: JointState) -> bytes:
        """Encode positions (rad), velocities (rad/s) and, where known, torques (N m)."""
        self._message.timestamp.CopyFrom(stamp(time))
        for part, position, velocity in zip(self._parts, state.position.tolist(), state.velocity.tolist(), strict=True):
            part.position, part.velocity = position, velocity
        if state.effort is not None:
            for part, effort in zip(self._parts, state.effort.tolist(), strict=True):
                part.effort = effort
        return self._message.SerializeToString()


def log(time: int, level: int, name: str, text: str) -> bytes:
    """Encode one line of the log; ``level`` as in ``Log``."""
    return Log(timestamp=stamp(time), level=level, name=name, message=text).SerializeToString()  # type: ignore[arg-type]


def jpeg(time: int, frame: str, data: bytes) -> bytes:
    """Encode a JPEG picture."""
    return CompressedImage(timestamp=stamp(time), frame_id=frame, data=data, format="jpeg").SerializeToString()


def calibration(time: int, frame: str, camera: CameraGeometry) -> bytes:
    """Encode a pinhole camera without distortion, with square pixels and the principal point in the middle."""
    focal = camera.width / (2 * np.tan(camera.field_of_view / 2))
    x, y = camera.width / 2, camera.height / 2
    return CameraCalibration(
        timestamp=stamp(time),
        frame_id=frame,
        width=camera.width,
        height=camera.height,
        distortion_model="plumb_bob",
        D=[0.0] * 5,
        K=[focal, 0, x, 0, focal, y, 0, 0, 1],
        R=[1, 0, 0, 0, 1, 0, 0, 0, 1],
        P=[focal, 0, x, 0, 0, focal, y, 0, 0, 0, 1, 0],
    ).SerializeToString()
