"""The nodes of the core namespace, added to an empty address space several times faster than asyncua adds them.

asyncua's generated code states the nodes; its service then checks each as if a client had sent it, and looks through
all references of a node for each new one. The generated code is complete and free of duplicates, so that indexes and
values shared between equal attributes do. The result is the same, node by node.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from asyncua import ua
from asyncua.server.address_space import AddressSpace, AttributeValue, NodeData
from asyncua.server.standard_address_space.standard_address_space_services import create_standard_address_space_Services

_Kind = ua.VariantType
_IDS = ua.AttributeIds
_NO_TYPE = ua.ExpandedNodeId()
_HAS_TYPE = ua.NodeId(ua.ObjectIds.HasTypeDefinition)
_INSTANCES = (ua.NodeClass.Object, ua.NodeClass.Variable)
_TYPES = {
    "AccessLevel": _Kind.Byte,
    "ArrayDimensions": _Kind.UInt32,
    "ContainsNoLoops": _Kind.Boolean,
    "DataType": _Kind.NodeId,
    "Description": _Kind.LocalizedText,
    "DisplayName": _Kind.LocalizedText,
    "EventNotifier": _Kind.Byte,
    "Executable": _Kind.Boolean,
    "Historizing": _Kind.Boolean,
    "InverseName": _Kind.LocalizedText,
    "IsAbstract": _Kind.Boolean,
    "MinimumSamplingInterval": _Kind.Double,
    "Symmetric": _Kind.Boolean,
    "UserAccessLevel": _Kind.Byte,
    "UserExecutable": _Kind.Boolean,
    "UserWriteMask": _Kind.UInt32,
    "ValueRank": _Kind.Int32,
    "WriteMask": _Kind.UInt32,
    "DataTypeDefinition": _Kind.ExtensionObject,
    "Value": None,
}
"""The type of each attribute that a node may have beside NodeId, BrowseName and NodeClass."""


def add_standard_nodes(space: AddressSpace) -> None:
    """Add all nodes of the core namespace. Raises ``RuntimeError`` if a node or a reference lacks its counterpart."""
    nodes = _StandardNodes(space)
    create_standard_address_space_Services(nodes)
    nodes.finish()


@dataclass(slots=True)
class _Added:
    """A node that was added, with what references to it state; ``referred``: kinds and targets of its references."""

    node: NodeData
    browse_name: ua.QualifiedName
    display_name: ua.LocalizedText
    node_class: ua.NodeClass
    type_id: ua.NodeId = _NO_TYPE
    referred: set[tuple[int, ua.NodeId]] = field(default_factory=set)


class _StandardNodes:
    """Receives the generated nodes; those that refer to later ones wait for the end."""

    def __init__(self, space: AddressSpace) -> None:
        self._space = space
        self._waiting_nodes: list[ua.AddNodesItem] = []
        self._waiting_references: list[ua.AddReferencesItem] = []
        self._added: dict[ua.NodeId, _Added] = {}
        self._attributes: dict[tuple[type, int], list[tuple[ua.AttributeIds, str]]] = {}
        self._shared: dict[tuple[str, Any], ua.DataValue] = {}

    def add_nodes(self, items: Iterable[ua.AddNodesItem]) -> None:
        """Add nodes; called by the generated code."""
        self._waiting_nodes.extend(item for item in items if not self._add_node(item))

    def add_references(self, items: Iterable[ua.AddReferencesItem]) -> None:
        """Add references; called by the generated code."""
        self._waiting_references.extend(item for item in items if not self._add_reference(item))

    def finish(self) -> None:
        """Add what refers to later nodes."""
        for item in self._waiting_nodes:
            if not self._add_node(item):
                raise RuntimeError(f"the parent or the type of {item.RequestedNewNodeId} does not exist")
        for reference in self._waiting_references:
            if not self._add_reference(reference):
                raise RuntimeError(f"{reference.SourceNodeId} or {reference.TargetNodeId} does not exist")

    def _add_node(self, item: ua.AddNodesItem) -> bool:
        node_id, node_type = item.RequestedNewNodeId, item.TypeDefinition
        parent, of_type = self._added.get(item.ParentNodeId), self._added.get(node_type)
        if (parent is None and not item.ParentNodeId.is_null()) or (of_type is None and not node_type.is_null()):
            return False
        given: Any = item.NodeAttributes
        node = NodeData(node_id)
        node.attributes = self._attributes_of(item)
        self._space[node_id] = node
        added = self._added[node_id] = _Added(node, item.BrowseName, given.DisplayName, item.NodeClass)
        if parent is not None:
            _refer(parent, item.ReferenceTypeId, added, node_type, is_forward=True)
            _refer(added, item.ReferenceTypeId, parent, parent.type_id, is_forward=False)
        if of_type is not None:
            _refer(added, _HAS_TYPE, of_type, _NO_TYPE, is_forward=True)
        return True

    def _add_reference(self, item: ua.AddReferencesItem) -> bool:
        source, target = self._added.get(item.SourceNodeId), self._added.get(item.TargetNodeId)
        if source is None or target is None:
            return False
        _refer(source, item.ReferenceTypeId, target, target.type_id, is_forward=item.IsForward)
        return True

    def _attributes_of(self, item: ua.AddNodesItem) -> dict[ua.AttributeIds, AttributeValue]:
        given: Any = item.NodeAttributes
        attributes = {
            _IDS.NodeId: AttributeValue(ua.DataValue(ua.Variant(item.RequestedNewNodeId, _Kind.NodeId))),
            _IDS.BrowseName: AttributeValue(ua.DataValue(ua.Variant(item.BrowseName, _Kind.QualifiedName))),
            _IDS.NodeClass: AttributeValue(self._value("NodeClass", item.NodeClass, _Kind.Int32)),
        }
        for attribute, name in self._specified(type(given), int(given.SpecifiedAttributes)):
            attributes[attribute] = AttributeValue(self._value(name, getattr(given, name), _TYPES[name]))
        return attributes

    def _specified(self, kind: type, mask: int) -> list[tuple[ua.AttributeIds, str]]:
        if (kind, mask) not in self._attributes:
            names = [name for name in _TYPES if mask & ua.NodeAttributesMask[name]]
            self._attributes[kind, mask] = [(_IDS[name], name) for name in names]
        return self._attributes[kind, mask]

    def _value(self, name: str, content: Any, kind: ua.VariantType | None) -> ua.DataValue:
        """Return an attribute's value. Equal plain values are one object: attributes are replaced as a whole."""
        if name == "DataTypeDefinition" and not isinstance(content, ua.DataTypeDefinition):
            content, kind = None, _Kind.Null
        if name == "Value" or not (content is None or isinstance(content, bool | int | float | ua.NodeId)):
            return ua.DataValue(ua.Variant(content, kind, is_array=name == "ArrayDimensions"))
        key = (name, content)
        if key not in self._shared:
            self._shared[key] = ua.DataValue(ua.Variant(content, kind, is_array=name == "ArrayDimensions"))
        return self._shared[key]


def _refer(source: _Added, kind: ua.NodeId, target: _Added, target_type: ua.NodeId, *, is_forward: bool) -> None:
    key = (kind.Identifier, target.node.nodeid)
    if key in source.referred:
        return
    source.referred.add(key)
    if is_forward and kind == _HAS_TYPE and source.node_class in _INSTANCES:
        source.type_id = target.node.nodeid
    source.node.references.append(
        ua.ReferenceDescription(
            kind,
            is_forward,
            target.node.nodeid,
            target.browse_name,
            target.display_name,
            target.node_class,
            target_type,
        )
    )
