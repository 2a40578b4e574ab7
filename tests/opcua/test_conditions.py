"""Alarms as an OPC UA client sees them: one server for the module, on a loop that the fixtures keep."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from asyncua import Client, Server, ua
from asyncua.common.events import Event

from cellkit.access.caller import Caller, Role, current_caller
from cellkit.opcua.condition_nodes import FIELDS
from cellkit.opcua.conditions import Alarms
from cellkit.opcua.events import NamedNode, raise_transition
from tests.opcua.gateway_rig import patient_client
from tests.patience import PATIENCE

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ACKNOWLEDGE = ua.NodeId(ua.ObjectIds.AcknowledgeableConditionType_Acknowledge)
ADD_COMMENT = ua.NodeId(ua.ObjectIds.ConditionType_AddComment)
REFRESH = ua.NodeId(ua.ObjectIds.ConditionType_ConditionRefresh)
REFRESH_2 = ua.NodeId(ua.ObjectIds.ConditionType_ConditionRefresh2)
CONDITION_TYPE = ua.NodeId(ua.ObjectIds.ConditionType)


@dataclass
class Cell:
    """A server with a cell, its alarms folder, two devices, and who calls."""

    server: Server
    namespace: int
    url: str
    alarms: Alarms
    roles: dict[ua.NodeId, Role]
    caller: list[Caller | None]
    number: int = 0
    heard: list[tuple[str, str, str]] = field(default_factory=list)

    def node(self, path: str) -> ua.NodeId:
        return ua.NodeId(path, self.namespace)

    async def new_alarm(self, device: str = "robot") -> tuple[str, ua.NodeId]:
        """Each test has an alarm of its own, so that no test hangs on another."""
        self.number += 1
        name = f"{device}_fault_{self.number}"
        source = self.node(f"cell/{device}")
        return name, await self.alarms.add(name, source, device, severity=700, message=f"{device} has a fault")


class Heard:
    """What one subscription heard."""

    def __init__(self) -> None:
        self.events: asyncio.Queue[Event] = asyncio.Queue()

    def event_notification(self, event: Event) -> None:
        self.events.put_nowait(event)

    async def next(self) -> Event:
        return await asyncio.wait_for(self.events.get(), PATIENCE)


@pytest.fixture(scope="module")
def run() -> Iterator[Callable[..., Any]]:
    with asyncio.Runner() as runner:
        yield runner.run


@pytest.fixture(scope="module")
def cell(run: Callable[..., Any]) -> Iterator[Cell]:
    cell = run(start())
    yield cell
    run(cell.server.stop())


async def start() -> Cell:
    server = Server()
    await server.init()
    server.set_endpoint("opc.tcp://127.0.0.1:0/")
    server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
    namespace = await server.register_namespace("urn:cellkit:cell:test")
    owner = await server.nodes.objects.add_object(ua.NodeId("cell", namespace), ua.QualifiedName("cell", namespace))
    folder = await owner.add_folder(ua.NodeId("cell/Alarms", namespace), ua.QualifiedName("Alarms", namespace))
    for device in ("robot", "gripper"):
        await owner.add_object(ua.NodeId(f"cell/{device}", namespace), ua.QualifiedName(device, namespace))
    roles: dict[ua.NodeId, Role] = {}
    caller: list[Caller | None] = [None]

    def add_method(method: ua.NodeId, callback: Callable[..., Any], *, role: Role) -> None:
        roles[method] = role

        async def as_caller(parent: ua.NodeId, *arguments: ua.Variant) -> object:
            if caller[0] is None:
                return await callback(parent, *arguments)
            token = current_caller.set(caller[0])
            try:
                return await callback(parent, *arguments)
            finally:
                current_caller.reset(token)

        server.iserver.isession.add_method_callback(method, as_caller)

    alarms = await Alarms.create(server, folder.nodeid, add_method)
    await server.start()
    port = server.bserver._server.sockets[0].getsockname()[1]
    cell = Cell(server, namespace, f"opc.tcp://127.0.0.1:{port}/", alarms, roles, caller)
    alarms.on_acknowledge(lambda *what: cell.heard.append(what))
    return cell


def event_filter() -> ua.EventFilter:
    clauses = [
        ua.SimpleAttributeOperand(
            TypeDefinitionId=ua.NodeId(ua.ObjectIds.BaseEventType),
            BrowsePath=[ua.QualifiedName(part, 0) for part in path.split("/")],
            AttributeId=ua.AttributeIds.Value,
        )
        for path in (*FIELDS, "FromState", "FromState/Id", "ToState", "ToState/Id", "Transition", "Transition/Id")
    ]
    condition_id = ua.SimpleAttributeOperand(TypeDefinitionId=CONDITION_TYPE, AttributeId=ua.AttributeIds.NodeId)
    return ua.EventFilter(SelectClauses=[*clauses, condition_id])


@asynccontextmanager
async def client_of(cell: Cell) -> AsyncIterator[Client]:
    async with patient_client(cell.url) as client:
        yield client


async def listen(client: Client, node: ua.NodeId | int = ua.ObjectIds.Server) -> tuple[Heard, Any, int]:
    heard = Heard()
    subscription = await client.create_subscription(10, heard)
    item = await subscription.subscribe_events(node, evfilter=event_filter())
    return heard, subscription, item


async def call(client: Client, on: ua.NodeId, method: ua.NodeId, *arguments: ua.Variant) -> str:
    request = ua.CallMethodRequest(ObjectId=on, MethodId=method, InputArguments=list(arguments))
    (result,) = await client.uaclient.call([request])
    return result.StatusCode.name


def with_comment(event_id: bytes, text: str | None = None, locale: str | None = None) -> tuple[ua.Variant, ua.Variant]:
    comment = ua.Variant(ua.LocalizedText(text, locale), ua.VariantType.LocalizedText)
    return ua.Variant(event_id, ua.VariantType.ByteString), comment


def uint32(number: int) -> ua.Variant:
    return ua.Variant(number, ua.VariantType.UInt32)


def value(event: Event, path: str) -> Any:
    return getattr(event, path)


def retain_active_acked(event: Event) -> tuple[bool, bool, bool]:
    return value(event, "Retain"), value(event, "ActiveState/Id"), value(event, "AckedState/Id")


def test_an_alarm_tells_everything_wherever_somebody_listens(run: Callable[..., Any], cell: Cell) -> None:
    async def test() -> None:
        name, condition = await cell.new_alarm()
        await cell.new_alarm("gripper")
        async with client_of(cell) as client:
            places = [ua.NodeId(ua.ObjectIds.Server), *map(cell.node, ("cell", "cell/Alarms", "cell/robot"))]
            ears = [(await listen(client, place))[0] for place in places]
            elsewhere = (await listen(client, cell.node("cell/gripper")))[0]
            await cell.alarms.set(name, True, message="protective stop", severity=900, time=AT)
            events = [await ear.next() for ear in ears]
            assert elsewhere.events.empty()
        assert len({value(event, "EventId") for event in events}) == 1
        for event in events:
            assert len(value(event, "EventId")) == 16
            assert value(event, "EventType") == ua.NodeId(ua.ObjectIds.OffNormalAlarmType)
            assert value(event, "NodeId") == condition
            assert value(event, "SourceNode") == cell.node("cell/robot")
            assert value(event, "SourceName") == "robot"
            assert value(event, "ConditionName") == name
            assert value(event, "ConditionClassId") == ua.NodeId(ua.ObjectIds.ProcessConditionClassType)
            assert value(event, "BranchId") == ua.NodeId()
            assert value(event, "Time") == AT
            assert value(event, "ReceiveTime") > AT
            assert value(event, "Message").Text == "protective stop"
            assert (value(event, "Severity"), value(event, "LastSeverity")) == (900, 700)
            assert retain_active_acked(event) == (True, True, False)
            assert value(event, "EnabledState/Id") is True
            assert [value(event, state).Text for state in ("ActiveState", "AckedState", "EnabledState")] == (
                ["Active", "Unacknowledged", "Enabled"]
            )
            assert value(event, "ActiveState/TransitionTime") == AT

    run(test())


async def declaration(client: Client, path: str) -> Any:
    """Where the alarm's type or one above it declares a field."""
    kind = client.get_node(ua.NodeId(ua.ObjectIds.OffNormalAlarmType))
    while True:
        try:
            return await kind.get_child([f"0:{part}" for part in path.split("/")])
        except ua.uaerrors.BadNoMatch:
            (kind,) = await kind.get_referenced_nodes(ua.ObjectIds.HasSubtype, ua.BrowseDirection.Inverse)


