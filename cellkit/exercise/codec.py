"""What may pass between a program in its own process and the devices, as JSON: plain values and known public types.

Types are looked up by name in a table of the open interfaces' own; a name that is not in it is refused. Nothing that
comes in decides what is imported or called.
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
from cellkit.geometry import Pose, Twist, Wrench
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
    """A value that may not pass, or a message that is none."""


def _public_types() -> dict[str, type]:
    found: dict[str, type] = {}
    for name in devices.__all__:
        kind = getattr(devices, name)
        if isinstance(kind, type) and (dataclasses.is_dataclass(kind) or issubclass(kind, Enum)):
            found[name] = kind
    return found | {kind.__name__: kind for kind in (Pose, Twist, Wrench, JointState, JointLimits)}


TYPES: Mapping[str, type] = _public_types()
MODELS: Mapping[str, type[BaseModel]] = {kind.__name__: kind for kind in _MODELS}
ERRORS: Mapping[str, type[Exception]] = {
    name: kind for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, CellkitError)
} | {name: getattr(builtins, name) for name in _PLAIN_ERRORS}


def encode(value: Any) -> Json:
    """A value as what JSON can hold. Raises ``CodecError`` for one that may not pass."""
    kind = type(value)
    if value is None or kind in (bool, int, float, str):
        return value
    if kind is list:
        return [encode(one) for one in value]
    if kind is tuple:
        return {_TAG: "tuple", "v": [encode(one) for one in value]}
    if isinstance(value, Mapping):
        return {_TAG: "dict", "v": [[encode(key), encode(one)] for key, one in value.items()]}
    if isinstance(value, np.ndarray):
        if value.dtype.name not in _ARRAYS:
            raise CodecError(f"an array of {value.dtype.name} cannot be handed over")
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
        fields = {one.name: encode(getattr(value, one.name)) for one in dataclasses.fields(value)}
        return {_TAG: name, "v": fields}
    if MODELS.get(name) is kind:
        return {_TAG: name, "v": value.model_dump(mode="json", by_alias=True)}
    raise CodecError(f"a {name} cannot be handed over to a device")


def decode(value: Json) -> Any:
    """What was encoded. Raises ``CodecError`` for anything else."""
    if isinstance(value, list):
        return [decode(one) for one in value]
    if not isinstance(value, dict):
        return value
    try:
        return _tagged(value[_TAG], value)
    except Exception as error:  # whatever a type says to fields that are not its own
        raise CodecError(f"{_text(value.get(_TAG))}: {_text(error)}") from None


def _tagged(tag: Any, value: dict[str, Any]) -> Any:
    given = value["v"]
    if tag == "tuple":
        return tuple(decode(one) for one in given)
    if tag == "dict":
        return {decode(key): decode(one) for key, one in given}
    if tag == "bytes":
        return base64.b64decode(given, validate=True)
    if tag == "array":
        if value["of"] not in _ARRAYS:
            raise CodecError("no such array")
        data = base64.b64decode(given, validate=True)
        return np.frombuffer(data, dtype=value["of"]).reshape([int(one) for one in value["shape"]]).copy()
    if tag in MODELS:
        return MODELS[tag].model_validate_json(json.dumps(given))
    kind: Any = TYPES[tag]
    if issubclass(kind, Enum):
        return kind(given)
    known = {one.name for one in dataclasses.fields(kind)}
    return kind(**{name: decode(one) for name, one in given.items() if name in known})


def encode_error(error: BaseException) -> Json:
    """An error with its fields, of the nearest type that both sides know."""
    name = next((kind.__name__ for kind in type(error).__mro__ if ERRORS.get(kind.__name__) is kind), "RuntimeError")
    fields = {}
    for key, one in vars(error).items():
        try:
            fields[key] = encode(one)
        except CodecError:
            continue
    text = str(error) if type(error).__name__ == name else f"{type(error).__name__}: {error}"
    return {"type": name, "text": text, "fields": fields}


def decode_error(given: Json) -> Exception:
    """The error, without calling what its class does when it is made. Raises ``CodecError``."""
    try:
        kind, text, fields = ERRORS[given["type"]], str(given["text"]), dict(given["fields"])
    except (KeyError, TypeError, ValueError) as error:
        raise CodecError(f"no error: {_text(error)}") from None
    made = kind.__new__(kind, text)
    made.args = (text,)
    made.__dict__.update({str(key): decode(one) for key, one in fields.items() if not str(key).startswith("__")})
    return made


def pack(message: Json) -> bytes:
    """A message as bytes: its length in four, then JSON."""
    data = json.dumps(message, separators=(",", ":")).encode("utf-8", "replace")
    return len(data).to_bytes(4, "big") + data


def unpack(data: bytes) -> Json:
    """The JSON of a message, without its length. Raises ``CodecError``."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise CodecError(f"no message: {_text(error)}") from None


def _text(value: object) -> str:
    return str(value)[:200]
