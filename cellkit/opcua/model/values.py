"""The declared values in the tables: constants of a type, such as state numbers, enumerations and arguments."""

from __future__ import annotations

from asyncua import ua

from cellkit.opcua.model.model import Model
from cellkit.opcua.model.rows import DataShape, NodeRow, data_shape
from cellkit.opcua.model.units import unit


def variant(model: Model, row: NodeRow) -> ua.Variant:
    """Return the value of a variable's row; Null if the table has none. Raises ``ValueError`` for other data types."""
    assert row.data is not None
    if not row.value:
        return ua.Variant(None, ua.VariantType.Null)
    kind, parts = row.data.type_name, row.value.split("|")
    match kind:
        case "Argument":
            return ua.Variant([argument(model, part) for part in parts], ua.VariantType.ExtensionObject)
        case "EnumValueType":
            return ua.Variant([_enum_value(part) for part in parts], ua.VariantType.ExtensionObject)
        case "EUInformation":
            return ua.Variant(unit(row.value), ua.VariantType.ExtensionObject)
        case "Range":
            low, _, high = row.value.partition("..")
            return ua.Variant(ua.Range(float(low), float(high)), ua.VariantType.ExtensionObject)
        case "LocalizedText" if row.data.rank == 1:
            return ua.Variant([ua.LocalizedText(part) for part in parts], ua.VariantType.LocalizedText)
        case "LocalizedText":
            return ua.Variant(ua.LocalizedText(row.value), ua.VariantType.LocalizedText)
        case "QualifiedName":
            return ua.Variant(model.qualified(row.value), ua.VariantType.QualifiedName)
        case "String":
            return ua.Variant(row.value, ua.VariantType.String)
        case "Boolean":
            return ua.Variant(row.value == "true", ua.VariantType.Boolean)
        case "Double" | "Float":
            return ua.Variant(float(row.value), ua.VariantType[kind])
        case "Byte" | "Int16" | "UInt16" | "Int32" | "UInt32" | "Int64" | "UInt64":
            return ua.Variant(int(row.value), ua.VariantType[kind])
    raise ValueError(f"{row.node}: a table cannot hold a value of data type {kind}")


def argument(model: Model, text: str) -> ua.Argument:
    """Read a method's argument from a text such as ``"Name:Double[7]"``."""
    name, _, shape_text = text.partition(":")
    shape = data_shape(shape_text)
    return ua.Argument(
        Name=name,
        DataType=model.node_id(shape.type_name),
        ValueRank=ua.Int32(shape.rank),
        ArrayDimensions=array_dimensions(shape) or [],
    )


def array_dimensions(shape: DataShape) -> list[ua.UInt32] | None:
    """Return the ArrayDimensions attribute; None unless the value is an array of known rank."""
    return [ua.UInt32(length) for length in shape.dimensions] or None


def enum_definition(row: NodeRow) -> ua.EnumDefinition:
    """Return the fields of an enumeration from the row of its EnumStrings or EnumValues."""
    values = [_enum_value(part) if "=" in part else _enum_value(f"{n}={part}") for n, part in enumerate(_parts(row))]
    fields = [
        ua.EnumField(Value=value.Value, DisplayName=value.DisplayName, Name=value.DisplayName.Text) for value in values
    ]
    return ua.EnumDefinition(Fields=fields)


def structure_definition(model: Model, row: NodeRow, encoding: ua.NodeId) -> ua.StructureDefinition:
    """Return the fields of a structure; ``encoding`` is the NodeId of its binary encoding."""
    definition = ua.StructureDefinition(
        DefaultEncodingId=encoding,
        BaseDataType=model.node_id(row.type_name),
        StructureType=ua.StructureType.Structure,
    )
    for part in _parts(row):
        field = argument(model, part)  # fields have the same form as arguments
        definition.Fields.append(
            ua.StructureField(
                Name=field.Name,
                DataType=field.DataType,
                ValueRank=field.ValueRank,
                ArrayDimensions=field.ArrayDimensions,
                IsOptional=False,
            )
        )
    return definition


def _parts(row: NodeRow) -> list[str]:
    return row.value.split("|")


def _enum_value(text: str) -> ua.EnumValueType:
    number, _, name = text.partition("=")
    return ua.EnumValueType(Value=ua.Int64(int(number)), DisplayName=ua.LocalizedText(name))
