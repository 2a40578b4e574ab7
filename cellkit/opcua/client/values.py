"""The conversion of Python values to OPC UA values of a given type, and back; no value is changed silently."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from asyncua import ua

_T = ua.VariantType
_WHOLE = {
    _T.SByte: (-(1 << 7), (1 << 7) - 1), _T.Byte: (0, (1 << 8) - 1),
    _T.Int16: (-(1 << 15), (1 << 15) - 1), _T.UInt16: (0, (1 << 16) - 1),
    _T.Int32: (-(1 << 31), (1 << 31) - 1), _T.UInt32: (0, (1 << 32) - 1),
    _T.Int64: (-(1 << 63), (1 << 63) - 1), _T.UInt64: (0, (1 << 64) - 1),
}  # fmt: skip
_REAL = (_T.Float, _T.Double)
_ABSTRACT = {24: _T.Variant, 26: _T.Double, 27: _T.Int64, 28: _T.UInt64, 29: _T.Int32}
"""The built-in types used for BaseDataType, Number, Integer, UInteger and Enumeration."""
SCALAR, ANY_RANK = -1, -2
_LARGEST_BUILT_IN = 25


def built_in(data_type: ua.NodeId) -> ua.VariantType | None:
    """Return the built-in type of a DataType of the core namespace; None: its supertypes must be searched."""
    if data_type.NamespaceIndex != 0 or not isinstance(data_type.Identifier, int):
        return None
    if data_type.Identifier in _ABSTRACT:
        return _ABSTRACT[data_type.Identifier]
    return _T(data_type.Identifier) if 0 < data_type.Identifier <= _LARGEST_BUILT_IN else None


def to_variant(value: Any, kind: ua.VariantType, rank: int = ANY_RANK) -> ua.Variant:
    """Return a Python value, or a sequence of values, as a variant of a built-in type.

    ``rank`` is the node's ValueRank: -1 a scalar, 0 and more an array, -2 either. Raises ``ValueError``.
    """
    is_array = isinstance(value, Sequence | set) and not isinstance(value, str | bytes)
    if hasattr(value, "tolist"):  # a numpy scalar or array
        value = value.tolist()
        is_array = isinstance(value, list)
    if is_array and rank == SCALAR:
        raise ValueError(f"one {kind.name} is needed, not {len(value)}")
    if not is_array and rank >= 0:
        raise ValueError(f"an array of {kind.name} is needed, not {value!r}")
    if is_array:
        return ua.Variant([_scalar(each, kind) for each in value], kind, is_array=True)
    return ua.Variant(_scalar(value, kind), kind)


def _scalar(value: Any, kind: ua.VariantType) -> Any:
    if kind is _T.Boolean:
        return _checked(value, bool, kind)
    if kind in _WHOLE:
        low, high = _WHOLE[kind]
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if not low <= _checked(value, int, kind) <= high:
            raise ValueError(f"{value} does not fit into a {kind.name} ({low} to {high})")
        return value
    if kind in _REAL:
        number = float(_checked(value, (int, float), kind))
        if not math.isfinite(number):
            raise ValueError(f"{number} is not finite and cannot be sent")
        return number
    if kind is _T.String:
        return _checked(value, str, kind)
    if kind is _T.LocalizedText:
        return ua.LocalizedText(_checked(value, str, kind))
    if kind is _T.DateTime:
        return _checked(value, datetime, kind)
    if kind is _T.Variant:
        return value
    raise ValueError(f"values of type {kind.name} cannot be sent by this client")


def _checked(value: Any, kinds: type | tuple[type, ...], expected: ua.VariantType) -> Any:
    wrong_bool = isinstance(value, bool) and kinds is not bool
    if wrong_bool or not isinstance(value, kinds):
        raise ValueError(f"{value!r} is not a {expected.name}")
    return value


def plain(value: Any) -> Any:
    """Return a received value as plain Python: texts without their locale, statuses by name, NodeIds as texts."""
    if isinstance(value, ua.LocalizedText):
        return value.Text
    if isinstance(value, ua.StatusCode):
        return value.name
    if isinstance(value, ua.NodeId):
        return value.to_string()
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def seconds(stamp: datetime | None) -> float | None:
    """Return a time stamp as seconds since 1970; OPC UA's times are UTC, with or without a time zone."""
    if stamp is None:
        return None
    return (stamp if stamp.tzinfo is not None else stamp.replace(tzinfo=UTC)).timestamp()
