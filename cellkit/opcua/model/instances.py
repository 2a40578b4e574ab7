"""The creation of instances: the tree of nodes that a type's declarations demand.

Mandatory members are always created, optional ones on request, placeholders never. Nodes without a modelling rule,
such as the states of a state machine, stay on the type.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from asyncua import ua

from cellkit.opcua.model.declarations import SearchPath
from cellkit.opcua.model.model import Model
from cellkit.opcua.model.nodes import NewNode, add_nodes, refuse_call, set_value
from cellkit.opcua.model.rows import data_shape
from cellkit.opcua.model.units import unit
from cellkit.opcua.model.values import array_dimensions

_READ = ua.AccessLevel.CurrentRead.mask
_READ_AND_WRITE = _READ | ua.AccessLevel.CurrentWrite.mask
_WAITING = ua.StatusCode(ua.StatusCodes.BadWaitingForInitialData)


@dataclass(frozen=True)
class Instance:
    """An instance; ``nodes`` maps a member's path, without namespaces, to its NodeId; ``""`` is the instance itself."""

    node_id: ua.NodeId
    nodes: Mapping[str, ua.NodeId]

    def __getitem__(self, path: str) -> ua.NodeId:
        return self.nodes[path]


def instantiate(
    model: Model,
    parent: ua.NodeId,
    type_name: str,
    name: str | ua.QualifiedName,
    *,
    optional: Collection[str] = (),
    reference: str = "HasComponent",
    node_id: ua.NodeId | None = None,
    writable: Collection[str] = (),
    units: Mapping[str, str] | None = None,
    data: str = "",
    notifier: bool = False,
) -> Instance:
    """Add an instance of an object or variable type below a parent.

    Variables without a declared value are BadWaitingForInitialData; methods answer BadNotImplemented.

    Args:
        name: with an alias (``"DI:Identification"``) a standard name, without one a name of this cell.
        optional: paths of optional members to create, with the members above them (``"ParameterSet/OnPath"``).
        node_id: the NodeId of the instance; without one it is the parent's string, a slash and the name.
        writable: paths of variables that clients may write.
        units: the symbols of variables' units by their paths.
        data: for a variable type, another shape of data than the type's own (``"Double[7]"``).
        notifier: whether clients may subscribe to the object's events.

    Raises:
        KeyError: a type or a unit does not exist.
        ValueError: a path is not in the type, the type is abstract, or the parent's NodeId is not a string.
    """
    type_id = model.node_id(type_name)
    bare = model.qualified(name).Name if isinstance(name, str) else name.Name
    node_id = node_id or _below(parent, bare)
    search_path = model.declarations.of_type(type_id)
    builder = _InstanceBuilder(model, optional, writable, units or {})
    attributes: object
    if model.node_class(type_id) == ua.NodeClass.VariableType:
        node_class, attributes = ua.NodeClass.Variable, builder.variable("", bare, node_id, search_path, data)
    elif model.value(type_id, ua.AttributeIds.IsAbstract):
        raise ValueError(f"{type_name} is abstract and cannot have instances; use one of its subtypes")
    else:
        node_class, attributes = ua.NodeClass.Object, _object(bare, is_notifier=notifier)
    browse_name = model.qualified(name, node_id.NamespaceIndex) if isinstance(name, str) else name
    root = NewNode(node_id, parent, model.node_id(reference), browse_name, node_class, attributes, type_id)
    builder.collect("", root, search_path)
    builder.check(type_name)
    builder.add_nodes()
    return Instance(node_id, builder.paths)


