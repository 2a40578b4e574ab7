"""Over a limit a client is refused, with the code that the standard has for it; others go on."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Iterator
from contextlib import AsyncExitStack, suppress
from typing import Any

import pytest
from asyncua import ua
from attacks import REFUSED, Watcher, until, value_of
from secure_rig import PASSWORDS, RigClient, card, connected, run
from served import Loop, Target, serve_gateway

from cellkit.opcua.security import view
from cellkit.opcua.security.settings import ServerLimits
from tests.patience import PATIENCE

SMALL = ServerLimits(
    sessions=4,
    sessions_per_user=2,
    sessions_for_operators=1,
    sessions_to_stop=0,
    subscriptions=4,
    subscriptions_per_user=3,
    subscriptions_for_operators=1,
    subscriptions_per_session=2,
    monitored_items_per_session=5,
    monitored_item_queue=4,
    queued_notifications=8,
    notifications_per_publish=3,
    nodes_per_request=10,
    methods_per_call=3,
    pending_calls=2,
    publish_requests_per_session=5,
    browse_references=5,
    continuation_points=2,
    message_size=32_768,
    response_size=20_000,
    session_timeout=(0.3, 600.0),
    channel_lifetime=(0.2, 3600.0),
    pending_seconds=10.0 * PATIENCE,
    pending_connections_per_peer=6,
    connections=20,
)


PENDING = 0.8  # s until a connection without a user ends, where a test waits for that


@pytest.fixture
def impatient(gateway: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    """New connections without a user end soon."""
    limits = dataclasses.replace(SMALL, pending_seconds=PENDING)
    monkeypatch.setattr(gateway.server.iserver, "limits", limits)


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    stack = AsyncExitStack()
    with Loop() as loop:
        made = loop.do(serve_gateway(stack, tmp_path_factory.mktemp("small"), limits=SMALL))
        made.loop, made.do = loop.loop, loop.do
        yield made
        loop.do(stack.aclose())


async def there(target: Target, work: Any) -> Any:
    """Run it in the server's loop."""
    return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, target.loop))


async def answer_to(client: RigClient, request: Any) -> str:
    try:
        await client.uaclient.protocol.send_request(request)
    except ua.UaError as refused:
        return ua.StatusCode(refused.code).name  # type: ignore[attr-defined]
    return "Good"


async def log_in(target: Target, user: str) -> RigClient:
    client = RigClient(target.url, card())
    client.set_user(user)
    client.set_password(PASSWORDS[user][1])
    await client.connect()
    return client


def test_sessions(gateway: Target) -> None:
    async def work() -> None:
        clients = [await log_in(gateway, user) for user in ("otto", "otto", "olga", "emma")]
        try:
            with pytest.raises(ua.uaerrors.BadTooManySessions):
                await log_in(gateway, "anna")
            await clients.pop(0).disconnect()
            clients.append(await log_in(gateway, "olga"))
            await clients.pop().disconnect()
            clients.append(await log_in(gateway, "otto"))
            await clients.pop(1).disconnect()
            with pytest.raises(ua.uaerrors.BadTooManySessions):
                await log_in(gateway, "otto")
        finally:
            for client in clients:
                await client.disconnect()

    run(work)


def test_sessions_that_lost_their_client_make_room(gateway: Target) -> None:
    """A client whose connection breaks again and again can always come back; a connected client stays."""

    async def work() -> None:
        async with connected(gateway.url, "otto") as stays:
            await stays.create_subscription(100, Watcher())
            for _ in range(6):
                client = await log_in(gateway, "otto")
                await client.create_subscription(100, Watcher())
                client.uaclient.request_disconnect()
                client.uaclient.protocol.transport.abort()
                with suppress(Exception):
                    await client.disconnect()
            assert await stays.get_node(gateway.node("count")).read_value() == 3
            assert len(gateway.server.iserver.sessions()) <= SMALL.sessions

    run(work)


