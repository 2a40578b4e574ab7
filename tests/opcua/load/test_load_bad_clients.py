"""Bad clients, while good ones subscribe: the good lose nothing, and the bad leave nothing behind."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import pytest
from asyncua import ua

from bench.light_client import LightClient, Subscriber, secure_client, settled, together
from bench.notifications import OVERFLOW, Published
from tests.opcua.gateway_rig import Session
from tests.opcua.load.bad_clients import (
    LET_DOWN,
    PHASES,
    Address,
    break_off,
    breaking_off,
    raw_garbage,
    send_damaged,
    send_oversized,
    send_raw,
    send_tampered,
)
from tests.opcua.load.load_cell import ITEMS, paths
from tests.opcua.load.load_rig import LoadedCell, assert_complete, crowd, operator

GOOD = 3
MEBIBYTE = 1024 * 1024
LINES = 60
"""Lines that a gateway may write to its log about one attack; it says each thing once a minute."""
SESSIONS_OF_A_USER, SUBSCRIPTIONS = 25, 50
"""The server's limits (``cellkit.opcua.security.settings``)."""


@dataclass
class Attack:
    """What the body of a test needs."""

    loaded: LoadedCell
    plc: Session
    address: Address

    def watcher(self) -> LightClient:
        """One more client, not connected yet."""
        return secure_client(self.address.url, self.address.state, "watcher")


@asynccontextmanager
async def while_good_clients_subscribe(loaded: LoadedCell, growth: float = 8.0) -> AsyncIterator[Attack]:
    """Good clients count along; afterwards nothing of the block may be left. ``growth``: MiB that are allowed."""
    gateway = loaded.gateway
    async with operator(loaded) as plc:
        with crowd(loaded, GOOD) as good:
            address = Address(loaded.cell.url, loaded.cell.state.folder, [plc.id(path) for path in paths()])
            sockets, memory, lines = gateway.sockets, gateway.memory, len(loaded.complaints)
            sessions = loaded.sessions()
            async with loaded.counting(plc) as counted:
                yield Attack(loaded, plc, address)
                await loaded.numbers(plc, 3)
            report = await asyncio.to_thread(good.report, counted["counted_to"])
            print(report)
            assert_complete(report, 3 * ITEMS)
            # the good clients go as soon as they have reported
            assert await settled(loaded.sessions, lambda now: now == sessions - GOOD) == sessions - GOOD
            assert await settled(lambda: gateway.sockets, lambda now: now == sockets - GOOD) == sockets - GOOD
            assert gateway.memory - memory < growth * MEBIBYTE
            said = "".join(loaded.complaints[lines:])
            assert said.count("\n") <= LINES, said
            assert "Traceback" not in said, said


async def cut_off(loaded: LoadedCell, cycles: int) -> None:
    async with while_good_clients_subscribe(loaded, growth=16.0) as attack:  # until Python looks for garbage

        async def one(cycle: int) -> None:
            with suppress(*LET_DOWN):
                await break_off(attack.address, cycle % PHASES)

        await together(*(one(cycle) for cycle in range(cycles)), at_once=3)
    await assert_room(attack.address)


async def assert_room(address: Address) -> None:
    """Check that a user gets all of the user's sessions and subscriptions: a client that has gone holds none."""
    clients = [secure_client(address.url, address.state, address.user) for _ in range(SESSIONS_OF_A_USER)]
    await together(*(client.connect() for client in clients))
    each = SUBSCRIPTIONS // SESSIONS_OF_A_USER
    for client in clients:
        for _ in range(each):
            await Subscriber(client, lambda answer: None).create(1000.0)
    await together(*(client.disconnect() for client in clients))


@pytest.mark.long
def test_connections_that_break_off_leave_nothing(loaded: LoadedCell) -> None:
    asyncio.run(cut_off(loaded, 4 * PHASES))


@pytest.mark.long
def test_two_hundred_connections_that_break_off_leave_nothing(loaded: LoadedCell) -> None:
    asyncio.run(cut_off(loaded, 200))


async def browse_and_read(loaded: LoadedCell, times: int) -> None:
    async with while_good_clients_subscribe(loaded) as attack, attack.watcher() as client:
        machine = client.get_node(attack.plc.id("MotionDevices/robot"))
        number = client.get_node(attack.address.nodes[0])
        for _ in range(times):
            assert await machine.get_references()
            assert await number.read_value() >= 0.0


@pytest.mark.long
def test_browsing_and_reading_disturbs_nobody(loaded: LoadedCell) -> None:
    asyncio.run(browse_and_read(loaded, 500))


@pytest.mark.long
def test_ten_thousand_times_browsing_and_reading_disturbs_nobody(loaded: LoadedCell) -> None:
    asyncio.run(browse_and_read(loaded, 10_000))


async def garbage(loaded: LoadedCell, rounds: int, seed: int) -> None:
    chance = random.Random(seed)
    async with while_good_clients_subscribe(loaded, growth=16.0) as attack:
        for _ in range(rounds):
            for _ in range(10):
                await send_raw(attack.address, raw_garbage(attack.address, chance))
            async with breaking_off(attack.address) as client:
                with suppress(*LET_DOWN):
                    await client.connect_socket()
                    await client.send_hello()
                    await client.open_secure_channel()
                    if chance.random() < 0.5:
                        await client.create_session()
                        await client._activate_with_credentials()
                    for _ in range(30):
                        with suppress(ua.UaError, TimeoutError):
                            await send_damaged(client, attack.address, chance)
                    if chance.random() < 0.5:
                        await send_tampered(client)
                    else:
                        await send_oversized(client, attack.address)


