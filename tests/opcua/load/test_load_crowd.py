"""Many good clients: no client loses a change, the gateway does not grow, and the cell's own cycle does not notice."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping

import pytest

from bench.light_client import Subscriber, secure_client, settled
from bench.notifications import Published
from tests.opcua.load.count_up import CHANGES
from tests.opcua.load.load_cell import ITEMS, paths
from tests.opcua.load.load_rig import LoadedCell, assert_complete, crowd, operator

CLIENTS = 20
QUIET = 30
"""Numbers that are counted without clients."""
SHORT = 60
LONG = round(float(os.environ.get("CELLKIT_LOAD_SECONDS", "600")) / CHANGES)
LEAK = 40
"""Bytes a notification: less than the smallest object that Python makes, with the reference to it."""
MOST_GROWTH = 48 * 1024 * 1024
MISSED = 0.05
"""Share of the cell's beats of 10 ms that may be missed with two cores for clients, gateway and cell.

A gateway on the cell's own loop, or one that is waited for, costs many times that.
"""


def a_crowd(loaded: LoadedCell, numbers: int) -> None:
    async def main() -> None:
        async with operator(loaded) as plc:
            async with loaded.counting(plc) as quiet:
                await loaded.numbers(plc, QUIET)
            with crowd(loaded, CLIENTS) as good:
                async with loaded.counting(plc) as busy:
                    await loaded.numbers(plc, numbers // 4)
                    warm = loaded.gateway.memory
                    await loaded.numbers(plc, numbers - numbers // 4)
                growth = loaded.gateway.memory - warm
                report = await asyncio.to_thread(good.report, busy["counted_to"])
            print(f"{report['changes']} changes, memory {growth / 1024:+.0f} KiB, {quiet} without, {busy} with clients")
            assert_complete(report, ITEMS * numbers)
            assert len(report["clients"]) == CLIENTS
            assert growth < min(LEAK * CLIENTS * ITEMS * (numbers - numbers // 4), MOST_GROWTH)
            assert_undisturbed(quiet, busy)

    asyncio.run(main())


def assert_undisturbed(quiet: Mapping[str, float], busy: Mapping[str, float]) -> None:
    """The cell's cycle went on as if there were no clients."""
    share = {name: beats["missed"] / beats["due"] for name, beats in (("quiet", quiet), ("busy", busy))}
    assert share["busy"] <= max(MISSED, 3.0 * share["quiet"]), (quiet, busy)


def test_a_crowd_of_clients_gets_every_change(loaded: LoadedCell) -> None:
    a_crowd(loaded, SHORT)


@pytest.mark.long
def test_a_crowd_of_clients_gets_every_change_for_long(loaded: LoadedCell) -> None:
    a_crowd(loaded, LONG)


@pytest.mark.long
def test_channels_are_renewed_while_values_come(loaded: LoadedCell) -> None:
    renewing(loaded, renewals=1)


@pytest.mark.long
def test_channels_are_renewed_while_values_come_for_long(loaded: LoadedCell) -> None:
    renewing(loaded, renewals=20)


def renewing(loaded: LoadedCell, renewals: int) -> None:
    """Channels of the shortest life that the server gives."""
    lifetime = 5.0

    async def main() -> None:
        async with operator(loaded) as plc:
            with crowd(loaded, 4, channel=lifetime) as good:
                async with loaded.counting(plc) as counted:
                    await loaded.numbers(plc, round(renewals * lifetime / CHANGES))
                report = await asyncio.to_thread(good.report, counted["counted_to"])
            assert_complete(report, ITEMS)
            assert all(client["renewals"] >= renewals for client in report["clients"]), report

    asyncio.run(main())


@pytest.mark.long
def test_a_client_that_only_listens_keeps_its_channel(loaded: LoadedCell) -> None:
    """It renews its channel again and again, and sends nothing else: it receives the server's changes all the same."""
    lifetime = 5.0

    async def main() -> None:
        answers: list[Published] = []
        async with operator(loaded) as plc:
            client = secure_client(loaded.cell.url, loaded.cell.state.folder, "watcher", channel=lifetime)
            client._watchdog_intervall = 60.0
            async with client:
                listener = Subscriber(client, answers.append)
                await listener.create(100.0, keep_alive=1000)
                await listener.monitor([plc.id(paths()[0])])
                listener.publish(requests=1)
                assert await settled(lambda: client.renewals, lambda renewals: renewals >= 2) >= 2
                before = len(answers)
                async with loaded.counting(plc):
                    await loaded.numbers(plc, 3)
                assert not listener.trouble
                assert len(answers) > before
                await listener.close()

    asyncio.run(main())