@pytest.mark.parametrize(
    ("request_type", "field", "item", "most"),
    [
        (ua.ReadRequest, "NodesToRead", ua.ReadValueId(ua.NodeId(2256), 13), SMALL.nodes_per_request),
        (ua.WriteRequest, "NodesToWrite", ua.WriteValue(ua.NodeId(2256), 13), SMALL.nodes_per_request),
        (ua.BrowseRequest, "NodesToBrowse", ua.BrowseDescription(ua.NodeId(84)), SMALL.nodes_per_request),
        (
            ua.TranslateBrowsePathsToNodeIdsRequest,
            "BrowsePaths",
            ua.BrowsePath(ua.NodeId(84)),
            SMALL.nodes_per_request,
        ),
        (ua.CallRequest, "MethodsToCall", ua.CallMethodRequest(ua.NodeId(84), ua.NodeId(84)), SMALL.methods_per_call),
        (ua.RegisterNodesRequest, "NodesToRegister", ua.NodeId(84), SMALL.nodes_per_request),
        (ua.HistoryReadRequest, "NodesToRead", ua.HistoryReadValueId(ua.NodeId(84)), SMALL.history_nodes_per_request),
        (ua.DeleteSubscriptionsRequest, "SubscriptionIds", 7, SMALL.subscriptions),
        (ua.BrowseNextRequest, "ContinuationPoints", b"x", SMALL.continuation_points),
    ],
)
def test_items_of_a_request(gateway: Target, request_type: Any, field: str, item: Any, most: int) -> None:
    async def work() -> None:
        async with connected(gateway.url, "olga") as client:
            for count, answer in ((0, "BadNothingToDo"), (most, "Good"), (most + 1, "BadTooManyOperations")):
                request = request_type()
                setattr(getattr(request, "Parameters", request), field, [item] * count)
                assert await answer_to(client, request) == answer, count

    run(work)


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """A gateway with the limits that users get."""
    stack = AsyncExitStack()
    with Loop() as loop:
        yield loop.do(serve_gateway(stack, tmp_path_factory.mktemp("usual"), limits=ServerLimits()))
        loop.do(stack.aclose())


@pytest.mark.parametrize("count", [2001, 3000, 10_000])
@pytest.mark.parametrize(
    ("request_type", "field", "item"),
    [
        (ua.ReadRequest, "NodesToRead", ua.ReadValueId(ua.NodeId(2256), 13)),
        (ua.BrowseRequest, "NodesToBrowse", ua.BrowseDescription(ua.NodeId(84))),
        (
            ua.CreateMonitoredItemsRequest,
            "ItemsToCreate",
            ua.MonitoredItemCreateRequest(ua.ReadValueId(ua.NodeId(2256), 13)),
        ),
    ],
)
def test_far_too_many_items_of_a_request(usual: Target, request_type: Any, field: str, item: Any, count: int) -> None:
    async def work() -> None:
        async with connected(usual.url, "olga") as client:
            request = request_type()
            setattr(request.Parameters, field, [item] * count)
            assert await answer_to(client, request) == "BadTooManyOperations"

    run(work)


def test_too_many_parts_in_an_allowed_number_of_items(usual: Target) -> None:
    path = ua.RelativePath([ua.RelativePathElement(TargetName=ua.QualifiedName("x"))] * 50)

    async def work() -> None:
        async with connected(usual.url, "olga") as client:
            request = ua.TranslateBrowsePathsToNodeIdsRequest()
            request.Parameters.BrowsePaths = [ua.BrowsePath(ua.NodeId(84), path)] * 500
            assert await answer_to(client, request) == "BadEncodingLimitsExceeded"

    run(work)


