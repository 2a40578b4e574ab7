"""Functions that add nodes and references to a server's address space, synchronously and without a session."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from asyncua import ua

from cellkit.opcua.model.model import Model

REFUSED = ua.StatusCode(ua.StatusCodes.BadNotImplemented)


@dataclass(frozen=True, slots=True)
class NewNode:
    """A node to add below a parent; a type's parent is its supertype. Only instances have a ``type_definition``."""

    node_id: ua.NodeId
    parent: ua.NodeId
    reference: ua.NodeId
    browse_name: ua.QualifiedName
    node_class: ua.NodeClass
    attributes: object  # ua.ObjectAttributes, ua.VariableAttributes …
    type_definition: ua.NodeId | None = None


def add_nodes(model: Model, nodes: Iterable[NewNode]) -> None:
    """Add nodes in order, parents first. Raises asyncua's ``UaStatusCodeError`` for a node that the server refuses."""
    service = model.server.iserver.node_mgt_service
    items = [
        ua.AddNodesItem(
            RequestedNewNodeId=node.node_id,
            ParentNodeId=node.parent,
            ReferenceTypeId=node.reference,
            BrowseName=node.browse_name,
            NodeClass=node.node_class,
            NodeAttributes=node.attributes,
            TypeDefinition=node.type_definition or ua.NodeId(),
        )
        for node in nodes
    ]
    for result in service.add_nodes(items):
        result.StatusCode.check()


def add_reference(model: Model, source: ua.NodeId, reference: str | ua.NodeId, target: ua.NodeId) -> None:
    """Add a reference in both directions; ``reference`` by name (``"RB:Controls"``) or NodeId."""
    kind = model.node_id(reference) if isinstance(reference, str) else reference
    _add_references(model, [(source, kind, target, True), (target, kind, source, False)])


def add_modelling_rule(model: Model, node: ua.NodeId, rule: ua.NodeId) -> None:
    """Add the modelling rule of an instance declaration, as a forward reference only."""
    _add_references(model, [(node, ua.NodeId(ua.ObjectIds.HasModellingRule), rule, True)])


def _add_references(model: Model, references: Iterable[tuple[ua.NodeId, ua.NodeId, ua.NodeId, bool]]) -> None:
    items = [
        ua.AddReferencesItem(SourceNodeId=source, ReferenceTypeId=kind, TargetNodeId=target, IsForward=forward)
        for source, kind, target, forward in references
    ]
    for status in model.server.iserver.node_mgt_service.add_references(items):
        status.check()


def set_value(model: Model, node_id: ua.NodeId, value: ua.Variant | None, status: ua.StatusCode | None = None) -> None:
    """Set a variable's initial value, before a client can subscribe; write later values to the server."""
    now = datetime.now(UTC)
    model.data(node_id).attributes[ua.AttributeIds.Value].value = ua.DataValue(
        Value=value or ua.Variant(None, ua.VariantType.Null),
        StatusCode=status or ua.StatusCode(ua.StatusCodes.Good),
        SourceTimestamp=now,
        ServerTimestamp=now,
    )


async def refuse_call(parent: ua.NodeId, *arguments: ua.Variant) -> ua.StatusCode:
    """Answer a call of a method that has no callback yet."""
    return REFUSED
