"""What a subscription receives: values that are shared, deadbands that hold, events that were asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest
from asyncua import ua
from asyncua.common.events import Event
from asyncua.server.address_space import AddressSpace, AttributeValue, NodeData, NodeManagementService
from asyncua.server.monitored_item_service import MonitoredItemService
from asyncua.ua.uaprotocol_auto import DataChangeFilter

from cellkit.access.caller import Role
from cellkit.access.journal import Journal
from cellkit.opcua.security.event_filter import ClientEventFilter, FilterRefused, like
from cellkit.opcua.security.monitored_items import MonitoredItems
from cellkit.opcua.security.notifications import NotificationEncoder
from cellkit.opcua.security.settings import ServerLimits
from cellkit.opcua.security.subscriptions import OwnedSubscription

NODE = ua.NodeId("value", 2)


def run(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(work)


def space(value: Any = 0.0) -> AddressSpace:
    made = AddressSpace()
    data = NodeData(NODE)
    data.attributes[ua.AttributeIds.Value] = AttributeValue(ua.DataValue(ua.Variant(value)))
    made[NODE] = data
    return made


def subscription(aspace: AddressSpace, limits: ServerLimits | None = None) -> OwnedSubscription:
    data = ua.CreateSubscriptionResult(1, 100.0, 300, 100)
    return OwnedSubscription(
        limits or ServerLimits(),
        Journal(None),
        NotificationEncoder(),
        "otto",
        Role.OPERATOR,
        1000,
        data,
        aspace,
        None,
        ua.NodeId(),
        max_queue_size=100,
    )


async def watch(sub: OwnedSubscription, asked: Any = None, queue: int = 100) -> ua.MonitoredItemCreateResult:
    item = ua.MonitoredItemCreateRequest(ua.ReadValueId(NODE, ua.AttributeIds.Value), ua.MonitoringMode.Reporting)
    item.RequestedParameters = ua.MonitoringParameters(7, 0.0, asked or ua.ExtensionObject(), queue, True)
    params = ua.CreateMonitoredItemsParameters(1, ItemsToCreate=[item])
    return (await sub.monitored_item_srv.create_each(params, lambda _node, _attribute: None))[0]


def queued(sub: OwnedSubscription) -> list[Any]:
    return [note.Value.Value.Value for queue in sub._triggered_datachanges.values() for note in queue]


async def write(aspace: AddressSpace, *values: Any) -> None:
    for value in values:
        await aspace.write_attribute_value(NODE, ua.AttributeIds.Value, ua.DataValue(ua.Variant(value)))


def test_nothing_is_copied() -> None:
    async def work() -> None:
        aspace = space()
        subs = [subscription(aspace) for _ in range(3)]
        for sub in subs:
            await watch(sub)
        value = ua.DataValue(ua.Variant([1.0] * 1000))
        await aspace.write_attribute_value(NODE, ua.AttributeIds.Value, value)
        for sub in subs:
            assert sub._triggered_datachanges[next(iter(sub._triggered_datachanges))][-1].Value is value

    run(work())


def test_only_our_own_server_is_changed() -> None:
    assert MonitoredItems.datachange_callback is not MonitoredItemService.datachange_callback
    assert MonitoredItemService.datachange_callback.__module__ == "asyncua.server.monitored_item_service"


def test_equal_values_are_told_once() -> None:
    async def work() -> None:
        aspace = space(1.0)
        sub = subscription(aspace)
        await watch(sub)
        await write(aspace, 1.0, 2.0, 2.0, float("nan"), 3.0)
        told = queued(sub)
        assert [told[0], told[1], told[3]] == [1.0, 2.0, 3.0]
        assert len(told) == 4

    run(work())


def deadband(size: float, kind: Any = ua.DeadbandType.Absolute, trigger: Any = 1) -> DataChangeFilter:
    return DataChangeFilter(ua.DataChangeTrigger(trigger), kind, size)


def test_a_deadband_counts_from_what_was_told_last() -> None:
    async def work() -> None:
        aspace = space(0.0)
        sub = subscription(aspace)
        assert (await watch(sub, deadband(1.0))).StatusCode.is_good()
        await write(aspace, 0.6, 1.0, 1.2, 1.8, 2.4, float("nan"), float("nan"), float("inf"), float("inf"))
        assert str(queued(sub)) == "[0.0, 1.2, 2.4, nan, inf]"

    run(work())


def test_a_deadband_of_an_array_is_exceeded_by_one() -> None:
    async def work() -> None:
        aspace = space([0.0, 0.0])
        sub = subscription(aspace)
        await watch(sub, deadband(1.0))
        await write(aspace, [0.9, 0.9], [0.0, 1.1])
        assert queued(sub) == [[0.0, 0.0], [0.0, 1.1]]

    run(work())


@pytest.mark.parametrize(
    ("value", "asked", "code"),
    [
        ("text", deadband(1.0), "BadFilterNotAllowed"),
        (True, deadband(1.0), "BadFilterNotAllowed"),
        (1.0, deadband(1.0, ua.DeadbandType.Percent), "BadMonitoredItemFilterUnsupported"),
        (1.0, deadband(-1.0), "BadDeadbandFilterInvalid"),
        (1.0, deadband(float("nan")), "BadDeadbandFilterInvalid"),
        (1.0, ua.EventFilter(), "BadFilterNotAllowed"),
    ],
)
def test_filters_that_do_not_fit_are_refused(value: Any, asked: Any, code: str) -> None:
    async def work() -> None:
        sub = subscription(space(value))
        assert (await watch(sub, asked)).StatusCode.name == code
        assert len(sub.monitored_item_srv) == 0

    run(work())


def test_the_queues_of_a_subscription_are_bounded_together() -> None:
    async def work() -> None:
        aspace = space(0.0)
        sub = subscription(aspace, ServerLimits(queued_notifications=10))
        for _ in range(3):
            await watch(sub)
        await write(aspace, *map(float, range(1, 50)))
        assert sum(map(len, sub._triggered_datachanges.values())) <= 12
        assert queued(sub)[-1] == 49.0, "the newest is never lost"

    run(work())


def test_a_paused_item_tells_the_present_value_afterwards() -> None:
    async def work() -> None:
        aspace = space(0.0)
        sub = subscription(aspace)
        mid = (await watch(sub)).MonitoredItemId
        for mode in (ua.MonitoringMode.Sampling, ua.MonitoringMode.Disabled):
            sub._triggered_datachanges.clear()
            await sub.monitored_item_srv.set_monitoring_mode(mode, [mid])
            await write(aspace, 1.0, 2.0)
            assert queued(sub) == []
            await sub.monitored_item_srv.set_monitoring_mode(ua.MonitoringMode.Reporting, [mid])
            assert queued(sub) == [2.0]

    run(work())


def test_a_node_that_is_deleted_is_told_and_harms_nobody(caplog: pytest.LogCaptureFixture) -> None:
    async def work() -> None:
        aspace = space(0.0)
        sub = subscription(aspace)
        await watch(sub)
        await watch(sub)
        sub._triggered_datachanges.clear()
        NodeManagementService(aspace)._delete_node_callbacks(aspace[NODE])
        del aspace[NODE]
        notes = [note for queue in sub._triggered_datachanges.values() for note in queue]
        assert [note.Value.StatusCode.name for note in notes] == ["BadNodeIdUnknown"] * 2
        assert not sub._triggered_statuschanges, "the subscription itself goes on"
        sub.monitored_item_srv.delete_all_monitored_items()
        assert len(sub.monitored_item_srv) == 0

    run(work())
    assert not caplog.records


# -- events

BASE, ALARM, LIMIT_ALARM = (ua.NodeId(number) for number in (2041, 2915, 2955))


def types() -> AddressSpace:
    made = AddressSpace()
    for child, parent in ((ALARM, BASE), (LIMIT_ALARM, ALARM)):
        made[child] = NodeData(child)
        up = ua.ReferenceDescription(ReferenceTypeId=ua.NodeId(ua.ObjectIds.HasSubtype), IsForward=False, NodeId=parent)
        made[child].references.append(up)
    made[BASE] = NodeData(BASE)
    return made


def event(**fields: Any) -> Event:
    made = Event()
    for name, value in ({"EventType": LIMIT_ALARM, "Severity": 500} | fields).items():
        kind = {int: ua.VariantType.UInt16, str: ua.VariantType.String, ua.NodeId: ua.VariantType.NodeId}[type(value)]
        made.add_property(name, value, kind)
    return made


def field(*path: str, attribute: int = ua.AttributeIds.Value) -> ua.SimpleAttributeOperand:
    names = [ua.QualifiedName(part) for part in path]
    return ua.SimpleAttributeOperand(TypeDefinitionId=BASE, BrowsePath=names, AttributeId=attribute)


def literal(value: Any) -> ua.LiteralOperand:
    return ua.LiteralOperand(Value=ua.Variant(value))


def where(*elements: tuple[ua.FilterOperator, list[Any]]) -> ua.EventFilter:
    made = [ua.ContentFilterElement(FilterOperator=kind, FilterOperands=operands) for kind, operands in elements]
    return ua.EventFilter(SelectClauses=[field("Severity")], WhereClause=ua.ContentFilter(Elements=made))


Op = ua.FilterOperator


@pytest.mark.parametrize(
    ("elements", "passes"),
    [
        ([], True),
        ([(Op.OfType, [literal(ALARM)])], True),
        ([(Op.OfType, [literal(ua.NodeId(9999))])], False),
        ([(Op.Equals, [field("Severity"), literal(500)])], True),
        ([(Op.GreaterThan, [field("Severity"), literal(500)])], False),
        ([(Op.GreaterThanOrEqual, [field("Severity"), literal(500)])], True),
        ([(Op.Equals, [field("Nothing"), literal(500)])], False),
        ([(Op.LessThan, [field("Severity"), literal("x")])], False),
        ([(Op.IsNull, [field("Nothing")])], True),
        ([(Op.Not, [ua.ElementOperand(Index=1)]), (Op.IsNull, [field("Severity")])], True),
        ([(Op.Not, [ua.ElementOperand(Index=1)]), (Op.LessThan, [field("Nothing"), literal(1)])], False),
        ([(Op.Between, [field("Severity"), literal(1), literal(600)])], True),
        ([(Op.InList, [field("Severity"), literal(1), literal(2), literal(500)])], True),
        ([(Op.Like, [field("Text"), literal("arm %")])], True),
        (
            [
                (Op.And, [ua.ElementOperand(Index=1), ua.ElementOperand(Index=2)]),
                (Op.OfType, [literal(BASE)]),
                (Op.Or, [ua.ElementOperand(Index=3), ua.ElementOperand(Index=3)]),
                (Op.Equals, [field("Severity"), literal(500)]),
            ],
            True,
        ),
    ],
)
def test_where(elements: list[Any], passes: bool) -> None:
    assert ClientEventFilter(types(), where(*elements)).passes(event(Text="arm stopped")) is passes


def test_shared_elements_are_looked_at_once() -> None:
    """Each refers twice to the next: 2 to the power of 49 evaluations, done naively."""
    elements = [(Op.And, [ua.ElementOperand(Index=place + 1)] * 2) for place in range(49)]
    request = ClientEventFilter(types(), where(*elements, (Op.OfType, [literal(BASE)])))
    assert request.passes(event())


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (None, "BadEventFilterInvalid"),
        (ua.EventFilter(), "BadEventFilterInvalid"),
        (ua.EventFilter(SelectClauses=[field("data_types")]), "BadEventFilterInvalid"),
        (ua.EventFilter(SelectClauses=[field("__class__")]), "BadEventFilterInvalid"),
        (ua.EventFilter(SelectClauses=[field("Severity", attribute=99)]), "BadEventFilterInvalid"),
        (ua.EventFilter(SelectClauses=[field("Severity")] * 300), "BadEventFilterInvalid"),
        (where((Op.Equals, [field("emitting_node"), literal(1)])), "BadEventFilterInvalid"),
        (where((Op.Not, [ua.ElementOperand(Index=0)])), "BadFilterOperandInvalid"),
        (where((Op.Not, [ua.ElementOperand(Index=7)])), "BadFilterOperandInvalid"),
        (where((Op.Equals, [literal(1)])), "BadFilterOperandCountMismatch"),
        (where((Op.Cast, [literal(1), literal(2)])), "BadFilterOperatorUnsupported"),
        (where((Op.Not, [literal(1)]), *[(Op.Not, [literal(1)])] * 60), "BadEventFilterInvalid"),
    ],
)
def test_filters_that_could_do_harm_are_refused(given: Any, code: str) -> None:
    with pytest.raises(FilterRefused) as refused:
        ClientEventFilter(types(), given)
    assert ua.StatusCode(refused.value.code).name == code


def test_a_field_that_is_not_there_is_null() -> None:
    given = ua.EventFilter(SelectClauses=[field("Severity"), field("Nothing"), field("A", "B")])
    assert [each.Value for each in ClientEventFilter(types(), given).fields(event(**{"A/B": "x"}))] == [500, None, "x"]


@pytest.mark.parametrize(
    ("text", "pattern", "result"),
    [
        ("abc", "a%", True),
        ("abc", "_b_", True),
        ("abc", "b%", False),
        ("abab", "%ab", True),
        ("a-c", "[a-c]%", True),
        ("x", "[^a-c]", True),
        ("b", "[^a-c]", False),
        ("5", "[9-0]", False),
        ("50%", r"50\%", True),
        ("50x", r"50\%", False),
        ("a.c", "a.c", True),
        ("abc", "a.c", False),
        ("a" * 20_000, "%a%a%a%a%a%a%a%a%a%b", False),
        ("x", "y" * 500, None),
        ("x", 7, None),
    ],
)
def test_like(text: str, pattern: Any, result: bool | None) -> None:
    assert like(text, pattern) is result