def test_ten_thousand_items_in_one_session(usual: Target) -> None:
    """A client that creates as many items a call as the server states gets all of them, and each one's value."""

    async def work() -> None:
        async with connected(usual.url, "olga") as client:
            limit = ua.NodeId(ua.ObjectIds.Server_ServerCapabilities_OperationLimits_MaxMonitoredItemsPerCall)
            portion = await client.get_node(limit).read_value()
            watcher = Watcher()
            subscription = await client.create_subscription(100, watcher)
            for _ in range(0, 10_000, portion):
                nodes = [client.get_node(usual.node("count"))] * portion
                results = await subscription.subscribe_data_change(nodes)
                assert not any(isinstance(result, ua.StatusCode) for result in results)
            assert await until(lambda: len(watcher.values) == 10_000)

    run(work)


def test_browsing_the_whole_of_everything(gateway: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view, "SCANNED", 100)

    async def work() -> None:
        async with connected(gateway.url, "olga") as client:
            browse = ua.BrowseRequest()
            browse.Parameters.NodesToBrowse = [ua.BrowseDescription(ua.NodeId(ua.ObjectIds.Server))] * 10
            assert await answer_to(client, browse) == "BadTooManyOperations"
            step = ua.RelativePathElement(IsInverse=False, IncludeSubtypes=True, TargetName=ua.QualifiedName("Server"))
            back = ua.RelativePathElement(IsInverse=True, IncludeSubtypes=True, TargetName=ua.QualifiedName("Objects"))
            path = ua.BrowsePath(ua.NodeId(ua.ObjectIds.ObjectsFolder), ua.RelativePath([step, back] * 16))
            translate = ua.TranslateBrowsePathsToNodeIdsRequest()
            translate.Parameters.BrowsePaths = [path]
            assert await answer_to(client, translate) == "BadTooManyOperations"
            monkeypatch.undo()
            assert await answer_to(client, browse) == "Good"
            assert await answer_to(client, translate) == "Good"

    run(work)


def test_the_address_space_tells_the_same_figures(gateway: Target) -> None:
    async def work() -> None:
        async with connected(gateway.url, "olga") as client:
            for name, figure in {
                "OperationLimits_MaxNodesPerRead": SMALL.nodes_per_request,
                "OperationLimits_MaxNodesPerMethodCall": SMALL.methods_per_call,
                "OperationLimits_MaxMonitoredItemsPerCall": SMALL.nodes_per_request,
                "OperationLimits_MaxNodesPerNodeManagement": 0,
                "MaxBrowseContinuationPoints": SMALL.continuation_points,
                "MaxSessions": SMALL.sessions,
            }.items():
                node = ua.NodeId(getattr(ua.ObjectIds, f"Server_ServerCapabilities_{name}"))
                assert await client.get_node(node).read_value() == figure, name

    run(work)


def test_subscriptions_and_items(gateway: Target) -> None:
    async def work() -> None:
        async with connected(gateway.url, "olga") as client:
            first = await client.create_subscription(100, Watcher())
            second = await client.create_subscription(100, Watcher())
            with pytest.raises(ua.uaerrors.BadTooManySubscriptions):
                await client.create_subscription(100, Watcher())
            items = [ua.MonitoredItemCreateRequest(value_of(gateway.node("count"))) for _ in range(4)]
            for subscription, expected in (
                (first, ["Good"] * 4),
                (second, ["Good", *["BadTooManyMonitoredItems"] * 3]),
            ):
                params = ua.CreateMonitoredItemsParameters(subscription.subscription_id, ItemsToCreate=items)
                results = await client.uaclient.create_monitored_items(params)
                assert [result.StatusCode.name for result in results] == expected
                assert results[0].RevisedQueueSize == SMALL.monitored_item_queue

    run(work)