def test_the_nodes_say_what_the_event_said(run: Callable[..., Any], cell: Cell) -> None:
    async def test() -> None:
        name, condition = await cell.new_alarm()
        async with client_of(cell) as client:
            heard, _, _ = await listen(client)
            await cell.alarms.set(name, True, message="hot", severity=800, time=AT)
            event = await heard.next()
            for path in FIELDS:
                node = await client.get_node(condition).get_child([f"0:{part}" for part in path.split("/")])
                assert node.nodeid == cell.node(f"cell/Alarms/{name}/{path}")
                data = await node.read_data_value()
                assert data.StatusCode.is_good()
                assert data.SourceTimestamp is not None
                assert data.Value.Value == value(event, path), path
                declared = await declaration(client, path)
                assert await node.read_data_type() == await declared.read_data_type(), path
                assert await node.read_type_definition() == await declared.read_type_definition(), path

    run(test())


def test_the_instance_has_the_types_mandatory_nodes_and_references(run: Callable[..., Any], cell: Cell) -> None:
    async def mandatory(client: Client, type_node: ua.NodeId) -> AsyncIterator[tuple[str, ua.NodeId, ua.NodeId]]:
        node = client.get_node(type_node)
        while node.nodeid != ua.NodeId(ua.ObjectIds.BaseObjectType):
            for child in await node.get_children_descriptions(refs=ua.ObjectIds.Aggregates):
                rules = await client.get_node(child.NodeId).get_referenced_nodes(ua.ObjectIds.HasModellingRule)
                if [rule.nodeid.Identifier for rule in rules] == [ua.ObjectIds.ModellingRule_Mandatory]:
                    yield child.BrowseName.Name, child.ReferenceTypeId, child.TypeDefinition
            (node,) = await node.get_referenced_nodes(ua.ObjectIds.HasSubtype, ua.BrowseDirection.Inverse)

    async def test() -> None:
        _, condition = await cell.new_alarm()
        async with client_of(cell) as client:
            it = client.get_node(condition)
            assert await it.read_type_definition() == ua.NodeId(ua.ObjectIds.OffNormalAlarmType)
            children = {
                child.BrowseName.Name: (child.ReferenceTypeId, child.TypeDefinition)
                for child in await it.get_children_descriptions()
            }
            asked = [one async for one in mandatory(client, ua.NodeId(ua.ObjectIds.OffNormalAlarmType))]
            assert len(asked) > 20
            for name, *kind in asked:
                assert children[name] == tuple(kind), name
            for above, kind, below in (
                (ua.NodeId(ua.ObjectIds.Server), ua.ObjectIds.HasNotifier, cell.node("cell")),
                (cell.node("cell"), ua.ObjectIds.HasNotifier, cell.node("cell/Alarms")),
                (cell.node("cell/Alarms"), ua.ObjectIds.HasNotifier, cell.node("cell/robot")),
                (cell.node("cell/robot"), ua.ObjectIds.HasCondition, condition),
            ):
                forward = await client.get_node(above).get_referenced_nodes(kind)
                assert [node.nodeid for node in forward].count(below) == 1
                inverse = await client.get_node(below).get_referenced_nodes(kind, ua.BrowseDirection.Inverse)
                assert above in [node.nodeid for node in inverse]

    run(test())