def test_garbage_is_refused_and_forgotten(loaded: LoadedCell) -> None:
    asyncio.run(garbage(loaded, rounds=5, seed=1))


@pytest.mark.long
@pytest.mark.parametrize("seed", range(3))
def test_garbage_is_refused_and_forgotten_for_long(loaded: LoadedCell, seed: int) -> None:
    asyncio.run(garbage(loaded, rounds=60, seed=seed + 2))


QUEUE = 10


@pytest.mark.long
def test_who_never_asks_gets_the_newest_with_a_mark(loaded: LoadedCell) -> None:
    """The queue of each item holds its last values, and the first of them says that others were lost."""

    async def main() -> None:
        answers: list[Published] = []
        async with while_good_clients_subscribe(loaded) as attack, attack.watcher() as client:
            silent = Subscriber(client, answers.append)
            await silent.create(100.0)
            await silent.monitor(attack.address.nodes, queue=QUEUE)
            await loaded.numbers(attack.plc, 3 * QUEUE)
            silent.publish()
            await until(lambda: sum(len(answer.changes) for answer in answers) >= ITEMS * QUEUE)
            await silent.close()
        first = [change for change in answers[0].changes if change.handle == 0][:QUEUE]
        numbers = [change.value for change in first]
        assert numbers == pytest.approx([numbers[0] + step for step in range(QUEUE)])  # through rad and back
        assert first[0].status & OVERFLOW
        assert not any(change.status for change in first[1:])

    asyncio.run(main())


@pytest.mark.long
def test_who_never_acknowledges_costs_a_bounded_store(loaded: LoadedCell) -> None:
    async def main() -> None:
        answers: list[Published] = []
        async with while_good_clients_subscribe(loaded) as attack, attack.watcher() as client:
            forgetful = Subscriber(client, answers.append)
            forgetful.acknowledging = False
            await forgetful.create(50.0)
            await forgetful.monitor(attack.address.nodes)
            forgetful.publish()
            await until(lambda: len(answers) > 55)
            await forgetful.close()
        assert forgetful.sequence_gaps == 0
        assert not forgetful.trouble
        assert max(len(answer.available) for answer in answers) == 50

    asyncio.run(main())


REQUESTS_UNREAD = 600
"""Of a thousand values each: more than all buffers on the way hold."""


def deaf(loaded: LoadedCell, dropped: bool) -> None:
    """Asks and asks, and reads no answer. ``dropped``: until the server has enough of it."""

    async def main() -> None:
        async with while_good_clients_subscribe(loaded, growth=24.0) as attack, breaking_off(attack.address) as client:
            await client.connect()
            for task in (client._renew_channel_task, client._supervisor_task, client._stale_watchdog_task):
                assert task is not None
                task.cancel()
            before = loaded.gateway.memory
            protocol = client.uaclient.protocol
            request = ua.ReadRequest()
            request.Parameters.NodesToRead = [
                ua.ReadValueId(node, ua.AttributeIds.Value) for node in attack.address.nodes
            ] * 10
            protocol.transport.pause_reading()
            sent = [
                protocol._send_request(request, 60.0)
                for _ in range(REQUESTS_UNREAD if dropped else REQUESTS_UNREAD // 4)
            ]
            await loaded.numbers(attack.plc, 20)
            assert loaded.gateway.memory - before < 24 * MEBIBYTE
            sockets = loaded.gateway.sockets
            if dropped:
                assert await settled(lambda: loaded.gateway.sockets, lambda now: now < sockets) == sockets - 1
                return
            protocol.transport.resume_reading()
            assert all(await asyncio.wait_for(asyncio.gather(*sent), 60.0))

    asyncio.run(main())


@pytest.mark.long
def test_who_reads_late_gets_all_answers(loaded: LoadedCell) -> None:
    deaf(loaded, dropped=False)


@pytest.mark.long
def test_who_never_reads_is_dropped(loaded: LoadedCell) -> None:
    deaf(loaded, dropped=True)


def test_who_sends_without_pause_waits_its_turn(loaded: LoadedCell) -> None:
    """A thousand requests of one client arrive at once; another's, which comes after them, is not the last."""

    async def main() -> None:
        cell, answered = loaded.cell, ""
        server = ua.NodeId(ua.ObjectIds.Server_ServerStatus_State)
        request = ua.ReadRequest()
        request.Parameters.NodesToRead = [ua.ReadValueId(server, ua.AttributeIds.Value)]
        greedy, modest = (secure_client(cell.url, cell.state.folder, "watcher") for _ in range(2))

        def note(letter: str) -> None:
            nonlocal answered
            answered += letter

        async with greedy, modest:
            protocol = greedy.uaclient.protocol
            transport, protocol.transport = protocol.transport, _Heap()
            waiting = [protocol._send_request(request) for _ in range(1000)]
            heap, protocol.transport = protocol.transport, transport
            transport.write(b"".join(heap.data))
            asked = modest.uaclient.protocol._send_request(request)
            for future in waiting:
                future.add_done_callback(lambda _: note("g"))
            asked.add_done_callback(lambda _: note("m"))
            await asyncio.wait_for(asyncio.gather(asked, *waiting), 60.0)
        assert answered.index("m") < 100

    asyncio.run(main())


class _Heap:
    """Takes what is to be sent, and keeps it."""

    def __init__(self) -> None:
        self.data: list[bytes] = []

    def write(self, data: bytes) -> None:
        self.data.append(data)


async def until(done: Callable[[], bool]) -> None:
    assert await settled(done, bool)
