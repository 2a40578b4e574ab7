"""The check that each message of a recording has the content that its topic states, so that its readers can rely on it.

A file may be of the right form and hold anything: the schemas in the file itself are not trusted.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from foxglove_schemas_protobuf.CameraCalibration_pb2 import CameraCalibration
from foxglove_schemas_protobuf.CompressedImage_pb2 import CompressedImage
from foxglove_schemas_protobuf.FrameTransforms_pb2 import FrameTransforms
from foxglove_schemas_protobuf.JointStates_pb2 import JointStates
from foxglove_schemas_protobuf.Log_pb2 import Log
from foxglove_schemas_protobuf.SceneUpdate_pb2 import SceneUpdate

from cellkit.jsontext import read_json
from cellkit.recording import topics
from cellkit.scenario.kinds.recorded_kind import RecordedKind, recorded_kinds

Json = Mapping[str, Any]
Decoder = Callable[[bytes], Any]

_PROTOBUF: Mapping[str, Any] = {
    topics.MOVING: FrameTransforms,
    topics.FIXED: FrameTransforms,
    topics.FRAMES: FrameTransforms,
    topics.SCENE: SceneUpdate,
    topics.LOG: Log,
}
_PROTOBUF_OF_ROLES: Mapping[str, Any] = {
    "joints": JointStates,
    "image": CompressedImage,
    "calibration": CameraCalibration,
}
_BY_SCHEMA = {message.DESCRIPTOR.full_name: message for message in (*_PROTOBUF.values(), *_PROTOBUF_OF_ROLES.values())}
_JSON = {
    topics.EVENTS: topics.EVENT,
    topics.COLLISIONS: topics.COLLISION_COUNT,
    topics.PROGRAM: topics.PROGRAM_LINES,
}
_JSON_OF_ROLES = {"tcp": topics.TCP, "status": topics.STATUS, "wrench": topics.WRENCH}
_TYPES: Mapping[str, Callable[[Any], bool]] = {
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool) and _finite(value),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63,
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}


class NotAsStated(ValueError):
    """A message without the content that its topic states; the text names the place in it."""


def own_decoder(topic: str, encoding: str, schema: str) -> Decoder | None:
    """Return the decoder for a topic or schema that cellkit knows; None: decode as the file itself states.

    Raises ``NotAsStated`` for one of cellkit's topics with the messages of another. The decoder raises it for a message
    of wrong content.
    """
    quantity = topic.strip("/").rpartition("/")[2]
    wanted = _PROTOBUF.get(topic) or _PROTOBUF_OF_ROLES.get(quantity)
    if wanted is not None and schema != wanted.DESCRIPTOR.full_name:
        raise NotAsStated(f"expected {wanted.DESCRIPTOR.full_name}, got {schema or 'no schema'}")
    if schema in _BY_SCHEMA:
        _check_encoding(encoding, "protobuf")
        decoder: Decoder = _BY_SCHEMA[schema].FromString
        return decoder
    if topic in _JSON or quantity in _JSON_OF_ROLES:
        return _checked_json(_contents((_JSON.get(topic) or _JSON_OF_ROLES[quantity]).data), encoding)
    if quantity in recorded_kinds():
        return _checked_values(recorded_kinds()[quantity][1], encoding)
    return None


@cache
def _contents(schema: bytes) -> Json:
    contents: Json = json.loads(schema)
    return contents


def _checked_json(schema: Json, encoding: str) -> Decoder:
    _check_encoding(encoding)

    def decode(data: bytes) -> Any:
        message = read_json(data)
        check(message, schema)
        return message

    return decode


def _checked_values(kind: RecordedKind, encoding: str) -> Decoder:
    """Return a decoder for the values of a kind of device, whose properties depend on the names in the message."""
    _check_encoding(encoding)

    def decode(data: bytes) -> Any:
        message = read_json(data)
        check(message, {"type": "object", "required": ["signals"] if kind.nested else []})
        values = kind.values(message)
        check(values, {"type": "object"})
        properties = kind.properties(values)
        check(values, {"type": "object", "properties": properties, "required": list(properties)})
        return message

    return decode


def _check_encoding(encoding: str, wanted: str = "json") -> None:
    if encoding != wanted:
        raise NotAsStated(f"expected {wanted}, got {encoding or 'no encoding'}")


def check(value: Any, schema: Json, place: str = "") -> None:
    """Raise ``NotAsStated`` for a value against a schema in the subset of JSON Schema that recordings use."""
    wanted = schema.get("type", [])
    kinds = [wanted] if isinstance(wanted, str) else wanted
    if kinds and not any(_TYPES[kind](value) for kind in kinds):
        raise NotAsStated(f"{place or 'the message'} is not of type {' or '.join(kinds)}")
    if isinstance(value, dict):
        for key in schema.get("required", ()):
            if key not in value:
                raise NotAsStated(f"{key!r} is missing" + (f" in {place}" if place else ""))
        for key, part in schema.get("properties", {}).items():
            if key in value:
                check(value[key], part, f"{place}.{key}".strip("."))
    if isinstance(value, list):
        if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
            raise NotAsStated(f"{place} has {len(value)} items, expected {schema['minItems']}")
        for number, item in enumerate(value):
            check(item, schema.get("items", {}), f"{place}.{number}")
    if "minimum" in schema and value < schema["minimum"]:
        raise NotAsStated(f"{place} is below {schema['minimum']}")


def _finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # an integer that no float holds
        return False
