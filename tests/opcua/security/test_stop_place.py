"""Stop has a place of its own: an operator can stop although all sessions are taken."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from asyncua import ua
from secure_rig import Rig, RigClient, connected, rig, run
from test_half_open import half_open, hello

from cellkit.access.caller import Role
from cellkit.opcua.security.settings import ServerLimits

LIMITS = ServerLimits(sessions=4, sessions_per_user=3, sessions_for_operators=1, sessions_to_stop=2)


@asynccontextmanager
async def taken(folder: Path) -> AsyncIterator[tuple[Rig, list[str]]]:
    """Yield a gateway whose sessions are all taken by other users, and the list of its stops."""
    stops: list[str] = []

    async def halt() -> list[ua.Variant]:
        stops.append("halt")
        return []

    async with rig(folder, LIMITS) as gateway, AsyncExitStack() as clients:
        node = ua.NodeId("halt", gateway.space)
        machine = gateway.server.get_node(gateway.node("machine"))
        await machine.add_method(node, "halt", lambda _parent: [], [], [])
        gateway.server.add_method(node, halt, role=Role.OPERATOR, stops=True)
        for user in ("olga", "olga", "emma", "anna"):
            await clients.enter_async_context(connected(gateway.url, user))
        yield gateway, stops


async def called(client: RigClient, gateway: Rig, method: str, *arguments: ua.Variant) -> str:
    request = ua.CallMethodRequest(gateway.node("machine"), gateway.node(method), list(arguments))
    return str((await client.uaclient.call([request]))[0].StatusCode.name)


def test_an_operator_stops_while_all_sessions_are_taken(tmp_path: Path) -> None:
    async def work() -> None:
        async with taken(tmp_path) as (gateway, stops), connected(gateway.url, "otto") as otto:
            assert await called(otto, gateway, "halt") == "Good"
            assert stops == ["halt"]

    run(work)


def test_such_a_session_reads_and_stops_and_does_nothing_else(tmp_path: Path) -> None:
    async def work() -> None:
        async with taken(tmp_path) as (gateway, _), connected(gateway.url, "emma") as emma:
            assert await emma.get_node(gateway.node("count")).read_value() == 3
            move = [ua.Variant([1.0, 2.0, 3.0]), ua.Variant(0.5)]
            assert await called(emma, gateway, "move", *move) == "BadResourceUnavailable"
            with pytest.raises(ua.uaerrors.BadResourceUnavailable):
                await emma.get_node(gateway.node("speed")).write_value(0.5)
            with pytest.raises(ua.uaerrors.BadTooManySubscriptions):
                await emma.create_subscription(100, None)
            assert gateway.calls == []

    run(work)


def test_the_oldest_of_these_sessions_makes_room(tmp_path: Path) -> None:
    async def work() -> None:
        async with taken(tmp_path) as (gateway, stops), AsyncExitStack() as clients:
            for _ in range(5):  # clients that never leave do not shut the next one out
                await clients.enter_async_context(connected(gateway.url, "gina"))
            async with connected(gateway.url, "otto") as otto:
                assert await called(otto, gateway, "halt") == "Good"
            assert stops == ["halt"]
            assert len(gateway.server.iserver.sessions()) <= LIMITS.sessions + LIMITS.sessions_to_stop

    run(work)


def test_an_observer_gets_none_of_these_places(tmp_path: Path) -> None:
    async def work() -> None:
        async with taken(tmp_path) as (gateway, _):
            with pytest.raises(ua.uaerrors.BadTooManySessions):
                async with connected(gateway.url, "olga"):
                    pass

    run(work)


def test_half_open_connections_do_not_take_the_place(tmp_path: Path) -> None:
    async def work() -> None:
        async with taken(tmp_path) as (gateway, stops):
            writers = await half_open(gateway.server.port, hello(gateway.url))
            async with connected(gateway.url, "otto") as otto:
                assert await called(otto, gateway, "halt") == "Good"
            for writer in writers:
                writer.close()
            assert stops == ["halt"]

    run(work)
