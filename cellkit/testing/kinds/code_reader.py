"""The code reader: its rig, and the rules of the driver contract."""

# ruff: noqa: D102 - the name of a rule states what the rule asks for; a failing test shows it

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from cellkit.devices import CodeReader
from cellkit.errors import (
    ConnectionLost,
    DeviceBusy,
    MotionAborted,
    MotionTimeout,
)
from cellkit.testing.contract import raised, refused, rule
from cellkit.testing.observed_contract import ObservedContract
from cellkit.testing.rig import DeviceRig


class CodeReaderRig(DeviceRig):
    """A reader with nothing before it."""

    def put_label(self, text: str | None) -> None:
        """Hold a label before the reader."""
        self.bench.plant.text = text

    def stall(self) -> None:
        """Let the reader not answer any trigger from now on."""
        self.fall_silent()


class CodeReaderContract(ObservedContract[CodeReaderRig]):
    """Every rule that a driver of a code reader has to keep."""

    kind = "code_reader"

    def ask(self, device: CodeReader) -> Coroutine[Any, Any, object]:
        return device.read_code()

    def wait(self, device: CodeReader) -> Coroutine[Any, Any, object]:
        return device.read_code(timeout=30.0)

    @rule
    async def test_reads_what_is_there_and_says_so_when_nothing_is(self, rig: CodeReaderRig) -> None:
        reader = await self.connected(rig)
        assert await reader.read_code() is None
        for text in ("PART-0001", "4006381333931", "Ünit 7, top"):
            rig.put_label(text)
            assert await reader.read_code() == text
        rig.put_label(None)
        assert await reader.read_code() is None

    @rule
    async def test_one_reading_at_a_time_and_stop_ends_it(self, rig: CodeReaderRig) -> None:
        reader = await self.connected(rig)
        rig.stall()
        reading = asyncio.ensure_future(reader.read_code(timeout=30.0))
        await asyncio.sleep(0.02)
        await refused(reader.read_code(), DeviceBusy, because="a second reading")
        await reader.stop()
        await raised(reading, MotionAborted, 1.0, "a reading that was stopped")

    @rule
    async def test_a_reader_that_does_not_answer_is_a_timeout_or_a_lost_link(self, rig: CodeReaderRig) -> None:
        reader = await self.connected(rig)
        rig.stall()
        reading = asyncio.ensure_future(reader.read_code(timeout=0.5))
        await raised(reading, (MotionTimeout, ConnectionLost), 2.0, "a reading without an answer")  # type: ignore[arg-type]

    @rule
    async def test_a_lost_link_fails_what_waits_and_what_follows(self, rig: CodeReaderRig) -> None:
        self.needs(rig, "drop_link")
        reader = await self.connected(rig)
        rig.drop_link()
        await asyncio.sleep(0.1)
        await refused(reader.read_code(), ConnectionLost, because="reading after the link broke")

    @rule
    async def test_closing_ends_what_waits(self, rig: CodeReaderRig) -> None:
        reader = await self.connected(rig)
        rig.stall()
        reading = asyncio.ensure_future(reader.read_code(timeout=30.0))
        await asyncio.sleep(0.02)
        await reader.close()
        await raised(reading, MotionAborted, 1.0, "a reading during which the reader was closed")