def test_acknowledge_once_and_with_the_right_event(run: Callable[..., Any], cell: Cell) -> None:
    async def test() -> None:
        name, condition = await cell.new_alarm()
        _, other_condition = await cell.new_alarm()
        cell.heard.clear()
        async with client_of(cell) as client:
            heard, _, _ = await listen(client)
            await cell.alarms.set(name, True, time=AT)
            event_id = value(await heard.next(), "EventId")
            assert await call(client, condition, ACKNOWLEDGE, *with_comment(b"0" * 16)) == "BadEventIdUnknown"
            assert await call(client, condition, ACKNOWLEDGE, *with_comment(b"")) == "BadEventIdUnknown"
            assert await call(client, other_condition, ACKNOWLEDGE, *with_comment(event_id)) == "BadEventIdUnknown"
            assert await call(client, CONDITION_TYPE, ACKNOWLEDGE, *with_comment(event_id)) == "BadNodeIdInvalid"
            assert await call(client, condition, ACKNOWLEDGE) == "BadArgumentsMissing"
            assert await call(client, condition, ACKNOWLEDGE, uint32(1), uint32(2)) == "BadInvalidArgument"
            assert cell.heard == []
            cell.caller[0] = Caller("anna", Role.OPERATOR, "s", "127.0.0.1:1", None)
            assert await call(client, condition, ACKNOWLEDGE, *with_comment(event_id, "seen")) == "Good"
            event = await heard.next()
            assert retain_active_acked(event) == (True, True, True)
            assert value(event, "Comment").Text == "seen"
            assert value(event, "ClientUserId") == "anna"
            assert value(event, "EventId") != event_id
            assert cell.heard == [(name, "anna", "seen")]
            for again in (event_id, value(event, "EventId")):
                answer = await call(client, condition, ACKNOWLEDGE, *with_comment(again))
                assert answer == "BadConditionBranchAlreadyAcked"
            assert len(cell.heard) == 1
            await cell.alarms.set(name, False, time=AT)
            assert retain_active_acked(await heard.next()) == (False, False, True)

    try:
        run(test())
    finally:
        cell.caller[0] = None


