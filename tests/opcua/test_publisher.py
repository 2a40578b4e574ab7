"""Readings become values: deadband against what was last reported, status, times, and who is notified."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import cache

import pytest
from asyncua import Server, ua

from cellkit.opcua.model.builder import add_types
from cellkit.opcua.model.instances import instantiate
from cellkit.opcua.model.model import Model
from cellkit.opcua.publisher import Binding, Publisher

_NUMBERS = itertools.count(1)


class Bench:
    """One variable bound to the item ``x`` of a device ``d``, and all values that a subscriber received."""

    def __init__(self, model: Model, deadband: float, data: str) -> None:
        self.publisher = Publisher(model)
        name = ua.NodeId(f"F{next(_NUMBERS)}", 1)
        parent = instantiate(model, model.node_id("Objects"), "FolderType", "F", node_id=name).node_id
        self.node = instantiate(model, parent, "BaseDataVariableType", "X", data=data).node_id
        self.publisher.bind("d", "x", Binding(self.node, ua.VariantType.Double, deadband=deadband))
        self.told: list[ua.DataValue] = []
        self.model = model

    async def listen(self) -> None:
        async def told(_handle: int, value: ua.DataValue) -> None:
            self.told.append(value)

        self.model.space.add_datachange_callback(self.node, ua.AttributeIds.Value, told)

    async def read(self, value: object, quality: str = "good", moment: float = 1e9) -> ua.DataValue:
        await self.publisher.write_readings("d", {"x": [value, quality, moment]})
        return self.model.attribute(self.node, ua.AttributeIds.Value)


@cache
def the_model() -> Model:
    """Return the model of one server for all tests here: they leave nothing but unused nodes."""

    async def main() -> Model:
        server = Server()
        await server.init()
        return await add_types(server)

    return asyncio.run(main())


def bench(body: Callable[[Bench], Awaitable[None]], deadband: float = 0.0, data: str = "Double") -> None:
    async def main() -> None:
        made = Bench(the_model(), deadband, data)
        await made.listen()
        await body(made)

    the_model()  # made outside of the loop that runs the test
    asyncio.run(main())


def test_a_slow_drift_is_reported_in_steps_of_the_deadband() -> None:
    async def body(x: Bench) -> None:
        for step in range(101):
            await x.read(step * 0.1)
        values = [value.Value.Value for value in x.told]
        assert values[0] == 0.0
        assert len(values) == pytest.approx(10, abs=2)
        assert all(1.0 < later - earlier < 1.2 for earlier, later in itertools.pairwise(values))

    bench(body, deadband=1.0)


def test_a_value_within_the_deadband_gets_younger_without_being_news() -> None:
    async def body(x: Bench) -> None:
        await x.read(1.0, moment=1e9)
        value = await x.read(1.0005, moment=1e9 + 5)
        assert len(x.told) == 1
        assert value.SourceTimestamp == datetime.fromtimestamp(1e9 + 5, UTC)
        assert value.Value.Value == 1.0005, "who reads gets the newest"

    bench(body, deadband=0.01)


def test_an_unchanged_value_gets_younger_when_it_is_read() -> None:
    async def body(x: Bench) -> None:
        first = await x.read(1.0, moment=1e9)
        x.publisher.renew({"d": 1e9 + 5, "unknown": 1e9 + 5})
        value = x.model.attribute(x.node, ua.AttributeIds.Value)
        assert (value.SourceTimestamp, value.Value.Value) == (datetime.fromtimestamp(1e9 + 5, UTC), 1.0)
        assert first.SourceTimestamp == datetime.fromtimestamp(1e9, UTC), "a notification that waits stays as it was"
        assert len(x.told) == 1
        value = await x.read(2.0, moment=1e9 + 4)  # a source that was restarted
        assert value.SourceTimestamp == datetime.fromtimestamp(1e9 + 4, UTC)

    bench(body)


def test_a_value_of_a_cell_that_has_ended_gets_no_younger() -> None:
    async def body(x: Bench) -> None:
        await x.read(1.0, moment=1e9)
        x.publisher.renew({"d": 4e9})
        await x.publisher.write_all_bad(ua.StatusCodes.BadNoCommunication)
        assert x.model.attribute(x.node, ua.AttributeIds.Value).SourceTimestamp.year < 2090

    bench(body)


@pytest.mark.parametrize(
    ("quality", "status"),
    [
        ("waiting", "BadWaitingForInitialData"),
        ("no communication", "BadNoCommunication"),
        ("not supported", "BadNotSupported"),
        ("failure", "BadDeviceFailure"),
    ],
)
def test_what_is_not_good_has_no_value_and_says_why(quality: str, status: str) -> None:
    async def body(x: Bench) -> None:
        await x.read(1.0)
        value = await x.read(None, quality)
        assert (value.StatusCode.name, value.Value.Value) == (status, None)
        await x.read(None, quality)
        assert len(x.told) == 2, "once is enough"
        back = await x.read(1.0)
        assert back.StatusCode.is_good()
        assert len(x.told) == 3, "the same value as before, but it is known again"

    bench(body, deadband=0.5)


def test_arrays_are_news_when_one_of_them_moved() -> None:
    async def body(x: Bench) -> None:
        await x.read([1.0, 2.0])
        await x.read([1.0, 2.0005])
        assert len(x.told) == 1
        await x.read([1.0, 2.5])
        await x.read([1.0, 2.5, 3.0])
        assert [len(value.Value.Value) for value in x.told] == [2, 2, 3]

    bench(body, deadband=0.01, data="Double[]")


def test_when_the_cell_is_gone_nothing_is_known() -> None:
    async def body(x: Bench) -> None:
        await x.read(1.0)
        await x.publisher.write_all_bad(ua.StatusCodes.BadNoCommunication)
        assert x.told[-1].StatusCode.name == "BadNoCommunication"

    bench(body)
