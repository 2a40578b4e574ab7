"""The names of a server's types: from names in tables and code to NodeIds, BrowseNames and namespace indexes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from asyncua import Server, ua
from asyncua.server.address_space import AddressSpace, NodeData

from cellkit.opcua.model.declarations import Declarations
from cellkit.opcua.model.namespaces import NAMESPACES, split
from cellkit.opcua.model.rows import NodeRow

_TYPE_CLASSES = (ua.NodeClass.ObjectType, ua.NodeClass.VariableType, ua.NodeClass.DataType, ua.NodeClass.ReferenceType)
_CORE_OBJECTS = {"Objects": ua.ObjectIds.ObjectsFolder, "Server": ua.ObjectIds.Server}


class Model:
    """The names of one server's types. All look-ups raise ``KeyError`` with the unknown name."""

    def __init__(self, server: Server, indexes: Mapping[str, int], rows: Iterable[NodeRow]) -> None:
        self.server = server
        self.space: AddressSpace = server.iserver.aspace
        self._indexes = {"": 0, **indexes}
        self._ids = self._core_names()
        self._ids |= {row.node: ua.NodeId(ua.UInt32(row.id), self.index(row.namespace)) for row in rows}

    def _core_names(self) -> dict[str, ua.NodeId]:
        names = {name: ua.NodeId(number) for name, number in _CORE_OBJECTS.items()}
        for node_id in list(self.space.keys()):
            if node_id.NamespaceIndex == 0 and self.node_class(node_id) in _TYPE_CLASSES:
                names[self.value(node_id, ua.AttributeIds.BrowseName).Name] = node_id
        return names

    def index(self, alias: str) -> int:
        """Return this server's index of a namespace by its alias; the empty alias is the core namespace."""
        return self._indexes[alias]

    def node_id(self, path: str) -> ua.NodeId:
        """Return the NodeId of a table's node or a core type by its path.

        Examples: ``"RB:AxisType"``, ``"RB:TaskControlStateMachineType/RB:Idle"``.
        """
        return self._ids[path]

    def qualified(self, name: str, otherwise: int = 0) -> ua.QualifiedName:
        """Return ``"DI:ParameterSet"`` as a BrowseName; a name without an alias gets the index ``otherwise``."""
        alias, bare = split(name)
        return ua.QualifiedName(bare, self.index(alias) if alias else otherwise)

    @cached_property
    def declarations(self) -> Declarations:
        """The declarations of the types; read them only after all types were added."""
        return Declarations(self.space)

    def attribute(self, node_id: ua.NodeId, attribute: ua.AttributeIds) -> ua.DataValue:
        """Return an attribute of a node with its status, as clients read it."""
        return self.space.read_attribute_value(node_id, attribute)

    def value(self, node_id: ua.NodeId, attribute: ua.AttributeIds) -> Any:
        """Return the Python value of an attribute; None if it has no value."""
        variant = self.attribute(node_id, attribute).Value
        return None if variant is None else variant.Value

    def node_class(self, node_id: ua.NodeId) -> ua.NodeClass:
        """Return the NodeClass of a node."""
        return ua.NodeClass(self.value(node_id, ua.AttributeIds.NodeClass))

    def data(self, node_id: ua.NodeId) -> NodeData:
        """Return a node as the address space stores it. Raises ``KeyError`` for an unknown node."""
        return self.space[node_id]


def indexes_of(uris: list[str]) -> dict[str, int]:
    """Return the index of every alias in a server's namespace array."""
    return {alias: uris.index(namespace.uri) for alias, namespace in NAMESPACES.items()}