def test_the_instance_offers_its_methods_itself(run: Callable[..., Any], cell: Cell) -> None:
    async def test() -> None:
        name, condition = await cell.new_alarm()
        async with client_of(cell) as client:
            heard, _, _ = await listen(client)
            await cell.alarms.set(name, True, time=AT)
            event_id = value(await heard.next(), "EventId")
            it = client.get_node(condition)
            assert await it.call_method("0:Acknowledge", *with_comment(event_id, "by browse name")) is None
            assert retain_active_acked(await heard.next()) == (True, True, True)

    run(test())


def test_an_alarm_that_went_away_still_waits_for_its_acknowledgement(run: Callable[..., Any], cell: Cell) -> None:
    async def test() -> None:
        name, condition = await cell.new_alarm()
        async with client_of(cell) as client:
            heard, _, _ = await listen(client)
            await cell.alarms.set(name, True, time=AT)
            first = value(await heard.next(), "EventId")
            await cell.alarms.set(name, False, time=AT)
            assert retain_active_acked(await heard.next()) == (True, False, False)
            assert await call(client, condition, ACKNOWLEDGE, *with_comment(first)) == "Good"
            assert retain_active_acked(await heard.next()) == (False, False, True)

    run(test())


def test_old_news_does_not_acknowledge_a_new_alarm(run: Callable[..., Any], cell: Cell) -> None:
    async def test() -> None:
        name, condition = await cell.new_alarm()
        async with client_of(cell) as client:
            heard, _, _ = await listen(client)
            for active in (True, False, True):
                await cell.alarms.set(name, active, time=AT)
            first, _, third = [value(await heard.next(), "EventId") for _ in range(3)]
            assert await call(client, condition, ACKNOWLEDGE, *with_comment(first)) == "BadEventIdUnknown"
            assert await call(client, condition, ACKNOWLEDGE, *with_comment(third)) == "Good"

    run(test())


