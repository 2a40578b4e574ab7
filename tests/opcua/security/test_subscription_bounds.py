"""The bounds of subscriptions and sessions per user; subscriptions whose session was closed."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from asyncua import ua
from asyncua.ua.ua_binary import struct_from_binary
from attacks import until, value_of
from secure_rig import LIMITS, PASSWORDS, RigClient, connected, rig, run

from cellkit.opcua.security.settings import ServerLimits
from tests.patience import PATIENCE

SESSIONS, EACH = 4, LIMITS.subscriptions_per_session


async def leave(client: RigClient) -> None:
    """Close the session but keep its subscriptions."""
    await client.uaclient.close_session(False)


async def subscribe(client: RigClient) -> int:
    params = ua.CreateSubscriptionParameters(60_000.0, 3000, 1000)
    made = await client.uaclient.create_subscription(params, lambda _: None)
    return int(made.SubscriptionId)


async def orphan(url: str) -> int:
    """Make a subscription without a session; return its number."""
    async with connected(url, "olga") as client:
        number = await subscribe(client)
        await leave(client)
    return number


async def attack(url: str) -> list[int]:
    """Fill the server's subscriptions as an observer and leave them behind; return their numbers."""
    left = []
    for _ in range(SESSIONS):
        async with connected(url, "olga") as client:
            left += [await subscribe(client) for _ in range(EACH)]
            await leave(client)
    return left


def test_an_observer_who_leaves_subscriptions_behind_blocks_nobody(tmp_path: Path) -> None:
    async def work() -> None:
        async with rig(tmp_path) as gateway:
            left = await attack(gateway.url)
            async with connected(gateway.url, "otto") as otto:
                assert await subscribe(otto)
            held = gateway.server.iserver.subscription_service.of_user("olga")
            assert [sub.data.SubscriptionId for sub in held] == left[-LIMITS.subscriptions_per_user :], "oldest first"
            async with connected(gateway.url, "olga") as olga:
                assert await subscribe(olga)

    run(work)


def test_connected_observers_leave_places_for_operators(tmp_path: Path) -> None:
    limits = ServerLimits(subscriptions=6, subscriptions_per_user=6, subscriptions_for_operators=2)

    async def work() -> None:
        async with rig(tmp_path, limits) as gateway, connected(gateway.url, "olga") as olga:
            for _ in range(4):
                await subscribe(olga)
            with pytest.raises(ua.uaerrors.BadTooManySubscriptions):
                await subscribe(olga)
            async with connected(gateway.url, "otto") as otto:
                assert await subscribe(otto)
                assert await subscribe(otto)
                with pytest.raises(ua.uaerrors.BadTooManySubscriptions):
                    await subscribe(otto)

    run(work)


def test_observers_leave_sessions_for_operators(tmp_path: Path) -> None:
    limits = ServerLimits(sessions=3, sessions_for_operators=1)

    async def work() -> None:
        async with rig(tmp_path, limits) as gateway, connected(gateway.url, "olga"), connected(gateway.url, "olga"):
            with pytest.raises(ua.uaerrors.BadTooManySessions):
                async with connected(gateway.url, "olga"):
                    pass
            async with connected(gateway.url, "otto") as otto:
                assert await otto.get_node(gateway.node("count")).read_value() == 3

    run(work)


def test_monitored_items_are_bounded_per_user(tmp_path: Path) -> None:
    limits = ServerLimits(monitored_items_per_session=5, monitored_items_per_user=7)

    async def monitor(client: RigClient, node: ua.NodeId) -> list[str]:
        items = [ua.MonitoredItemCreateRequest(value_of(node)) for _ in range(6)]
        params = ua.CreateMonitoredItemsParameters(await subscribe(client), ItemsToCreate=items)
        return [result.StatusCode.name for result in await client.uaclient.create_monitored_items(params)]

    async def work() -> None:
        async with (
            rig(tmp_path, limits) as gateway,
            connected(gateway.url, "olga") as one,
            connected(gateway.url, "olga") as two,
        ):
            node = gateway.node("count")
            assert await monitor(one, node) == ["Good"] * 5 + ["BadTooManyMonitoredItems"]
            assert await monitor(two, node) == ["Good"] * 2 + ["BadTooManyMonitoredItems"] * 4

    run(work)


def test_a_subscription_without_a_session_ends_after_one_session_timeout(tmp_path: Path) -> None:
    limits = ServerLimits(session_timeout=(1.0, 1.0))

    async def work() -> None:
        async with rig(tmp_path, limits) as gateway:
            await orphan(gateway.url)
            subscriptions = gateway.server.iserver.subscription_service.subscriptions
            assert len(subscriptions) == 1
            assert await until(lambda: not subscriptions, 10.0)

    run(work)


