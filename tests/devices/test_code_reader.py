"""A reader of codes: one reading at a time, an answer or none, and what ends one that hangs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from cellkit_virtual.link import Link
from cellkit_virtual.machines import VirtualCodeReader

from cellkit.controller.plants.code_reader import BenchCode
from cellkit.devices import DeviceEvent
from cellkit.errors import ConnectionLost, DeviceBusy, MotionAborted, MotionTimeout
from cellkit.timing import now, run


def tried(test: Callable[[VirtualCodeReader, BenchCode], Coroutine[Any, Any, None]]) -> None:
    async def main() -> None:
        bench = BenchCode()
        async with VirtualCodeReader("label", bench, Link()) as reader:
            await test(reader, bench)

    run(main())


def test_what_was_read_is_returned_and_told() -> None:
    async def test(reader: VirtualCodeReader, bench: BenchCode) -> None:
        events: list[DeviceEvent] = []
        reader.on_event(events.append)
        bench.text = "PART 7"
        assert await reader.read_code() == "PART 7"
        bench.text = None
        assert await reader.read_code() is None, "nothing to read is an answer"
        assert [event.data["text"] for event in events if event.what == "code"] == ["PART 7", None]

    tried(test)


def test_one_at_a_time_unless_it_takes_over() -> None:
    async def test(reader: VirtualCodeReader, bench: BenchCode) -> None:
        reader.stalled = True
        first = asyncio.ensure_future(reader.read_code())
        await asyncio.sleep(0.1)
        with pytest.raises(DeviceBusy):
            await reader.read_code()
        reader.stalled, bench.text = False, "A"
        assert await reader.read_code(replace=True) == "A"
        with pytest.raises(MotionAborted):
            await first

    tried(test)


def test_what_ends_one_that_hangs() -> None:
    async def test(reader: VirtualCodeReader, bench: BenchCode) -> None:
        reader.stalled = True
        with pytest.raises(MotionTimeout, match="label: "):
            await reader.read_code(timeout=2.0)
        assert now() == pytest.approx(2.0, abs=0.01)
        pending = asyncio.ensure_future(reader.read_code())
        await asyncio.sleep(0.1)
        await reader.stop()
        with pytest.raises(MotionAborted):
            await pending
        pending = asyncio.ensure_future(reader.read_code())
        await asyncio.sleep(0.1)
        reader._link.drop("unplugged")
        with pytest.raises(ConnectionLost, match="unplugged"):
            await pending

    tried(test)
