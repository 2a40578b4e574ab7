from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from asyncua import Client, Server, ua

from cellkit.access.caller import Role
from cellkit.opcua.recorder import MAX_VALUES, Recorder
from cellkit.supervision.sample_ring import Column, SampleRing
from tests.opcua.gateway_rig import patient_client
from tests.patience import PATIENCE

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
WRENCH = [Column(name, "N") for name in ("Fx", "Fy", "Fz")]
OUTPUTS = ["FirstSequence", "Timestamps", "Values", "Columns", "Lost"]


class Recorded:
    """A server with a recorder whose rings belong to the tests, and a client of it."""

    def __init__(self) -> None:
        self.server = Server()
        self.client: Client
        self.recorder: Recorder
        self.reads = 0
        self.roles: dict[ua.NodeId, Role] = {}
        self.namespace = 0
        self.types = 0

    async def start(self) -> None:
        await self.server.init()
        self.server.set_endpoint("opc.tcp://127.0.0.1:0/")
        self.server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
        self.types = await self.server.register_namespace("urn:cellkit:types")
        self.namespace = await self.server.register_namespace("urn:cellkit:cell:test")
        folder = await self.server.nodes.objects.add_folder(
            ua.NodeId("cell/Recorder", self.namespace), ua.QualifiedName("Recorder", self.types)
        )
        self.recorder = Recorder(
            self.server, folder.nodeid, self.add_method, namespace=self.types, on_read=self.count_read
        )
        await self.server.start()
        port = self.server.bserver._server.sockets[0].getsockname()[1]
        self.client = patient_client(f"opc.tcp://127.0.0.1:{port}/")
        await self.client.connect()

    async def stop(self) -> None:
        await self.client.disconnect()
        await self.server.stop()

    def count_read(self) -> None:
        self.reads += 1

    def add_method(self, method: ua.NodeId, callback: Callable[..., Awaitable[Any]], *, role: Role) -> None:
        self.roles[method] = role
        self.server.iserver.isession.add_method_callback(method, callback)

    def member(self, recording: ua.NodeId, name: str) -> ua.NodeId:
        return ua.NodeId(f"{recording.Identifier}/{name}", self.namespace)

    async def read(self, recording: ua.NodeId, first: int, most: int) -> dict[str, Any]:
        method = self.member(recording, "Read")
        arguments = (ua.Variant(first, ua.VariantType.UInt64), ua.Variant(most, ua.VariantType.UInt32))
        answer = await self.client.get_node(recording).call_method(method, *arguments)
        return dict(zip(OUTPUTS, answer, strict=True))


@pytest.fixture(scope="module")
def run() -> Iterator[Callable[..., Any]]:
    with asyncio.Runner() as runner:
        yield runner.run


@pytest.fixture(scope="module")
def recorded(run: Callable[..., Any]) -> Iterator[Recorded]:
    recorded = Recorded()
    run(recorded.start())
    yield recorded
    run(recorded.stop())


def samples(first: int, count: int) -> tuple[list[float], np.ndarray]:
    """A sample each millisecond; each row is its number, twice and thrice the number."""
    numbers = np.arange(first, first + count, dtype=np.float64)
    return (START.timestamp() + numbers / 1000).tolist(), np.outer(numbers, [1, 2, 3])


def test_the_recording_says_what_it_holds(run: Callable[..., Any], recorded: Recorded) -> None:
    async def test() -> None:
        recording = await recorded.recorder.add("shape", SampleRing(WRENCH, 10), rate=500.0)
        client = recorded.client
        values = {}
        for name in ("Columns", "Units", "Rate", "NextSequence", "Oldest"):
            node = await client.get_node(recording).get_child(ua.QualifiedName(name, recorded.types))
            assert node.nodeid == recorded.member(recording, name)
            values[name] = await node.read_value()
        assert values == {
            "Columns": ["Fx", "Fy", "Fz"],
            "Units": ["N", "N", "N"],
            "Rate": 500.0,
            "NextSequence": 0,
            "Oldest": 0,
        }
        assert await client.get_node(recording).read_type_definition() == ua.NodeId(ua.ObjectIds.BaseObjectType)
        method = client.get_node(recorded.member(recording, "Read"))
        arguments = [await (await method.get_child(f"0:{way}Arguments")).read_value() for way in ("Input", "Output")]
        assert [argument.Name for argument in arguments[0]] == ["FromSequence", "MaxSamples"]
        assert [(argument.Name, argument.DataType.Identifier, argument.ValueRank) for argument in arguments[1]] == [
            ("FirstSequence", ua.ObjectIds.UInt64, -1),
            ("Timestamps", ua.ObjectIds.DateTime, 1),
            ("Values", ua.ObjectIds.Double, 1),
            ("Columns", ua.ObjectIds.UInt32, -1),
            ("Lost", ua.ObjectIds.UInt64, -1),
        ]
        assert recorded.roles[recorded.member(recording, "Read")] is Role.OBSERVER

    run(test())