@pytest.mark.parametrize(
    ("asked", "got"),
    [(0.0, 50.0), (-7.0, 50.0), (float("nan"), 50.0), (float("inf"), 50.0), (1e9, 60_000.0), (70.0, 70.0)],
)
def test_publishing_interval(gateway: Target, asked: float, got: float) -> None:
    async def work() -> None:
        async with connected(gateway.url, "olga") as client:
            params = ua.CreateSubscriptionParameters(asked, 4_000_000_000, 4_000_000_000)
            made = await client.uaclient.create_subscription(params, lambda _: None)
            assert made.RevisedPublishingInterval == got
            assert made.RevisedMaxKeepAliveCount <= SMALL.keep_alive_count
            assert made.RevisedLifetimeCount <= 3 * SMALL.keep_alive_count

    run(work)


def test_lost_values_are_marked_and_messages_are_bounded(gateway: Target) -> None:
    async def work() -> None:
        async with connected(gateway.url, "olga") as client:
            watcher = Watcher()
            subscription = await client.create_subscription(60, watcher)
            await subscription.subscribe_data_change(client.get_node(gateway.node("loose")), queuesize=4)
            assert await until(lambda: len(watcher.values) == 1)

            async def burst() -> None:
                for number in range(10):
                    value = ua.DataValue(ua.Variant(float(100 + number)))
                    await gateway.server.write_attribute_value(gateway.node("loose"), value)

            await there(gateway, burst())
            assert await until(lambda: len(watcher.values) == 5)
            assert watcher.values[1:] == [106.0, 107.0, 108.0, 109.0], "the newest, over two messages"
            overflow = [bool(value.StatusCode.value & 0x80) for value in watcher.raw[1:]]
            assert overflow == [True, False, False, False]
            assert watcher.raw[1].StatusCode.is_good()

    run(work)


def test_a_client_that_wants_the_oldest_keeps_them_and_the_newest(gateway: Target) -> None:
    async def work() -> None:
        async with connected(gateway.url, "olga") as client:
            watcher = Watcher()
            subscription = await client.create_subscription(60, watcher)
            item = subscription._make_monitored_item_request(
                client.get_node(gateway.node("loose")), ua.AttributeIds.Value, None, 4, ua.MonitoringMode.Reporting, 0
            )
            item.RequestedParameters.DiscardOldest = False
            await subscription.create_monitored_items([item])
            assert await until(lambda: len(watcher.values) == 1)

            async def burst() -> None:
                for number in range(10):
                    value = ua.DataValue(ua.Variant(float(200 + number)))
                    await gateway.server.write_attribute_value(gateway.node("loose"), value)

            await there(gateway, burst())
            assert await until(lambda: len(watcher.values) == 5)
            assert watcher.values[1:] == [200.0, 201.0, 202.0, 209.0]
            overflow = [bool(value.StatusCode.value & 0x80) for value in watcher.raw[1:]]
            assert overflow == [False, False, False, True]

    run(work)


def test_calls_that_have_not_been_answered(gateway: Target) -> None:
    async def work() -> None:
        async with connected(gateway.url, "otto") as client:
            request = ua.CallRequest()
            request.Parameters.MethodsToCall = [ua.CallMethodRequest(gateway.node("machine"), gateway.node("slow"))]
            answers = await asyncio.gather(*(answer_to(client, request) for _ in range(4)))
            assert sorted(answers) == ["BadTooManyOperations"] * 2 + ["Good"] * 2

    run(work)


