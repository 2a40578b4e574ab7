"""The nodes of an alarm: the fields of ``OffNormalAlarmType`` as nodes and as event fields."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from asyncua import Server, ua
from asyncua.common.events import Event

from cellkit.opcua.events import make_notifier

ALARM_TYPE = ua.NodeId(ua.ObjectIds.OffNormalAlarmType)

_PROPERTY = ua.ObjectIds.PropertyType
_TWO_STATES = ua.ObjectIds.TwoStateVariableType
_CONDITION_VARIABLE = ua.ObjectIds.ConditionVariableType
_Type = ua.VariantType

FIELDS: Mapping[str, tuple[int, ua.VariantType]] = {
    "EventId": (_PROPERTY, _Type.ByteString),
    "EventType": (_PROPERTY, _Type.NodeId),
    "SourceNode": (_PROPERTY, _Type.NodeId),
    "SourceName": (_PROPERTY, _Type.String),
    "Time": (_PROPERTY, _Type.DateTime),
    "ReceiveTime": (_PROPERTY, _Type.DateTime),
    "Message": (_PROPERTY, _Type.LocalizedText),
    "Severity": (_PROPERTY, _Type.UInt16),
    "ConditionClassId": (_PROPERTY, _Type.NodeId),
    "ConditionClassName": (_PROPERTY, _Type.LocalizedText),
    "ConditionName": (_PROPERTY, _Type.String),
    "BranchId": (_PROPERTY, _Type.NodeId),
    "Retain": (_PROPERTY, _Type.Boolean),
    "EnabledState": (_TWO_STATES, _Type.LocalizedText),
    "EnabledState/Id": (_PROPERTY, _Type.Boolean),
    "EnabledState/TransitionTime": (_PROPERTY, _Type.DateTime),
    "Quality": (_CONDITION_VARIABLE, _Type.StatusCode),
    "Quality/SourceTimestamp": (_PROPERTY, _Type.DateTime),
    "LastSeverity": (_CONDITION_VARIABLE, _Type.UInt16),
    "LastSeverity/SourceTimestamp": (_PROPERTY, _Type.DateTime),
    "Comment": (_CONDITION_VARIABLE, _Type.LocalizedText),
    "Comment/SourceTimestamp": (_PROPERTY, _Type.DateTime),
    "ClientUserId": (_PROPERTY, _Type.String),
    "AckedState": (_TWO_STATES, _Type.LocalizedText),
    "AckedState/Id": (_PROPERTY, _Type.Boolean),
    "AckedState/TransitionTime": (_PROPERTY, _Type.DateTime),
    "ActiveState": (_TWO_STATES, _Type.LocalizedText),
    "ActiveState/Id": (_PROPERTY, _Type.Boolean),
    "ActiveState/TransitionTime": (_PROPERTY, _Type.DateTime),
    "InputNode": (_PROPERTY, _Type.NodeId),
    "SuppressedOrShelved": (_PROPERTY, _Type.Boolean),
    "NormalState": (_PROPERTY, _Type.NodeId),
}
"""By browse path below the condition: the VariableType of the node, and the type of its value."""

METHODS = (
    ua.NodeId(ua.ObjectIds.AcknowledgeableConditionType_Acknowledge),
    ua.NodeId(ua.ObjectIds.ConditionType_AddComment),
    ua.NodeId(ua.ObjectIds.ConditionType_Enable),
    ua.NodeId(ua.ObjectIds.ConditionType_Disable),
)
"""The method nodes of the types; an instance refers to them, so that both ways to call a method are the same."""


async def create_condition(
    server: Server, folder: ua.NodeId, node: ua.NodeId, name: str, source: ua.NodeId, values: Mapping[str, Any]
) -> None:
    """Add an alarm object with a node per field below the folder, and refer to it from the source by HasCondition."""
    attributes = ua.ObjectAttributes(DisplayName=ua.LocalizedText(name), Description=ua.LocalizedText())
    await _add(
        server,
        ua.AddNodesItem(
            ParentNodeId=folder,
            ReferenceTypeId=ua.NodeId(ua.ObjectIds.HasComponent),
            RequestedNewNodeId=node,
            BrowseName=ua.QualifiedName(name, node.NamespaceIndex),
            NodeClass=ua.NodeClass.Object,
            NodeAttributes=attributes,
            TypeDefinition=ALARM_TYPE,
        ),
    )
    for path, (kind, value_type) in FIELDS.items():
        await _add(server, _variable(node, path, kind, ua.Variant(values[path], value_type)))
    condition = server.get_node(node)
    for method in METHODS:
        await condition.add_reference(method, ua.ObjectIds.HasComponent, forward=True, bidirectional=False)
    await make_notifier(server, source, below=folder)
    await server.get_node(source).add_reference(condition, ua.ObjectIds.HasCondition)


async def write_fields(server: Server, node: ua.NodeId, values: Mapping[str, Any]) -> None:
    """Write some of a condition's fields to its nodes."""
    now = datetime.now(UTC)
    for path, value in values.items():
        new = ua.DataValue(ua.Variant(value, FIELDS[path][1]), SourceTimestamp=now, ServerTimestamp=now)
        await server.write_attribute_value(field_node(node, path), new)


def field_node(condition: ua.NodeId, path: str) -> ua.NodeId:
    """Return the NodeId of one of a condition's fields."""
    return ua.NodeId(f"{condition.Identifier}/{path}", condition.NamespaceIndex)


def condition_event(node: ua.NodeId, values: Mapping[str, Any]) -> Event:
    """Return the event of a condition's present state; its field ``NodeId`` is the ConditionId of clients."""
    event = Event()
    for path, (_, value_type) in FIELDS.items():
        event.add_property(path, values[path], value_type)
    event.add_property("NodeId", node, ua.VariantType.NodeId)
    return event


def _variable(condition: ua.NodeId, path: str, kind: int, value: ua.Variant) -> ua.AddNodesItem:
    above, _, name = path.rpartition("/")
    data_type = ua.ObjectIds.UtcTime if value.VariantType == ua.VariantType.DateTime else value.VariantType.value
    reference = ua.ObjectIds.HasProperty if kind == _PROPERTY else ua.ObjectIds.HasComponent
    return ua.AddNodesItem(
        ParentNodeId=field_node(condition, above) if above else condition,
        ReferenceTypeId=ua.NodeId(reference),
        RequestedNewNodeId=field_node(condition, path),
        BrowseName=ua.QualifiedName(name, 0),
        NodeClass=ua.NodeClass.Variable,
        NodeAttributes=ua.VariableAttributes(
            DisplayName=ua.LocalizedText(name),
            Description=ua.LocalizedText(),
            Value=value,
            DataType=ua.NodeId(data_type),
            ValueRank=ua.ValueRank.Scalar,
        ),
        TypeDefinition=ua.NodeId(kind),
    )


async def _add(server: Server, item: ua.AddNodesItem) -> None:
    (result,) = await server.iserver.isession.add_nodes([item])
    result.StatusCode.check()