class _InstanceBuilder:
    """Collects the nodes of an instance and adds them to the address space."""

    def __init__(
        self, model: Model, optional: Collection[str], writable: Collection[str], units: Mapping[str, str]
    ) -> None:
        self._model = model
        self._requested = {prefix for path in optional for prefix in _prefixes(path)}
        self._writable = set(writable)
        self._units = {_joined(path, "EngineeringUnits"): symbol for path, symbol in units.items()}
        self._nodes: list[NewNode] = []
        self._waiting: list[ua.NodeId] = []
        self.paths: dict[str, ua.NodeId] = {}

    def collect(self, path: str, node: NewNode, search_path: SearchPath) -> None:
        """Collect a node and its members, which the nodes of ``search_path`` declare."""
        self._nodes.append(node)
        self.paths[path] = node.node_id
        for member in self._model.declarations.members(search_path):
            name = member.browse_name.Name
            member_path, member_id = _joined(path, name), _below(node.node_id, name)
            if not member.is_mandatory and member_path not in self._requested:
                continue
            attributes: object
            match member.node_class:
                case ua.NodeClass.Variable:
                    attributes = self.variable(member_path, name, member_id, member.declarations)
                case ua.NodeClass.Method:
                    attributes = ua.MethodAttributes(
                        DisplayName=ua.LocalizedText(name), Executable=True, UserExecutable=True
                    )
                case _:
                    notifier = self._model.value(member.declarations[0], ua.AttributeIds.EventNotifier)
                    attributes = _object(name, is_notifier=bool(notifier))
            new = NewNode(
                node_id=member_id,
                parent=node.node_id,
                reference=member.reference,
                browse_name=member.browse_name,
                node_class=member.node_class,
                attributes=attributes,
                type_definition=member.type_definition,
            )
            self.collect(member_path, new, member.search_path)

    def variable(
        self, path: str, name: str, node_id: ua.NodeId, declarations: SearchPath, data: str = ""
    ) -> ua.VariableAttributes:
        """Return the attributes of a variable by its nearest declaration; its value is the nearest declared one."""
        model, nearest = self._model, declarations[0]
        attributes = ua.VariableAttributes(DisplayName=ua.LocalizedText(name))
        if data:
            shape = data_shape(data)
            attributes.DataType = model.node_id(shape.type_name)
            attributes.ValueRank = ua.Int32(shape.rank)
            attributes.ArrayDimensions = array_dimensions(shape)
        else:
            attributes.DataType = model.value(nearest, ua.AttributeIds.DataType)
            attributes.ValueRank = model.value(nearest, ua.AttributeIds.ValueRank)
            attributes.ArrayDimensions = model.value(nearest, ua.AttributeIds.ArrayDimensions)
        if path in self._writable:
            attributes.AccessLevel = attributes.UserAccessLevel = ua.Byte(_READ_AND_WRITE)
        if path in self._units:
            attributes.Value = ua.Variant(unit(self._units[path]), ua.VariantType.ExtensionObject)
            return attributes
        for declaration in declarations:
            declared = model.attribute(declaration, ua.AttributeIds.Value).Value
            if declared is not None and declared.Value is not None:
                attributes.Value = declared
                return attributes
        self._waiting.append(node_id)
        return attributes

    def check(self, type_name: str) -> None:
        """Raise ``ValueError`` with the requested paths that the type does not have."""
        unknown = (self._requested | self._writable | self._units.keys()) - self.paths.keys()
        if unknown:
            raise ValueError(f"{type_name} has no {', '.join(sorted(unknown))}")

    def add_nodes(self) -> None:
        """Add all collected nodes to the address space."""
        add_nodes(self._model, self._nodes)
        for node_id in self._waiting:
            set_value(self._model, node_id, None, _WAITING)
        for node in self._nodes:
            if node.node_class == ua.NodeClass.Method:
                self._model.data(node.node_id).call = refuse_call


def _object(name: str, *, is_notifier: bool) -> ua.ObjectAttributes:
    notifier = ua.Byte(ua.EventNotifier.SubscribeToEvents.mask if is_notifier else 0)
    return ua.ObjectAttributes(DisplayName=ua.LocalizedText(name), EventNotifier=notifier)


def _below(parent: ua.NodeId, name: str) -> ua.NodeId:
    if parent.NodeIdType != ua.NodeIdType.String:
        raise ValueError(
            f"{name} needs a NodeId of its own: the NodeId of its parent, {parent.to_string()}, is not a string"
        )
    return ua.NodeId(f"{parent.Identifier}/{name}", parent.NamespaceIndex)


def _joined(path: str, name: str) -> str:
    return f"{path}/{name}" if path else name


def _prefixes(path: str) -> list[str]:
    names = path.split("/")
    return ["/".join(names[: count + 1]) for count in range(len(names))]