def test_a_subscription_without_a_session_can_be_taken_over_and_stays(tmp_path: Path) -> None:
    limits = ServerLimits(session_timeout=(1.0, 1.0))

    async def work() -> None:
        async with rig(tmp_path, limits) as gateway:
            number = await orphan(gateway.url)
            async with connected(gateway.url, "olga") as again:
                params = ua.TransferSubscriptionsParameters([number])
                assert (await again.uaclient.transfer_subscriptions(params))[0].StatusCode.is_good()
                for _ in range(8):  # keep the session, past the time of the orphan
                    await asyncio.sleep(0.2)
                    await again.get_node(gateway.node("count")).read_value()
                assert number in gateway.server.iserver.subscription_service.subscriptions

    run(work)


def test_the_old_session_learns_of_a_transfer(tmp_path: Path) -> None:
    async def work() -> None:
        async with (
            rig(tmp_path) as gateway,
            connected(gateway.url, "otto") as old,
            connected(gateway.url, "otto") as new,
        ):
            received: list[Any] = []
            params = ua.CreateSubscriptionParameters(100.0, 3000, 1000)
            made = await old.uaclient.create_subscription(params, received.append)
            assert await until(lambda: bool(received)), "the first, empty message"
            moved = ua.TransferSubscriptionsParameters([made.SubscriptionId])
            assert (await new.uaclient.transfer_subscriptions(moved))[0].StatusCode.is_good()

            def status() -> list[str]:
                notes = [note for result in received for note in result.NotificationMessage.NotificationData or []]
                return [note.Status.name for note in notes if isinstance(note, ua.StatusChangeNotification)]

            assert await until(lambda: status() == ["GoodSubscriptionTransferred"]), received

    run(work)


async def monitor_raw(client: RigClient, node: ua.NodeId) -> int:
    """Subscribe to a value without asyncua's own Publish requests; return the number of the subscription."""
    subscribe = ua.CreateSubscriptionRequest()
    subscribe.Parameters = ua.CreateSubscriptionParameters(50.0, 3000, 1000)
    data = await client.uaclient.protocol.send_request(subscribe)
    made = struct_from_binary(ua.CreateSubscriptionResponse, data).Parameters
    items = [ua.MonitoredItemCreateRequest(value_of(node), ua.MonitoringMode.Reporting)]
    await client.uaclient.create_monitored_items(
        ua.CreateMonitoredItemsParameters(made.SubscriptionId, ItemsToCreate=items)
    )
    return int(made.SubscriptionId)


async def published(client: RigClient) -> int | str:
    """Send a Publish request; return the number of the subscription that answers it, or the name of the error."""
    try:
        data = await client.uaclient.protocol.send_request(ua.PublishRequest(), timeout=0)
    except ua.UaError as error:
        return type(error).__name__
    return int(struct_from_binary(ua.PublishResponse, data).Parameters.SubscriptionId)


async def log_in_again(client: RigClient, user: str) -> None:
    """Begin another user's session on the same connection."""
    client.set_user(user)
    await client.create_session()
    await client.activate_session(user, PASSWORDS[user][1])


def test_the_next_user_of_a_connection_receives_nothing_of_the_last(tmp_path: Path) -> None:
    async def work() -> None:
        async with rig(tmp_path) as gateway, connected(gateway.url, "emma") as client:
            speed, count = gateway.node("speed"), gateway.node("count")
            of_emma = await monitor_raw(client, speed)
            assert await published(client) == of_emma
            left = asyncio.ensure_future(published(client))
            processor = gateway.server.bserver.connections()[0].processor
            assert await until(lambda: len(processor._publish_requests) == 1)
            await client.uaclient.session.close_session(False)  # asyncua's client would give the connection up
            assert await asyncio.wait_for(left, PATIENCE) == "BadSessionClosed", "of the last user"
            await log_in_again(client, "olga")
            of_olga = await monitor_raw(client, count)
            assert await published(client) == of_olga
            answers = [asyncio.ensure_future(published(client)) for _ in range(2)]
            await gateway.server.get_node(speed).write_value(5.0)
            await asyncio.sleep(0.3)  # emma's subscription has had something to publish for some intervals
            for number, answer in enumerate(answers):
                await gateway.server.get_node(count).write_value(ua.Variant(7 + number, ua.VariantType.Int32))
                assert await asyncio.wait_for(answer, PATIENCE) == of_olga

    run(work)