def test_publish_requests(gateway: Target) -> None:
    async def work() -> None:
        async with connected(gateway.url, "olga") as client:
            params = ua.CreateSubscriptionParameters(60_000.0, 1000, 100)
            await client.uaclient.create_subscription(params, lambda _: None)
            requests = [asyncio.create_task(answer_to(client, ua.PublishRequest())) for _ in range(8)]
            done, waiting = await asyncio.wait(requests, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
            assert "BadTooManyPublishRequests" in {task.result() for task in done}
            for task in waiting:
                task.cancel()

    run(work)


def test_large_messages_both_ways(gateway: Target) -> None:
    async def work() -> None:
        async with connected(gateway.url, "olga") as client:
            nodes = [ua.ReadValueId(ua.NodeId(ua.ObjectIds.Server_NamespaceArray), 13)]
            types = ua.ReadValueId(ua.NodeId(ua.ObjectIds.OPCUANamespaceMetadata), 13)
            request = ua.ReadRequest()
            request.Parameters.NodesToRead = [*nodes, types]
            assert await answer_to(client, request) == "Good"
            big = ua.DataValue(ua.Variant("x" * 25_000))
            await there(
                gateway,
                gateway.server.get_node(gateway.node("machine")).add_variable(
                    ua.NodeId("big", gateway.space), "big", "x"
                ),
            )
            await there(gateway, gateway.server.write_attribute_value(gateway.node("big"), big))
            request.Parameters.NodesToRead = [value_of(gateway.node("big"))]
            assert await answer_to(client, request) == "BadResponseTooLarge"
        client = await log_in(gateway, "olga")
        try:
            request.Parameters.NodesToRead = [ua.ReadValueId(ua.NodeId("x" * 40_000, 1), 13)]
            with pytest.raises(REFUSED):
                await client.uaclient.protocol.send_request(request)
        finally:
            with suppress(Exception):
                await client.disconnect()

    run(work)


def test_a_silent_session_ends(gateway: Target) -> None:
    closed: list[str] = []
    gateway.server.on_session_closed(closed.append)

    async def work() -> None:
        client = RigClient(gateway.url, card())
        client.session_timeout = 300
        client.set_user("olga")
        client.set_password(PASSWORDS["olga"][1])
        await client.connect_socket()
        await client.send_hello()
        await client.open_secure_channel()
        session = (await client.create_session()).SessionId.to_string()
        await client._activate_with_credentials()
        for task in (client._renew_channel_task, client._supervisor_task, client._stale_watchdog_task):
            if task is not None:
                task.cancel()
        try:
            assert await until(lambda: session in closed), "others of this server may end meanwhile"
            with pytest.raises(REFUSED):
                await client.uaclient.read(ua.ReadParameters(NodesToRead=[value_of(ua.NodeId(2256))]))
        finally:
            client.disconnect_socket()

    run(work)


@pytest.mark.usefixtures("impatient")
def test_a_connection_without_a_user_ends(gateway: Target) -> None:
    async def work() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
        assert await asyncio.wait_for(reader.read(10), PATIENCE) == b""
        writer.close()

    run(work)


def test_connections_without_a_user_are_few(gateway: Target) -> None:
    async def work() -> None:
        sockets = [await asyncio.open_connection("127.0.0.1", gateway.port) for _ in range(12)]

        async def ended(reader: asyncio.StreamReader) -> None:
            with suppress(ConnectionError):
                assert await reader.read(10) == b""

        ends = [asyncio.ensure_future(ended(reader)) for reader, _ in sockets]
        surplus = 12 - SMALL.pending_connections_per_peer
        assert await until(lambda: sum(end.done() for end in ends) >= surplus)
        assert not all(end.done() for end in ends)
        for end in ends:
            end.cancel()
        for end in await asyncio.gather(*ends, return_exceptions=True):
            assert end is None or isinstance(end, asyncio.CancelledError)
        for _, writer in sockets:
            writer.close()

    run(work)


def test_a_channel_that_is_not_renewed_ends(gateway: Target) -> None:
    async def work() -> None:
        client = RigClient(gateway.url, card())
        client.secure_channel_timeout = 200
        client.set_user("olga")
        client.set_password(PASSWORDS["olga"][1])
        await client.connect_socket()
        await client.send_hello()
        await client.open_secure_channel()
        await client.create_session()
        if client._renew_channel_task is not None:
            client._renew_channel_task.cancel()
        await asyncio.sleep(0.3)
        with pytest.raises(REFUSED):
            await client._activate_with_credentials()
        client.disconnect_socket()

    run(work)
