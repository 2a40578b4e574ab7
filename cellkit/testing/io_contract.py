"""The contracts of digital and analog signals, subclasses of three lines (see :mod:`cellkit.testing.arm_contract`)."""

# ruff: noqa: D102  (a rule is named after what it asks for; that name is what a failing one shows)

from __future__ import annotations

import asyncio
import math
from collections.abc import Coroutine
from typing import Any, ClassVar

from cellkit.devices import AnalogIO, DigitalIO, Lifecycle
from cellkit.errors import CommandRejected, ConnectionLost, DeviceFault, LimitViolation, MotionTimeout
from cellkit.testing.contract import AT_ONCE, Contract, assert_lifecycle, raised, refused, rule
from cellkit.testing.observed_contract import ObservedContract
from cellkit.testing.rig import AnalogRig, IoRig, Kind

NOW_AND_THEN = 0.5  # s of cell time for a controller that tells of its signals now and then


class DigitalIOContract(Contract[IoRig]):
    """Every rule that a driver of digital signals has to keep."""

    kind = Kind.IO

    def soon(self, rig: IoRig) -> float:
        """s in which the change of an input must be known: at once, unless the rig lacks ``prompt_signals``."""
        return NOW_AND_THEN if "prompt_signals" in rig.lacks else AT_ONCE

    async def connected(self, rig: IoRig) -> tuple[DigitalIO, str, str]:
        """The signals of a rig, connected, with the name of one input and one output."""
        io = rig.device
        await io.connect()
        return io, io.inputs[0], io.outputs[0]

    @rule
    async def test_connects_and_closes_twice_cleanly(self, rig: IoRig) -> None:
        io = rig.device
        for _ in range(2):
            await io.connect()
            await io.connect()
            assert_lifecycle(io, Lifecycle.OPEN)
            await io.close()
            await io.close()
            assert_lifecycle(io, Lifecycle.CLOSED)
            await refused(io.read(io.inputs[0]), CommandRejected, because="read() of a closed device")

    @rule
    async def test_inputs_read_what_the_station_sets(self, rig: IoRig) -> None:
        io, signal, _ = await self.connected(rig)
        for value in (True, False):
            rig.set_input(signal, value)
            await asyncio.sleep(self.soon(rig))
            assert await io.read(signal) is value

    @rule
    async def test_outputs_reach_the_station_and_read_back(self, rig: IoRig) -> None:
        io, _, signal = await self.connected(rig)
        for value in (True, False):
            await io.write(signal, value)
            await asyncio.sleep(AT_ONCE)
            assert rig.output(signal) is value
            assert await io.read(signal) is value

    @rule
    async def test_refuses_unknown_signals_inputs_and_values_that_are_no_bool(self, rig: IoRig) -> None:
        io, signal, output = await self.connected(rig)
        await refused(io.read("no-such-signal"), CommandRejected, "no-such-signal", because="an unknown signal")
        await refused(io.write("no-such-signal", True), CommandRejected, because="an unknown signal")
        await refused(io.write(signal, True), CommandRejected, signal, because="writing an input")
        wrong: bool = 1  # type: ignore[assignment]
        await refused(io.write(output, wrong), CommandRejected, because="writing a number")
        assert rig.output(output) is False

    @rule
    async def test_wait_for_ends_when_the_signal_changes(self, rig: IoRig) -> None:
        io, signal, _ = await self.connected(rig)
        waiting = asyncio.ensure_future(io.wait_for(signal, True, timeout=10.0))
        await asyncio.sleep(1.0)
        assert not waiting.done()
        rig.set_input(signal, True)
        await asyncio.wait({waiting}, timeout=self.soon(rig))
        assert waiting.done(), "the signal is there, and wait_for() still waits"
        await waiting
        await io.wait_for(signal, True, timeout=1.0)  # it has the value already

    @rule
    async def test_wait_for_times_out(self, rig: IoRig) -> None:
        io, signal, _ = await self.connected(rig)
        waiting = asyncio.ensure_future(io.wait_for(signal, True, timeout=2.0))
        await asyncio.sleep(1.9)
        assert not waiting.done()
        await raised(waiting, MotionTimeout, 0.1 + AT_ONCE, "a signal that never comes")

    @rule
    async def test_a_lost_link_fails_what_waits_and_what_follows(self, rig: IoRig) -> None:
        self.needs(rig, "drop_link")
        io, signal, output = await self.connected(rig)
        waiting = asyncio.ensure_future(io.wait_for(signal, True))
        await asyncio.sleep(0.1)
        rig.drop_link()
        await raised(waiting, ConnectionLost, AT_ONCE, "the wait during which the link broke")
        await refused(io.read(signal), ConnectionLost, because="read() after the link broke")
        await refused(io.write(output, True), ConnectionLost, because="write() after the link broke")

    @rule
    async def test_connects_again_after_a_lost_link(self, rig: IoRig) -> None:
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
    async def test_two_devices_are_independent(self, rig: IoRig) -> None:
        async with self.started() as other:
            one, _, output = await self.connected(rig)
            await self.connected(other)
            await one.write(output, True)
            await asyncio.sleep(AT_ONCE)
            assert other.output(output) is False
            await one.close()
            assert_lifecycle(other.device, Lifecycle.OPEN)


