"""The builder of all types in a server: those of the companion specifications and cellkit's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from asyncua import Server, ua

from cellkit.errors import ConfigError
from cellkit.opcua.model.metadata import add_metadata
from cellkit.opcua.model.model import Model, indexes_of
from cellkit.opcua.model.namespaces import CELLKIT, COMPANIONS, NAMESPACES
from cellkit.opcua.model.nodes import NewNode, add_modelling_rule, add_nodes, add_reference
from cellkit.opcua.model.official import import_official
from cellkit.opcua.model.rows import NodeRow, read_rows
from cellkit.opcua.model.values import array_dimensions, enum_definition, structure_definition, variant

RULES = {
    "M": ua.NodeId(ua.ObjectIds.ModellingRule_Mandatory),
    "O": ua.NodeId(ua.ObjectIds.ModellingRule_Optional),
    "MP": ua.NodeId(ua.ObjectIds.ModellingRule_MandatoryPlaceholder),
    "OP": ua.NodeId(ua.ObjectIds.ModellingRule_OptionalPlaceholder),
}


async def add_types(server: Server, nodesets: Path | None = None) -> Model:
    """Add every type that the gateway's instances need to an initialised server.

    The companion specifications come from cellkit's tables (declared as subsets of their namespaces), or complete from
    the official NodeSet2 files in the folder ``nodesets``. Raises ``ConfigError`` for a missing, broken or old file.
    """
    for namespace in NAMESPACES.values():
        await server.register_namespace(namespace.uri)
    rows = read_rows()
    if nodesets is not None:
        await import_official(server, nodesets)
    model = Model(server, indexes_of(await server.get_namespace_array()), rows)
    if nodesets is not None:
        _check_complete(model, rows, nodesets)
        rows = [row for row in rows if row.namespace == CELLKIT.alias]
    _build(model, rows)
    add_metadata(model, CELLKIT, is_subset=False)
    if nodesets is None:
        for namespace in COMPANIONS:
            add_metadata(model, namespace, is_subset=True)
    await server.load_data_type_definitions()
    return model


def _check_complete(model: Model, rows: list[NodeRow], nodesets: Path) -> None:
    for row in rows:
        if row.namespace != CELLKIT.alias and model.node_id(row.node) not in model.space:
            uri = NAMESPACES[row.namespace].uri
            raise ConfigError(f"its NodeSet of {uri} lacks {row.node} (i={row.id})", file=nodesets)


def _build(model: Model, rows: list[NodeRow]) -> None:
    by_path = {row.node: row for row in rows}
    add_nodes(model, (_new_node(model, row, by_path) for row in _parents_first(by_path)))
    for row in rows:
        node = model.node_id(row.node)
        if row.rule:
            add_modelling_rule(model, node, RULES[row.rule])
        for reference, target in row.links:
            add_reference(model, node, reference, model.node_id(target))


def _parents_first(by_path: dict[str, NodeRow]) -> Iterator[NodeRow]:
    """Yield supertypes before subtypes, all types before their members, and parents before children."""
    types = [row for row in by_path.values() if row.is_type]
    yield from sorted(types, key=lambda row: _type_depth(row, by_path))
    yield from sorted((row for row in by_path.values() if not row.is_type), key=lambda row: row.node.count("/"))


def _type_depth(row: NodeRow, by_path: dict[str, NodeRow]) -> int:
    supertype = by_path.get(row.type_name)
    return 0 if supertype is None else 1 + _type_depth(supertype, by_path)


def _new_node(model: Model, row: NodeRow, by_path: dict[str, NodeRow]) -> NewNode:
    return NewNode(
        node_id=model.node_id(row.node),
        parent=model.node_id(row.type_name if row.is_type else row.parent),
        reference=model.node_id("HasSubtype" if row.is_type else row.reference),
        browse_name=model.qualified(row.name),
        node_class=ua.NodeClass[row.node_class],
        attributes=_attributes(model, row, by_path),
        type_definition=model.node_id(row.type_name) if row.node_class in {"Object", "Variable"} else None,
    )


def _attributes(model: Model, row: NodeRow, by_path: dict[str, NodeRow]) -> object:
    shown = ua.LocalizedText(model.qualified(row.name).Name)
    abstract = "abstract" in row.flags
    match row.node_class:
        case "Object":
            notifier = ua.Byte(ua.EventNotifier.SubscribeToEvents.mask if "notifier" in row.flags else 0)
            return ua.ObjectAttributes(DisplayName=shown, EventNotifier=notifier)
        case "Method":
            return ua.MethodAttributes(DisplayName=shown, Executable=True, UserExecutable=True)
        case "ObjectType":
            return ua.ObjectTypeAttributes(DisplayName=shown, IsAbstract=abstract)
        case "ReferenceType":
            inverse = ua.LocalizedText(row.inverse_name or None)
            symmetric = "symmetric" in row.flags
            return ua.ReferenceTypeAttributes(
                DisplayName=shown, IsAbstract=abstract, Symmetric=symmetric, InverseName=inverse
            )
        case "DataType":
            attributes = ua.DataTypeAttributes(DisplayName=shown, IsAbstract=abstract)
            definition = _definition(model, row, by_path)
            if definition is not None:
                attributes.DataTypeDefinition = definition
            return attributes
    attributes = ua.VariableAttributes() if row.node_class == "Variable" else ua.VariableTypeAttributes()
    assert row.data is not None, row.node
    attributes.DisplayName = shown
    attributes.DataType = model.node_id(row.data.type_name)
    attributes.ValueRank = ua.Int32(row.data.rank)
    attributes.ArrayDimensions = array_dimensions(row.data)
    attributes.Value = variant(model, row)
    return attributes


def _definition(
    model: Model, row: NodeRow, by_path: dict[str, NodeRow]
) -> ua.EnumDefinition | ua.StructureDefinition | None:
    for name in ("EnumStrings", "EnumValues"):
        if f"{row.node}/{name}" in by_path:
            return enum_definition(by_path[f"{row.node}/{name}"])
    if row.value:
        return structure_definition(model, row, model.node_id(f"{row.node}/Default Binary"))
    return None