def test_no_change_no_event_and_a_new_text_asks_for_no_new_acknowledgement(run: Callable[..., Any], cell: Cell) -> None:
    async def test() -> None:
        name, condition = await cell.new_alarm()
        async with client_of(cell) as client:
            heard, _, _ = await listen(client)
            await cell.alarms.set(name, False, time=AT)
            await cell.alarms.set(name, True, message="axis 1 hot", time=AT)
            event = await heard.next()
            assert retain_active_acked(event) == (True, True, False)
            await call(client, condition, ACKNOWLEDGE, *with_comment(value(event, "EventId"), "seen"))
            await heard.next()
            await cell.alarms.set(name, True, time=AT)
            await cell.alarms.set(name, True, message="axis 1 hot", severity=700, time=AT)
            await cell.alarms.set(name, True, message="axis 2 hot", time=AT)
            event = await heard.next()
            assert value(event, "Message").Text == "axis 2 hot"
            assert retain_active_acked(event) == (True, True, True)
            assert value(event, "Comment").Text == "seen"
            await cell.alarms.set(name, False, time=AT)
            assert value(await heard.next(), "Message").Text == "axis 2 hot"
            await cell.alarms.set(name, True, time=AT)
            assert value(await heard.next(), "Comment").Text is None  # this one has no comment

    run(test())


def test_comments(run: Callable[..., Any], cell: Cell) -> None:
    async def test() -> None:
        name, condition = await cell.new_alarm()
        async with client_of(cell) as client:
            heard, _, _ = await listen(client)
            await cell.alarms.set(name, True, time=AT)
            event_id = value(await heard.next(), "EventId")
            assert await call(client, condition, ADD_COMMENT, *with_comment(b"1" * 16, "x")) == "BadEventIdUnknown"
            texts = []
            for text, locale in (("called the line", None), (None, None), ("", "en")):
                assert await call(client, condition, ADD_COMMENT, *with_comment(event_id, text, locale)) == "Good"
                event = await heard.next()
                assert retain_active_acked(event) == (True, True, False)
                texts.append(value(event, "Comment").Text)
            assert texts == ["called the line", "called the line", ""]

    run(test())


def test_who_comes_later_or_comes_back_is_told_what_still_matters(run: Callable[..., Any], cell: Cell) -> None:
    async def test() -> None:
        active, active_node = await cell.new_alarm()
        gone, _ = await cell.new_alarm("gripper")
        quiet, _ = await cell.new_alarm()
        await cell.alarms.set(active, True, time=AT)
        await cell.alarms.set(gone, True, time=AT)
        await cell.alarms.set(gone, False, time=AT)
        async with client_of(cell) as first, client_of(cell) as second:
            bystander, _, _ = await listen(first)
            for client in (first, second):
                heard, subscription, _ = await listen(client)
                number = uint32(subscription.subscription_id)
                assert await call(client, CONDITION_TYPE, REFRESH, number) == "Good"
                events = [await heard.next()]
                while value(events[-1], "EventType") != ua.NodeId(ua.ObjectIds.RefreshEndEventType):
                    events.append(await heard.next())
                assert value(events[0], "EventType") == ua.NodeId(ua.ObjectIds.RefreshStartEventType)
                assert value(events[0], "SourceNode") == ua.NodeId(ua.ObjectIds.Server)
                told = {value(event, "ConditionName"): event for event in events[1:-1]}
                assert {active, gone} <= set(told)
                assert quiet not in told
                assert all(value(event, "Retain") for event in told.values())
                assert retain_active_acked(told[gone]) == (True, False, False)
            event_id = value(told[active], "EventId")
            assert await call(second, active_node, ACKNOWLEDGE, *with_comment(event_id)) == "Good"
            assert value(await bystander.next(), "ConditionName") == active  # of all that, only the acknowledgement
            assert bystander.events.empty()

    run(test())