class AnalogIOContract(ObservedContract[AnalogRig]):
    """Every rule that a driver of analog signals has to keep."""

    kind = Kind.ANALOG_IO
    resolution: ClassVar[float] = 1e-3
    """Share of the range that a value may be off."""

    def ask(self, device: AnalogIO) -> Coroutine[Any, Any, object]:
        return device.read(next(iter(device.inputs)))

    def wait(self, device: AnalogIO) -> Coroutine[Any, Any, object]:
        name, signal = next(iter(device.inputs.items()))
        return device.wait_for(name, above=signal.value(0.9))

    @rule
    async def test_inputs_read_what_the_station_puts_there(self, rig: AnalogRig) -> None:
        io = await self.connected(rig)
        name, signal = next(iter(io.inputs.items()))
        for share in (0.0, 0.5, 1.0, 0.123):
            rig.set_input(name, share)
            await asyncio.sleep(self.settling)
            off = signal.share(await io.read(name)) - share
            assert abs(off) <= self.resolution, f"{off:.4f} of the range off at {share}"

    @rule
    async def test_outputs_reach_the_station_and_read_back(self, rig: AnalogRig) -> None:
        io = await self.connected(rig)
        name, signal = next(iter(io.outputs.items()))
        for share in (1.0, 0.25, 0.0):
            await io.write(name, signal.value(share))
            await asyncio.sleep(AT_ONCE)
            assert abs(rig.output(name) - share) <= self.resolution
            assert abs(signal.share(await io.read(name)) - share) <= self.resolution

    @rule
    async def test_refuses_unknown_signals_inputs_and_values_out_of_range(self, rig: AnalogRig) -> None:
        io = await self.connected(rig)
        name, signal = next(iter(io.outputs.items()))
        await refused(io.read("no-such-signal"), CommandRejected, "no-such-signal", because="an unknown signal")
        await refused(io.write(next(iter(io.inputs)), 0.0), CommandRejected, because="writing an input")
        await refused(io.write(name, signal.value(1.1)), LimitViolation, signal.unit, because="beyond the range")
        await refused(io.write(name, math.nan), LimitViolation, because="NaN")
        assert abs(rig.output(name)) <= self.resolution

    @rule
    async def test_wait_for_ends_when_the_value_is_reached(self, rig: AnalogRig) -> None:
        io = await self.connected(rig)
        name, signal = next(iter(io.inputs.items()))
        waiting = asyncio.ensure_future(
            io.wait_for(name, above=signal.value(0.4), below=signal.value(0.6), timeout=30.0)
        )
        rig.set_input(name, 0.9)
        await asyncio.sleep(1.0)
        assert not waiting.done()
        rig.set_input(name, 0.5)
        await asyncio.wait({waiting}, timeout=self.settling)
        assert waiting.done(), "the value is there, and wait_for() still waits"
        assert abs(signal.share(await waiting) - 0.5) <= self.resolution
        await refused(io.wait_for(name, above=signal.value(0.9), timeout=0.5), MotionTimeout, because="never reached")
        await refused(io.wait_for(name), CommandRejected, because="nothing to wait for")

    @rule
    async def test_a_broken_wire_is_a_fault(self, rig: AnalogRig) -> None:
        self.needs(rig, "wire_break")
        io = await self.connected(rig)
        name = next(iter(io.inputs))
        rig.set_input(name, None)
        await asyncio.sleep(self.settling)
        await refused(io.read(name), DeviceFault, name, because="a broken wire")
        rig.set_input(name, 0.5)
        await asyncio.sleep(self.settling)
        await io.read(name)
