"""Digital signals: their rig, and the rules of the driver contract."""

# ruff: noqa: D102 - the name of a rule states what the rule asks for; a failing test shows it

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from typing_extensions import override

from cellkit.cell.kinds.cell_kind import Bench
from cellkit.cell.kinds.digital_io import BENCH_INPUTS, BENCH_OUTPUTS
from cellkit.controller.plants.signal_image import IoImage
from cellkit.controller.virtual_controller import VirtualController
from cellkit.devices import Arm, DigitalIO, Lifecycle, OwnSignals
from cellkit.errors import CommandRejected, ConnectionLost, MotionTimeout
from cellkit.testing.contract import (
    AT_ONCE,
    LifecycleContract,
    assert_lifecycle,
    assert_no_task_is_left,
    raised,
    refused,
    rule,
)
from cellkit.testing.rig import DeviceRig

NOW_AND_THEN = 0.5  # s of cell time for a controller that reports its signals only from time to time


class DigitalIORig(DeviceRig):
    """Digital signals with at least one input and one output, all of them off."""

    def set_input(self, signal: str, value: bool) -> None:
        """Set one of the cell's inputs, as the station does."""
        self.bench.plant[signal] = value

    def output(self, signal: str) -> bool:
        """Return one of the cell's outputs as the station sees it now."""
        return bool(self.bench.plant[signal])

    @override
    @classmethod
    def is_part_of(cls, arm: type[Arm]) -> bool:
        return issubclass(arm, OwnSignals) and bool(len(arm.digital_inputs) and len(arm.digital_outputs))

    @override
    def taken_from(self, arm: Arm, controller: VirtualController) -> DigitalIO:
        assert isinstance(arm, OwnSignals)
        inputs, outputs = (
            {name: terminals[at] for at, name in enumerate(signals)}
            for signals, terminals in ((BENCH_INPUTS, arm.digital_inputs), (BENCH_OUTPUTS, arm.digital_outputs))
        )
        image = IoImage([*inputs, *outputs])
        controller.couple(image, inputs, outputs)
        self.bench = Bench((inputs, outputs), image)
        return arm.digital_io("io", inputs, outputs)


class DigitalIOContract(LifecycleContract[DigitalIORig]):
    """Every rule that a driver of digital signals has to keep."""

    kind = "io"

    def soon(self, rig: DigitalIORig) -> float:
        """Return the time (s) in which a change must be known: at once, unless the rig lacks ``prompt_signals``."""
        return NOW_AND_THEN if "prompt_signals" in rig.lacks else AT_ONCE

    async def connected(self, rig: DigitalIORig) -> tuple[DigitalIO, str, str]:
        """Return the signals of a rig, connected, with the name of one input and one output."""
        io = rig.device
        await io.connect()
        return io, io.inputs[0], io.outputs[0]

    def ask(self, device: DigitalIO) -> Coroutine[Any, Any, object]:
        """Read the first input."""
        return device.read(device.inputs[0])

    @rule(safe=True)
    async def test_reads_every_signal_and_leaves_no_task_behind(self, rig: DigitalIORig) -> None:
        io = rig.device
        async with assert_no_task_is_left():
            await io.connect()
            for signal in (*io.inputs, *io.outputs):
                value = await io.read(signal)
                assert isinstance(value, bool), f"signal {signal!r} reads as {value!r}, expected True or False"
            await rig.close()

    @rule
    async def test_inputs_read_what_the_station_sets(self, rig: DigitalIORig) -> None:
        io, signal, _ = await self.connected(rig)
        for value in (True, False):
            rig.set_input(signal, value)
            await asyncio.sleep(self.soon(rig))
            assert await io.read(signal) is value

    @rule
    async def test_outputs_reach_the_station_and_read_back(self, rig: DigitalIORig) -> None:
        io, _, signal = await self.connected(rig)
        for value in (True, False):
            await io.write(signal, value)
            await asyncio.sleep(AT_ONCE)
            assert rig.output(signal) is value
            assert await io.read(signal) is value

    @rule
    async def test_refuses_unknown_signals_inputs_and_values_that_are_no_bool(self, rig: DigitalIORig) -> None:
        io, signal, output = await self.connected(rig)
        await refused(io.read("no-such-signal"), CommandRejected, "no-such-signal", because="an unknown signal")
        await refused(io.write("no-such-signal", True), CommandRejected, because="an unknown signal")
        await refused(io.write(signal, True), CommandRejected, signal, because="writing an input")
        wrong: bool = 1  # type: ignore[assignment]
        await refused(io.write(output, wrong), CommandRejected, because="writing a number")
        assert rig.output(output) is False

    @rule
    async def test_wait_for_ends_when_the_signal_changes(self, rig: DigitalIORig) -> None:
        io, signal, _ = await self.connected(rig)
        waiting = asyncio.ensure_future(io.wait_for(signal, True, timeout=10.0))
        await asyncio.sleep(1.0)
        assert not waiting.done()
        rig.set_input(signal, True)
        await asyncio.wait({waiting}, timeout=self.soon(rig))
        assert waiting.done(), "the input has the value, but wait_for() still waits"
        await waiting
        await io.wait_for(signal, True, timeout=1.0)  # the input has the value already

    @rule
    async def test_wait_for_times_out(self, rig: DigitalIORig) -> None:
        io, signal, _ = await self.connected(rig)
        waiting = asyncio.ensure_future(io.wait_for(signal, True, timeout=2.0))
        await asyncio.sleep(1.9)
        assert not waiting.done()
        await raised(waiting, MotionTimeout, 0.1 + AT_ONCE, "a signal that never comes")

    @rule
    async def test_a_lost_link_fails_what_waits_and_what_follows(self, rig: DigitalIORig) -> None:
        self.needs(rig, "drop_link")
        io, signal, output = await self.connected(rig)
        waiting = asyncio.ensure_future(io.wait_for(signal, True))
        await asyncio.sleep(0.1)
        rig.drop_link()
        await raised(waiting, ConnectionLost, AT_ONCE, "the wait during which the link broke")
        await refused(io.read(signal), ConnectionLost, because="read() after the link broke")
        await refused(io.write(output, True), ConnectionLost, because="write() after the link broke")

    @rule
    async def test_connects_again_after_a_lost_link(self, rig: DigitalIORig) -> None:
        self.needs(rig, "drop_link", "restore_link")
        io, signal, _ = await self.connected(rig)
        rig.drop_link()
        await asyncio.sleep(0.1)
        await io.close()
        rig.restore_link()
        rig.set_input(signal, True)
        await io.connect()
        await asyncio.sleep(self.soon(rig))
        assert await io.read(signal) is True

    @rule
    async def test_two_devices_are_independent(self, rig: DigitalIORig) -> None:
        async with self.started() as other:
            first, _, output = await self.connected(rig)
            await self.connected(other)
            await first.write(output, True)
            await asyncio.sleep(AT_ONCE)
            assert other.output(output) is False
            await first.close()
            assert_lifecycle(other.device, Lifecycle.OPEN)
