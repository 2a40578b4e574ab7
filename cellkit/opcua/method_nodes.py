"""Method nodes that no type declares: those of a device's commands, with their arguments described."""

from __future__ import annotations

from collections.abc import Sequence

from asyncua import ua

from cellkit.opcua.model.model import Model
from cellkit.opcua.model.nodes import NewNode, add_nodes, refuse_call

_DATA_TYPES = {
    "number": (ua.ObjectIds.Double, -1),
    "numbers": (ua.ObjectIds.Double, 1),
    "text": (ua.ObjectIds.String, -1),
    "flag": (ua.ObjectIds.Boolean, -1),
    "node": (ua.ObjectIds.NodeId, -1),
    "whole": (ua.ObjectIds.Int32, -1),
}


def argument(name: str, kind: str, what: str) -> ua.Argument:
    """Return an argument of the kind number, numbers, text, flag, whole or node, with its description."""
    data_type, rank = _DATA_TYPES[kind]
    return ua.Argument(
        Name=name,
        DataType=ua.NodeId(data_type),
        ValueRank=rank,
        ArrayDimensions=[ua.UInt32(0)] if rank > 0 else [],
        Description=ua.LocalizedText(what),
    )


JOB_OUTPUTS = (
    argument("OperationId", "text", "under this id the operation is found; empty when it was refused"),
    argument("Operation", "node", "the operation's object"),
    argument("Status", "whole", "0 accepted, 1 wrong state or mode, 2 unexpected error, 3 an alarm prevents it"),
    argument("Reason", "text", "why it was refused"),
)


def add_method_node(
    model: Model,
    parent: ua.NodeId,
    name: str,
    description: str,
    inputs: Sequence[ua.Argument],
    outputs: Sequence[ua.Argument],
) -> ua.NodeId:
    """Add a method below an object, in the object's namespace; it refuses every call until it is given a callback."""
    index = parent.NamespaceIndex
    node = ua.NodeId(f"{parent.Identifier}/{name}", index)
    attributes = ua.MethodAttributes(
        DisplayName=ua.LocalizedText(name),
        Description=ua.LocalizedText(description),
        Executable=True,
        UserExecutable=True,
    )
    component, has_property = model.node_id("HasComponent"), model.node_id("HasProperty")
    nodes = [NewNode(node, parent, component, ua.QualifiedName(name, index), ua.NodeClass.Method, attributes)]
    for title, arguments in (("InputArguments", inputs), ("OutputArguments", outputs)):
        if arguments:
            described = ua.VariableAttributes(
                DisplayName=ua.LocalizedText(title),
                DataType=model.node_id("Argument"),
                ValueRank=ua.Int32(1),
                ArrayDimensions=[ua.UInt32(len(arguments))],
                Value=ua.Variant(list(arguments), ua.VariantType.ExtensionObject),
            )
            below = ua.NodeId(f"{node.Identifier}/{title}", index)
            kind = model.node_id("PropertyType")
            nodes.append(
                NewNode(below, node, has_property, ua.QualifiedName(title), ua.NodeClass.Variable, described, kind)
            )
    add_nodes(model, nodes)
    model.data(node).call = refuse_call
    return node
