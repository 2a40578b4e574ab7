"""Analog signals: their rig, and the rules of the driver contract."""

# ruff: noqa: D102 - the name of a rule states what the rule asks for; a failing test shows it

from __future__ import annotations

import asyncio
import math
from collections.abc import Coroutine, Mapping
from typing import Any, ClassVar

from typing_extensions import override

from cellkit.cell.kinds.analog_io import BENCH_INPUTS, BENCH_OUTPUTS
from cellkit.cell.kinds.cell_kind import Bench
from cellkit.controller.plants.signal_image import AnalogImage
from cellkit.controller.virtual_controller import VirtualController
from cellkit.devices import AnalogIO, AnalogSignal, Arm, OwnSignals
from cellkit.errors import CommandRejected, DeviceFault, LimitViolation, MotionTimeout
from cellkit.testing.contract import AT_ONCE, refused, rule
from cellkit.testing.observed_contract import ObservedContract
from cellkit.testing.rig import DeviceRig


class AnalogIORig(DeviceRig):
    """Analog signals with at least one input and one output, all of them at the lower end of their range."""

    def set_input(self, signal: str, share: float | None) -> None:
        """Set an input to a share (0 to 1) of its range, as the station does; None: its wire breaks."""
        self.bench.plant[signal] = share

    def output(self, signal: str) -> float:
        """Return an output as the station sees it, as a share of its range."""
        return self.bench.plant[signal] or 0.0

    @override
    @classmethod
    def is_part_of(cls, arm: type[Arm]) -> bool:
        return issubclass(arm, OwnSignals) and bool(len(arm.analog_inputs) and len(arm.analog_outputs))

    @override
    def taken_from(self, arm: Arm, controller: VirtualController) -> AnalogIO:
        assert isinstance(arm, OwnSignals)
        inputs = _on(BENCH_INPUTS, arm.analog_inputs)
        outputs = _on(BENCH_OUTPUTS, arm.analog_outputs)
        image = AnalogImage([*inputs, *outputs])
        controller.couple_analog(image, inputs, outputs)
        self.bench = Bench((inputs, outputs), image)
        return arm.analog_io("analog_io", inputs, outputs)


def _on(signals: Mapping[str, AnalogSignal], terminals: range) -> dict[str, AnalogSignal]:
    return {
        name: AnalogSignal(terminals[at], one.low, one.high, one.unit) for at, (name, one) in enumerate(signals.items())
    }


class AnalogIOContract(ObservedContract[AnalogIORig]):
    """Every rule that a driver of analog signals has to keep."""

    kind = "analog_io"
    resolution: ClassVar[float] = 1e-3
    """Share of the range by which a value may be off."""

    def ask(self, device: AnalogIO) -> Coroutine[Any, Any, object]:
        return device.read(next(iter(device.inputs)))

    def wait(self, device: AnalogIO) -> Coroutine[Any, Any, object]:
        name, signal = next(iter(device.inputs.items()))
        return device.wait_for(name, above=signal.value(0.9))

    @rule
    async def test_inputs_read_what_the_station_puts_there(self, rig: AnalogIORig) -> None:
        io = await self.connected(rig)
        name, signal = next(iter(io.inputs.items()))
        for share in (0.0, 0.5, 1.0, 0.123):
            rig.set_input(name, share)
            await asyncio.sleep(self.settling)
            off = signal.share(await io.read(name)) - share
            assert abs(off) <= self.resolution, f"the value is off by {off:.4f} of the range, at a share of {share}"

    @rule
    async def test_outputs_reach_the_station_and_read_back(self, rig: AnalogIORig) -> None:
        io = await self.connected(rig)
        name, signal = next(iter(io.outputs.items()))
        for share in (1.0, 0.25, 0.0):
            await io.write(name, signal.value(share))
            await asyncio.sleep(AT_ONCE)
            assert abs(rig.output(name) - share) <= self.resolution
            assert abs(signal.share(await io.read(name)) - share) <= self.resolution

    @rule
    async def test_refuses_unknown_signals_inputs_and_values_out_of_range(self, rig: AnalogIORig) -> None:
        io = await self.connected(rig)
        name, signal = next(iter(io.outputs.items()))
        await refused(io.read("no-such-signal"), CommandRejected, "no-such-signal", because="an unknown signal")
        await refused(io.write(next(iter(io.inputs)), 0.0), CommandRejected, because="writing an input")
        await refused(
            io.write(name, signal.value(1.1)), LimitViolation, signal.unit, because="a value beyond the range"
        )
        await refused(io.write(name, math.nan), LimitViolation, because="NaN")
        assert abs(rig.output(name)) <= self.resolution

    @rule
    async def test_wait_for_ends_when_the_value_is_reached(self, rig: AnalogIORig) -> None:
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
        assert waiting.done(), "the input has the value, but wait_for() still waits"
        assert abs(signal.share(await waiting) - 0.5) <= self.resolution
        await refused(
            io.wait_for(name, above=signal.value(0.9), timeout=0.5), MotionTimeout, because="a value that never comes"
        )
        await refused(io.wait_for(name), CommandRejected, because="a wait without a condition")

    @rule
    async def test_a_broken_wire_is_a_fault(self, rig: AnalogIORig) -> None:
        self.needs(rig, "wire_break")
        io = await self.connected(rig)
        name = next(iter(io.inputs))
        rig.set_input(name, None)
        await asyncio.sleep(self.settling)
        await refused(io.read(name), DeviceFault, name, because="a broken wire")
        rig.set_input(name, 0.5)
        await asyncio.sleep(self.settling)
        await io.read(name)