def test_a_type_of_ones_own(run: Callable[..., Any], recorded: Recorded) -> None:
    async def test() -> None:
        kind = ua.NodeId(ua.ObjectIds.FolderType)
        recording = await recorded.recorder.add("typed", SampleRing(WRENCH, 10), rate=0, type_definition=kind)
        node = recorded.client.get_node(recording)
        types = await node.get_referenced_nodes(ua.ObjectIds.HasTypeDefinition)
        assert [one.nodeid for one in types] == [kind]

    run(test())


def test_a_client_that_keeps_up_gets_every_sample_once(run: Callable[..., Any], recorded: Recorded) -> None:
    async def test() -> None:
        recording = await recorded.recorder.add("all", SampleRing(WRENCH, 200), rate=1000)
        got: list[float] = []
        times: list[datetime] = []
        next_sequence = 0
        for batch in range(10):
            await recorded.recorder.extend("all", *samples(batch * 150, 150))
            block = await recorded.read(recording, next_sequence, 0)
            assert (block["FirstSequence"], block["Lost"], block["Columns"]) == (next_sequence, 0, 3)
            got += block["Values"]
            times += block["Timestamps"]
            next_sequence += len(block["Timestamps"])
        assert got == samples(0, 1500)[1].ravel().tolist()
        ideal = [START + timedelta(milliseconds=n) for n in range(1500)]
        assert max(abs(a - b) for a, b in zip(times, ideal, strict=True)) < timedelta(microseconds=2)
        assert times == sorted(times)
        node = recorded.client.get_node(recorded.member(recording, "NextSequence"))
        assert await node.read_value() == 1500

    run(test())


def test_a_slow_client_is_told_what_it_lost(run: Callable[..., Any], recorded: Recorded) -> None:
    async def test() -> None:
        recording = await recorded.recorder.add("slow", SampleRing(WRENCH, 100), rate=1000)
        await recorded.recorder.extend("slow", *samples(0, 250))
        block = await recorded.read(recording, 40, 2)
        assert (block["FirstSequence"], block["Lost"]) == (150, 110)
        assert block["Values"] == [150, 300, 450, 151, 302, 453]
        assert await recorded.client.get_node(recorded.member(recording, "Oldest")).read_value() == 150
        empty = await recorded.read(recording, 250, 10)
        assert (empty["FirstSequence"], empty["Lost"]) == (250, 0)
        assert (empty["Timestamps"] or []) == (empty["Values"] or []) == []

    run(test())


def test_a_block_is_bounded_whatever_is_asked(run: Callable[..., Any], recorded: Recorded) -> None:
    async def test() -> None:
        recording = await recorded.recorder.add("big", SampleRing(WRENCH, MAX_VALUES), rate=1000)
        await recorded.recorder.extend("big", *samples(0, MAX_VALUES))
        for most in (0, 4_000_000_000):
            block = await recorded.read(recording, 0, most)
            assert len(block["Timestamps"]) == MAX_VALUES // 3
            assert len(block["Values"]) == MAX_VALUES // 3 * 3

    run(test())


def test_wrong_arguments_are_refused(run: Callable[..., Any], recorded: Recorded) -> None:
    async def test() -> None:
        recording = await recorded.recorder.add("wrong", SampleRing(WRENCH, 10), rate=1000)
        for arguments, status in (
            ([], "BadArgumentsMissing"),
            ([ua.Variant(1, ua.VariantType.UInt64)], "BadArgumentsMissing"),
            ([ua.Variant("1"), ua.Variant("1")], "BadInvalidArgument"),
            ([ua.Variant(-1), ua.Variant(1)], "BadInvalidArgument"),
            ([ua.Variant(1.5), ua.Variant(1)], "BadInvalidArgument"),
        ):
            request = ua.CallMethodRequest(
                ObjectId=recording, MethodId=recorded.member(recording, "Read"), InputArguments=arguments
            )
            (result,) = await recorded.client.uaclient.call([request])
            assert result.StatusCode.name == status

    run(test())


def test_subscribers_hear_that_there_is_more(run: Callable[..., Any], recorded: Recorded) -> None:
    class Heard:
        def __init__(self) -> None:
            self.values: asyncio.Queue[int] = asyncio.Queue()

        def datachange_notification(self, node: object, value: int, data: object) -> None:
            self.values.put_nowait(value)

    async def test() -> None:
        recording = await recorded.recorder.add("heard", SampleRing(WRENCH, 10), rate=1000)
        heard, before = Heard(), recorded.reads
        subscription = await recorded.client.create_subscription(10, heard)
        await subscription.subscribe_data_change(recorded.client.get_node(recorded.member(recording, "NextSequence")))
        assert await asyncio.wait_for(heard.values.get(), PATIENCE) == 0
        await recorded.recorder.extend("heard", *samples(0, 5))
        assert await asyncio.wait_for(heard.values.get(), PATIENCE) == 5
        assert recorded.reads == before + 1, "a client that follows the number reads"
        await subscription.delete()
        await recorded.recorder.extend("heard", *samples(5, 5))
        assert recorded.reads == before + 1, "nobody reads"
        await recorded.read(recording, 0, 10)
        assert recorded.reads == before + 2

    run(test())