def test_a_refresh_is_for_the_owner_of_the_subscription(run: Callable[..., Any], cell: Cell) -> None:
    async def test() -> None:
        async with client_of(cell) as client:
            heard, subscription, item = await listen(client)
            number, items = uint32(subscription.subscription_id), uint32(item)
            assert await call(client, CONDITION_TYPE, REFRESH, uint32(4_000_000)) == "BadSubscriptionIdInvalid"
            assert await call(client, CONDITION_TYPE, REFRESH) == "BadArgumentsMissing"
            assert await call(client, CONDITION_TYPE, REFRESH_2, number, uint32(9)) == "BadMonitoredItemIdInvalid"
            service = cell.server.iserver.subscription_service
            owner = service.subscriptions[subscription.subscription_id].session_id.to_string()
            cell.caller[0] = Caller("eve", Role.ADMIN, "i=1", "127.0.0.1:1", None)
            for method, arguments in ((REFRESH, (number,)), (REFRESH_2, (number, items))):
                assert await call(client, CONDITION_TYPE, method, *arguments) == "BadUserAccessDenied"
            assert heard.events.empty()
            cell.caller[0] = Caller("anna", Role.OBSERVER, owner, "127.0.0.1:1", None)
            assert await call(client, CONDITION_TYPE, REFRESH_2, number, items) == "Good"
            assert value(await heard.next(), "EventType") == ua.NodeId(ua.ObjectIds.RefreshStartEventType)

    try:
        run(test())
    finally:
        cell.caller[0] = None


def test_refresh_2_is_for_one_item_alone(run: Callable[..., Any], cell: Cell) -> None:
    async def test() -> None:
        name, _ = await cell.new_alarm()
        await cell.alarms.set(name, True, time=AT)
        async with client_of(cell) as client:
            heard, subscription, _ = await listen(client)
            item = await subscription.subscribe_events(cell.node("cell/gripper"), evfilter=event_filter())
            number = uint32(subscription.subscription_id)
            assert await call(client, CONDITION_TYPE, REFRESH_2, number, uint32(item)) == "Good"
            kinds = [value(await heard.next(), "EventType").Identifier]
            while kinds[-1] != ua.ObjectIds.RefreshEndEventType:
                event = await heard.next()
                kinds.append(value(event, "EventType").Identifier)
                assert value(event, "SourceName") in ("gripper", "Server")
            assert kinds.count(ua.ObjectIds.RefreshStartEventType) == 1

    run(test())


def test_refresh_marks_pass_every_filter(run: Callable[..., Any], cell: Cell) -> None:
    async def test() -> None:
        async with client_of(cell) as client:
            heard = Heard()
            subscription = await client.create_subscription(10, heard)
            nothing = event_filter()
            kind = ua.SimpleAttributeOperand(
                TypeDefinitionId=ua.NodeId(ua.ObjectIds.BaseEventType),
                BrowsePath=[ua.QualifiedName("EventType", 0)],
                AttributeId=ua.AttributeIds.Value,
            )
            other = ua.LiteralOperand(Value=ua.Variant(ua.NodeId(ua.ObjectIds.ProgressEventType)))
            element = ua.ContentFilterElement(FilterOperator=ua.FilterOperator.Equals, FilterOperands=[kind, other])
            nothing.WhereClause = ua.ContentFilter(Elements=[element])
            await subscription.subscribe_events(ua.ObjectIds.Server, evfilter=nothing)
            assert await call(client, CONDITION_TYPE, REFRESH, uint32(subscription.subscription_id)) == "Good"
            events = [await heard.next(), await heard.next()]
            assert [value(event, "EventType").Identifier for event in events] == (
                [ua.ObjectIds.RefreshStartEventType, ua.ObjectIds.RefreshEndEventType]
            )

    run(test())


def test_an_item_that_does_not_report_gets_no_marks(run: Callable[..., Any], cell: Cell) -> None:
    async def test() -> None:
        async with client_of(cell) as client:
            heard, subscription, item = await listen(client)
            second = await subscription.subscribe_events(cell.node("cell"), evfilter=event_filter())
            await subscription.set_monitoring_mode(ua.MonitoringMode.Disabled)
            number = uint32(subscription.subscription_id)
            assert await call(client, CONDITION_TYPE, REFRESH_2, number, uint32(item)) == "Good"
            await subscription.set_monitoring_mode(ua.MonitoringMode.Reporting)
            assert await call(client, CONDITION_TYPE, REFRESH_2, number, uint32(second)) == "Good"
            kinds = [value(await heard.next(), "EventType").Identifier]
            while kinds[-1] != ua.ObjectIds.RefreshEndEventType:
                kinds.append(value(await heard.next(), "EventType").Identifier)
            assert kinds.count(ua.ObjectIds.RefreshStartEventType) == 1
            assert heard.events.empty()

    run(test())


