"""The values that may pass between a program in its own process and the devices, as JSON: plain values, public types.

Types are looked up by name in a table of the open interfaces; other names are refused. No incoming message decides
what is imported or called.
"""

from __future__ import annotations

import base64
import builtins
import dataclasses
import json
from collections.abc import Mapping
from enum import Enum
from typing import Any

import numpy as np
from pydantic import BaseModel

from cellkit import devices, errors
from cellkit.errors import CellkitError
from cellkit.geometry import Pose, Wrench
from cellkit.joints import JointLimits, JointState
from cellkit.models.arm import ArmModel
from cellkit.models.gripper import ParallelGripperModel, VacuumGripperModel
from cellkit.models.sensor import DistanceModel, ForceTorqueModel, ScannerModel

Json = Any
_TAG = "$"
_MODELS = (ArmModel, ParallelGripperModel, VacuumGripperModel, ForceTorqueModel, DistanceModel, ScannerModel)
_ARRAYS = ("float64", "float32", "uint8", "uint16", "int64", "bool")
_PLAIN_ERRORS = (
    "ArithmeticError",
    "AssertionError",
    "AttributeError",
    "IndexError",
    "KeyError",
    "LookupError",
    "OverflowError",
    "RuntimeError",
    "TimeoutError",
    "TypeError",
    "ValueError",
    "ZeroDivisionError",
)


class CodecError(ValueError):
    """A value that must not pass, or an invalid message."""


def _public_types() -> dict[str, type]:
    types: dict[str, type] = {}
    for name in devices.__all__:
        kind = getattr(devices, name)
        if isinstance(kind, type) and (dataclasses.is_dataclass(kind) or issubclass(kind, Enum)):
            types[name] = kind
    return types | {kind.__name__: kind for kind in (Pose, Wrench, JointState, JointLimits)}


TYPES: Mapping[str, type] = _public_types()
MODELS: Mapping[str, type[BaseModel]] = {kind.__name__: kind for kind in _MODELS}
ERRORS: Mapping[str, type[Exception]] = {
    name: kind for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, CellkitError)
} | {name: getattr(builtins, name) for name in _PLAIN_ERRORS}


def encode(value: Any) -> Json:
    """Return a value in a form that JSON can hold. Raises ``CodecError`` for a value that must not pass."""
    kind = type(value)
    if value is None or kind in (bool, int, float, str):
        return value
    if kind is list:
        return [encode(item) for item in value]
    if kind is tuple:
        return {_TAG: "tuple", "v": [encode(item) for item in value]}
    if isinstance(value, Mapping):
        return {_TAG: "dict", "v": [[encode(key), encode(item)] for key, item in value.items()]}
    if isinstance(value, np.ndarray):
        if value.dtype.name not in _ARRAYS:
            raise CodecError(f"an array of {value.dtype.name} cannot be sent to a device")
        data = base64.b64encode(np.ascontiguousarray(value).tobytes()).decode()
        return {_TAG: "array", "of": value.dtype.name, "shape": list(value.shape), "v": data}
    if isinstance(value, np.generic):
        return encode(value.item())
    if kind is bytes:
        return {_TAG: "bytes", "v": base64.b64encode(value).decode()}
    name = kind.__name__
    if TYPES.get(name) is kind:
        if isinstance(value, Enum):
            return {_TAG: name, "v": value.value}
        fields = {field.name: encode(getattr(value, field.name)) for field in dataclasses.fields(value)}
        return {_TAG: name, "v": fields}
    if MODELS.get(name) is kind:
        return {_TAG: name, "v": value.model_dump(mode="json", by_alias=True)}
    raise CodecError(f"a {name} cannot be sent to a device")


def decode(value: Json) -> Any:
    """Return the value of an encoded form. Raises ``CodecError`` for anything else."""
    if isinstance(value, list):
        return [decode(item) for item in value]
    if not isinstance(value, dict):
        return value
    try:
        return _tagged(value[_TAG], value)
    except Exception as error:  # a type may raise any error for wrong fields
        raise CodecError(f"{_text(value.get(_TAG))}: {_text(error)}") from None


def _tagged(tag: Any, value: dict[str, Any]) -> Any:
    given = value["v"]
    if tag == "tuple":
        return tuple(decode(item) for item in given)
    if tag == "dict":
        return {decode(key): decode(item) for key, item in given}
    if tag == "bytes":
        return base64.b64decode(given, validate=True)
    if tag == "array":
        if value["of"] not in _ARRAYS:
            raise CodecError("this type of array is not allowed")
        data = base64.b64decode(given, validate=True)
        return np.frombuffer(data, dtype=value["of"]).reshape([int(size) for size in value["shape"]]).copy()
    if tag in MODELS:
        return MODELS[tag].model_validate_json(json.dumps(given))
    kind: Any = TYPES[tag]
    if issubclass(kind, Enum):
        return kind(given)
    known = {field.name for field in dataclasses.fields(kind)}
    return kind(**{name: decode(item) for name, item in given.items() if name in known})


def encode_error(error: BaseException) -> Json:
    """Return an error with its fields, as the nearest type that both sides know."""
    name = next((kind.__name__ for kind in type(error).__mro__ if ERRORS.get(kind.__name__) is kind), "RuntimeError")
    fields = {}
    for key, item in vars(error).items():
        try:
            fields[key] = encode(item)
        except CodecError:
            continue
    text = str(error) if type(error).__name__ == name else f"{type(error).__name__}: {error}"
    return {"type": name, "text": text, "fields": fields}


def decode_error(given: Json) -> Exception:
    """Return the error without calling its class's constructor. Raises ``CodecError``."""
    try:
        kind, text, fields = ERRORS[given["type"]], str(given["text"]), dict(given["fields"])
    except (KeyError, TypeError, ValueError) as error:
        raise CodecError(f"not an encoded error: {_text(error)}") from None
    made = kind.__new__(kind, text)
    made.args = (text,)
    made.__dict__.update({str(key): decode(item) for key, item in fields.items() if not str(key).startswith("__")})
    return made


def pack(message: Json) -> bytes:
    """Return a message as bytes: its length in four bytes, then JSON."""
    data = json.dumps(message, separators=(",", ":")).encode("utf-8", "replace")
    return len(data).to_bytes(4, "big") + data


def unpack(data: bytes) -> Json:
    """Return the JSON of a message, without its length. Raises ``CodecError``."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise CodecError(f"not a message: {_text(error)}") from None


def _text(value: object) -> str:
    return str(value)[:200]
