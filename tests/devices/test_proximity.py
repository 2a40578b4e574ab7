"""Beams: whether a part is present, how near it counts, and that glare is not a free beam."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from cellkit_virtual.link import Link
from cellkit_virtual.sensors import VirtualProximitySensor

from cellkit.controller.plants.proximity import BenchBeam, FaultyBeam
from cellkit.controller.sensor_faults import SensorFault, SensorFaults
from cellkit.errors import CommandRejected, ConnectionLost, DeviceFault, MotionTimeout
from cellkit.timing import now, run

Test = Callable[[VirtualProximitySensor, BenchBeam], Coroutine[Any, Any, None]]


def tried(test: Test, faults: SensorFaults | None = None) -> None:
    async def main() -> None:
        bench = BenchBeam()
        plant = bench if faults is None else FaultyBeam(bench, faults)
        async with VirtualProximitySensor("beam", None, plant, Link()) as sensor:
            await test(sensor, bench)

    run(main())


@pytest.mark.parametrize(
    ("distance", "within", "present"),
    [
        (None, None, False),
        (None, 0.5, False),
        (0.3, None, True),
        (0.3, 0.3, True),
        (0.3, 0.29, False),
        (0.0, 0.1, True),
    ],
)
def test_a_background_does_not_count(distance: float | None, within: float | None, present: bool) -> None:
    async def test(sensor: VirtualProximitySensor, bench: BenchBeam) -> None:
        bench.put(distance)
        assert await sensor.distance() == distance
        assert await sensor.present(within) is present
        await sensor.wait_for(present, within=within, timeout=0.0)
        with pytest.raises(MotionTimeout):
            await sensor.wait_for(not present, within=within, timeout=0.1)

    tried(test)


def test_what_comes_and_goes_ends_a_wait_at_once() -> None:
    async def test(sensor: VirtualProximitySensor, bench: BenchBeam) -> None:
        bench.put(0.3)  # the wall
        waiting = asyncio.ensure_future(sensor.wait_for(within=0.2))
        for moment, distance in ((1.0, 0.25), (2.0, 0.15)):
            await asyncio.sleep(1.0)
            assert now() == pytest.approx(moment)
            assert not waiting.done()
            bench.put(distance)
        await waiting
        assert now() == pytest.approx(2.0)
        gone = asyncio.ensure_future(sensor.wait_for(False, within=0.2))
        await asyncio.sleep(1.0)
        bench.put(0.3)
        await gone
        assert now() == pytest.approx(3.0)

    tried(test)


@pytest.mark.parametrize(
    ("present", "within", "words"),
    [
        (True, None, "beam: the beam did not see something within 1.5 s"),
        (True, 0.2, "beam: the beam did not see something within 0.2 m within 1.5 s"),
    ],
)
def test_waiting_in_vain(present: bool, within: float | None, words: str) -> None:
    async def test(sensor: VirtualProximitySensor, bench: BenchBeam) -> None:
        with pytest.raises(MotionTimeout, match=words):
            await sensor.wait_for(present, within=within, timeout=1.5)

    tried(test)


@pytest.mark.parametrize("present", [True, False])
def test_glare_is_neither_something_nor_nothing(present: bool) -> None:
    faults = SensorFaults()

    async def test(sensor: VirtualProximitySensor, bench: BenchBeam) -> None:
        bench.put(None if present else 0.2)
        waiting = asyncio.ensure_future(sensor.wait_for(present))
        await asyncio.sleep(0.5)
        faults.begin(SensorFault.SATURATED)
        with pytest.raises(DeviceFault, match="measures nothing") as told:
            await waiting
        assert told.value.code == "no-measurement"
        with pytest.raises(DeviceFault):
            await sensor.present()
        faults.end()
        assert await sensor.present() is not present

    tried(test, faults)


def test_a_lie_keeps_a_wait_waiting() -> None:
    faults = SensorFaults()

    async def test(sensor: VirtualProximitySensor, bench: BenchBeam) -> None:
        assert not await sensor.present()
        faults.begin(SensorFault.LIES)
        bench.put(0.1)
        with pytest.raises(MotionTimeout):
            await sensor.wait_for(timeout=5.0)
        waiting = asyncio.ensure_future(sensor.wait_for())
        await asyncio.sleep(0.1)
        faults.end()
        await waiting

    tried(test, faults)


def test_silence_and_closing_end_a_wait() -> None:
    async def test(sensor: VirtualProximitySensor, bench: BenchBeam) -> None:
        waiting = asyncio.ensure_future(sensor.wait_for())
        await asyncio.sleep(0.5)
        sensor._link.drop("the line is silent")
        with pytest.raises(ConnectionLost, match="the line is silent"):
            await waiting
        sensor._link.restore()
        await sensor.connect()
        waiting = asyncio.ensure_future(sensor.wait_for())
        await asyncio.sleep(0.5)
        await sensor.close()
        with pytest.raises(CommandRejected, match=r"not connected|being closed"):
            await waiting
        with pytest.raises(CommandRejected, match="not connected"):
            await sensor.distance()

    tried(test)