def test_a_disabled_alarm_is_silent_and_catches_up_when_enabled(run: Callable[..., Any], cell: Cell) -> None:
    async def test() -> None:
        name, condition = await cell.new_alarm()
        disable, enable = (ua.NodeId(getattr(ua.ObjectIds, f"ConditionType_{what}")) for what in ("Disable", "Enable"))
        async with client_of(cell) as client:
            heard, _, _ = await listen(client)
            assert await call(client, condition, enable) == "BadConditionAlreadyEnabled"
            assert await call(client, CONDITION_TYPE, disable) == "BadNodeIdInvalid"
            await cell.alarms.set(name, True, time=AT)
            event_id = value(await heard.next(), "EventId")
            assert await call(client, condition, disable) == "Good"
            event = await heard.next()
            assert (value(event, "EnabledState/Id"), value(event, "Retain")) == (False, False)
            assert await call(client, condition, disable) == "BadConditionAlreadyDisabled"
            assert await call(client, condition, ACKNOWLEDGE, *with_comment(event_id)) == "BadConditionDisabled"
            await cell.alarms.set(name, False, time=AT)
            await cell.alarms.set(name, True, message="worse", time=AT)
            assert await call(client, condition, enable) == "Good"
            event = await heard.next()
            assert (value(event, "EnabledState/Id"), value(event, "Retain")) == (True, True)
            assert value(await heard.next(), "Message").Text == "worse"

    run(test())


def test_the_roles_that_the_methods_ask_for(cell: Cell) -> None:
    roles = {method.Identifier: role for method, role in cell.roles.items()}
    assert roles == {
        ua.ObjectIds.ConditionType_ConditionRefresh: Role.OBSERVER,
        ua.ObjectIds.ConditionType_ConditionRefresh2: Role.OBSERVER,
        ua.ObjectIds.AcknowledgeableConditionType_Acknowledge: Role.OPERATOR,
        ua.ObjectIds.ConditionType_AddComment: Role.OPERATOR,
        ua.ObjectIds.ConditionType_Enable: Role.ENGINEER,
        ua.ObjectIds.ConditionType_Disable: Role.ENGINEER,
    }


def test_a_transition_tells_both_states(run: Callable[..., Any], cell: Cell) -> None:
    async def test() -> None:
        idle, ready = NamedNode("Idle", cell.node("idle")), NamedNode("Ready", cell.node("ready"))
        between = NamedNode("IdleToReady", cell.node("idle_to_ready"))
        robot = cell.node("cell/robot")
        async with client_of(cell) as client:
            (at_server, _, _), (at_owner, _, _) = await listen(client), await listen(client, cell.node("cell"))
            await raise_transition(
                cell.server, robot, "robot", "drives on", idle, ready, between, AT, notifiers=[cell.node("cell")]
            )
            for heard in (at_server, at_owner):
                event = await heard.next()
                assert value(event, "EventType") == ua.NodeId(ua.ObjectIds.TransitionEventType)
                assert value(event, "SourceNode") == robot
                assert (value(event, "FromState").Text, value(event, "FromState/Id")) == ("Idle", idle.node)
                assert (value(event, "ToState").Text, value(event, "ToState/Id")) == ("Ready", ready.node)
                assert (value(event, "Transition").Text, value(event, "Transition/Id")) == ("IdleToReady", between.node)
                assert (value(event, "Message").Text, value(event, "Time")) == ("drives on", AT)

    run(test())


def test_the_private_parts_of_asyncua_that_refresh_uses_are_there(run: Callable[..., Any], cell: Cell) -> None:
    async def test() -> None:
        async with client_of(cell) as client:
            _, subscription, item = await listen(client)
            its = cell.server.iserver.subscription_service.subscriptions[subscription.subscription_id]
            service = its.monitored_item_srv
            assert service._monitored_events == {ua.NodeId(ua.ObjectIds.Server): [item]}
            assert service._monitored_items[item].filter.SelectClauses
            assert isinstance(service._monitored_items[item].client_handle, int)
            assert callable(its.enqueue_event)
            assert isinstance(its.session_id, ua.NodeId)

    run(test())
