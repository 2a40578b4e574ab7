"""Conversion between cellkit's data and messages in Foxglove's protobuf schemas."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from foxglove_schemas_protobuf.CameraCalibration_pb2 import CameraCalibration
from foxglove_schemas_protobuf.CompressedImage_pb2 import CompressedImage
from foxglove_schemas_protobuf.FrameTransforms_pb2 import FrameTransforms
from foxglove_schemas_protobuf.JointStates_pb2 import JointStates
from foxglove_schemas_protobuf.Log_pb2 import Log
from mcap_protobuf.schema import build_file_descriptor_set

from cellkit.controller.world import CameraGeometry
from cellkit.geometry import Array, quaternions_from_rotations, rotation_from_quaternion, transform
from cellkit.recording.batch import SECOND, BatchEncoder, stamp
from cellkit.recording.mcap_writer import Schema

WORLD = "world"
_JOINT_FIELDS = ("position", "velocity", "effort")


@functools.cache
def protobuf(message: Any) -> Schema:
    """Return the schema of a generated protobuf class."""
    data = build_file_descriptor_set(message).SerializeToString()
    return Schema(message.DESCRIPTOR.full_name, "protobuf", data, "protobuf")


def nanoseconds(time: float) -> int:
    """Convert cell time from s to ns."""
    return round(time * SECOND)


class Transforms:
    """An encoder of ``FrameTransforms`` with parent ``world``."""

    def __init__(self) -> None:
        self._names: Sequence[str] | None = None
        self._batch: BatchEncoder

    def messages(self, times: Sequence[int], names: Sequence[str], places: Array) -> list[bytes]:
        """Encode ``places`` (k, n, 4, 4) of n bodies at k cell times (ns)."""
        if names != self._names:
            self._names, self._batch = names, BatchEncoder(partial(_transforms, names))
        matrices = places.reshape(-1, 4, 4)
        turns = quaternions_from_rotations(matrices[:, :3, :3])
        return self._batch.messages(times, np.hstack([matrices[:, :3, 3], turns]).reshape(len(times), -1))

    def message(self, time: int, places: Mapping[str, Array]) -> bytes:
        """Encode ``places`` (4, 4) by name at cell time ``time`` (ns)."""
        return self.messages([time], tuple(places), np.array([list(places.values())]))[0]


def _transforms(names: Sequence[str], time: int, numbers: Sequence[float]) -> bytes:
    """Encode one message: position (3) and quaternion (4) of each body."""
    message = FrameTransforms()
    seven = iter(numbers)
    for name in names:
        part = message.transforms.add(timestamp=stamp(time), parent_frame_id=WORLD, child_frame_id=name)
        origin, turn = part.translation, part.rotation
        origin.x, origin.y, origin.z = next(seven), next(seven), next(seven)
        turn.x, turn.y, turn.z, turn.w = next(seven), next(seven), next(seven), next(seven)
    return message.SerializeToString()


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
    """An encoder of the ``JointStates`` of one arm: positions (rad), velocities (rad/s), torques (N m) where known."""

    def __init__(self, names: Sequence[str]) -> None:
        self._batch = BatchEncoder(partial(_joints, names))

    def messages(self, times: Sequence[int], rows: Array) -> list[bytes]:
        """Encode k states at cell times (ns) from rows (k, c) of positions, velocities and torques where known."""
        return self._batch.messages(times, rows)


def _joints(names: Sequence[str], time: int, numbers: Sequence[float]) -> bytes:
    message = JointStates(timestamp=stamp(time))
    count = len(names)
    for index, name in enumerate(names):
        message.joints.add(name=name, **dict(zip(_JOINT_FIELDS, numbers[index::count], strict=False)))
    return message.SerializeToString()


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
