"""The check of values against the address space: data type, value rank and array dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from asyncua import ua
from asyncua.server.address_space import AddressSpace
from asyncua.ua.uaerrors import UaStatusCodeError

from cellkit.opcua.security.type_hierarchy import is_subtype, supertype_of

_HAS_PROPERTY = ua.NodeId(ua.ObjectIds.HasProperty)
_INTEGERS = (
    ua.VariantType.SByte,
    ua.VariantType.Int16,
    ua.VariantType.Int32,
    ua.VariantType.Int64,
)
_UNSIGNED = (ua.VariantType.Byte, ua.VariantType.UInt16, ua.VariantType.UInt32, ua.VariantType.UInt64)
_NUMBERS = (*_INTEGERS, *_UNSIGNED, ua.VariantType.Float, ua.VariantType.Double)
_ABSTRACT = {
    ua.ObjectIds.Number: _NUMBERS,
    ua.ObjectIds.Integer: _INTEGERS,
    ua.ObjectIds.UInteger: _UNSIGNED,
    ua.ObjectIds.Enumeration: (ua.VariantType.Int32,),
}
_NULLABLE = (
    ua.VariantType.String,
    ua.VariantType.ByteString,
    ua.VariantType.XmlElement,
    ua.VariantType.LocalizedText,
)


class BadArgument(UaStatusCodeError):
    """One argument has an invalid value; the call is answered BadInvalidArgument with the argument's index."""

    def __init__(self, index: int, code: int, text: str = "") -> None:
        super().__init__(ua.StatusCodes.BadInvalidArgument)
        self.index = index
        self.argument_code = code
        self.text = text

    def __str__(self) -> str:
        return self.text or f"argument {self.index}: {ua.StatusCode(self.argument_code).name}"


class TypeChecker:
    """Checks values by the data types of one address space."""

    def __init__(self, aspace: AddressSpace) -> None:
        self._aspace = aspace
        self._builtin: dict[ua.NodeId, tuple[ua.VariantType, ...] | None] = {}

    def input_arguments(self, method: ua.NodeId) -> list[ua.Argument]:
        """Return the method's InputArguments; an empty list without that property."""
        data = self._aspace.get(method)
        for reference in [] if data is None else data.references:
            if reference.IsForward and reference.BrowseName.Name == "InputArguments":
                if reference.ReferenceTypeId != _HAS_PROPERTY:
                    continue
                value = self._aspace.read_attribute_value(reference.NodeId, ua.AttributeIds.Value).Value
                return list(value.Value or []) if value is not None else []
        return []

    def check(self, arguments: Sequence[ua.Argument], values: Sequence[ua.Variant]) -> list[ua.StatusCode]:
        """Return a status per argument: Good or BadTypeMismatch."""
        return [
            ua.StatusCode(
                ua.StatusCodes.Good
                if self.fits(value, argument.DataType, argument.ValueRank, argument.ArrayDimensions)
                else ua.StatusCodes.BadTypeMismatch
            )
            for argument, value in zip(arguments, values, strict=True)
        ]

    def fits(self, value: ua.Variant, data_type: ua.NodeId, rank: int, dimensions: Sequence[int] | None) -> bool:
        """Return whether the value has this type and shape. NaN and infinities are valid numbers."""
        allowed = self._allowed(data_type)
        if allowed is not None and value.VariantType not in allowed:
            return False
        array = bool(value.is_array) or isinstance(value.Value, list | tuple)
        if not array and value.Value is None and value.VariantType not in _NULLABLE:
            return False
        if not _rank_fits(value, array, rank):
            return False
        if array and value.Value is not None and dimensions and any(dimensions):
            shape = list(value.Dimensions or [len(value.Value)])
            if len(shape) != len(dimensions) or any(
                want and want != have for want, have in zip(dimensions, shape, strict=True)
            ):
                return False
        return self._structure_fits(value, data_type)

    def _structure_fits(self, value: ua.Variant, data_type: ua.NodeId) -> bool:
        if value.VariantType != ua.VariantType.ExtensionObject or data_type == ua.NodeId(ua.ObjectIds.BaseDataType):
            return True
        items = value.Value if isinstance(value.Value, list | tuple) else [value.Value]
        for item in items:
            named = getattr(type(item), "data_type", None)
            if named is None or not is_subtype(self._aspace, named, data_type):
                return False
        return True

    def _allowed(self, data_type: ua.NodeId) -> tuple[ua.VariantType, ...] | None:
        """Return the built-in types that a value of this data type may have; None for any."""
        if data_type not in self._builtin:
            self._builtin[data_type] = self._find_allowed(data_type)
        return self._builtin[data_type]

    def _find_allowed(self, data_type: ua.NodeId) -> tuple[ua.VariantType, ...] | None:
        current: ua.NodeId | None = data_type
        for _ in range(32):
            if current is None:
                break
            if current.NamespaceIndex == 0 and isinstance(current.Identifier, int):
                if current.Identifier == ua.ObjectIds.BaseDataType or current.is_null():
                    return None
                if current.Identifier in _ABSTRACT:
                    return _ABSTRACT[ua.ObjectIds(current.Identifier)]
                if current.Identifier <= 25:
                    return (ua.VariantType(current.Identifier),)
            current = supertype_of(self._aspace, current)
        return ()


def _rank_fits(value: ua.Variant, array: bool, rank: int) -> bool:
    sizes = len(value.Dimensions) if value.Dimensions else 1
    if rank == ua.ValueRank.Any:
        return True
    if rank == ua.ValueRank.Scalar:
        return not array
    if rank == ua.ValueRank.ScalarOrOneDimension:
        return not array or sizes == 1
    if rank == ua.ValueRank.OneOrMoreDimensions:
        return array
    return array and sizes == rank


def plain(value: ua.Variant) -> Any:
    """Return the Python value; a null array becomes an empty list."""
    return [] if value.is_array and value.Value is None else value.Value
