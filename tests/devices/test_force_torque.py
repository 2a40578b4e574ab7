"""Forces: zeroing, directions, the end of the range, and waiting for one; every sample is looked at."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Coroutine
from typing import Any

import numpy as np
import pytest
from cellkit_virtual.link import Link
from cellkit_virtual.sensors import VirtualForceTorqueSensor

from cellkit.controller.plants.force_torque import BenchWrench, FaultyWrench
from cellkit.controller.sensor_faults import SensorFault, SensorFaults
from cellkit.errors import CommandRejected, ConnectionLost, DeviceFault, LimitViolation, MotionTimeout
from cellkit.geometry import Wrench
from cellkit.models.load import load_sensor
from cellkit.models.sensor import ForceTorqueModel
from cellkit.timing import now, run

GAMMA = load_sensor("gamma", ForceTorqueModel)  # 130, 130, 400 N; 10 N m; 1000 Hz
Test = Callable[[VirtualForceTorqueSensor, BenchWrench], Coroutine[Any, Any, None]]


def tried(test: Test, model: ForceTorqueModel | None = GAMMA, faults: SensorFaults | None = None) -> None:
    async def main() -> None:
        bench = BenchWrench()
        plant = bench if faults is None else FaultyWrench(bench, faults, model)
        async with VirtualForceTorqueSensor("wrist", model, plant, Link()) as sensor:
            await test(sensor, bench)

    run(main())


def push(bench: BenchWrench, *force: float, torque: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> None:
    bench.value = Wrench(np.array(force), np.array(torque), "flange")


def test_zero_takes_away_what_hangs_there() -> None:
    async def test(sensor: VirtualForceTorqueSensor, bench: BenchWrench) -> None:
        push(bench, 0, 0, 9.0, torque=(0.5, 0, 0))
        await sensor.zero()
        assert not (await sensor.read()).wrench.force.any()
        push(bench, 3.0, 0, 10.0, torque=(0.7, 0, 0))
        reading = await sensor.read()
        assert reading.wrench.force == pytest.approx([3.0, 0, 1.0])
        assert reading.wrench.torque == pytest.approx([0.2, 0, 0])
        assert reading.wrench.frame == "flange"
        await sensor.zero()
        assert not (await sensor.read()).wrench.force.any(), "from the sensor's own zero, not from the last one"
        push(bench, 0, 0, 0)
        assert (await sensor.read()).wrench.force == pytest.approx([-3.0, 0, -10.0])

    tried(test)


@pytest.mark.parametrize(
    ("force", "torque", "words"),
    [
        ((130.0, 0, 0), (0, 0, 0), "force x is saturated: 130 N, the range ends at 130 N"),
        ((0, -131.0, 0), (0, 0, 0), "force y is saturated: -131 N"),
        ((0, 0, 400.0), (0, 0, 0), "force z is saturated: 400 N, the range ends at 400 N"),
        ((0, 0, 0), (0, 10.5, 0), "torque y is saturated: 10.5 N m, the range ends at 10 N m"),
    ],
)
def test_the_end_of_the_range_is_a_fault(force: Any, torque: Any, words: str) -> None:
    async def test(sensor: VirtualForceTorqueSensor, bench: BenchWrench) -> None:
        push(bench, *force, torque=torque)
        with pytest.raises(DeviceFault, match=words) as told:
            await sensor.read()
        assert told.value.code == "out-of-range"
        with pytest.raises(DeviceFault):
            await sensor.zero()
        push(bench, 1, 1, 1)
        assert (await sensor.read()).wrench.force == pytest.approx([1, 1, 1]), "it was not zeroed in saturation"

    tried(test)


def test_a_bias_does_not_hide_the_end_of_the_range() -> None:
    """What counts is what the gauges bear."""

    async def test(sensor: VirtualForceTorqueSensor, bench: BenchWrench) -> None:
        push(bench, 100.0, 0, 0)
        await sensor.zero()
        push(bench, 129.0, 0, 0)
        assert (await sensor.read()).wrench.force[0] == pytest.approx(29.0)
        push(bench, 131.0, 0, 0)
        with pytest.raises(DeviceFault, match="131"):
            await sensor.read()

    tried(test)


def test_a_sensor_whose_range_nobody_knows_has_no_end() -> None:
    async def test(sensor: VirtualForceTorqueSensor, bench: BenchWrench) -> None:
        push(bench, 1e5, 0, 0)
        assert (await sensor.read()).wrench.force[0] == 1e5
        assert await sensor.wait_for(5000.0) == pytest.approx(1e5)

    tried(test, None)


@pytest.mark.parametrize(
    ("along", "measured"), [(None, 5.0), ((0, 0, 1), 4.0), ((0, 0, 10), 4.0), ((3, 0, 4), 5.0), ((1, 0, 0), 3.0)]
)
def test_the_magnitude_or_a_component(along: Any, measured: float) -> None:
    async def test(sensor: VirtualForceTorqueSensor, bench: BenchWrench) -> None:
        push(bench, 3.0, 0, 4.0)
        assert await sensor.wait_for(2.5, along=along) == pytest.approx(measured)

    tried(test)


def test_a_force_the_other_way_is_not_the_one() -> None:
    async def test(sensor: VirtualForceTorqueSensor, bench: BenchWrench) -> None:
        push(bench, 0, 0, 50.0)
        with pytest.raises(MotionTimeout, match=r"wrist: the force did not reach 10 N within 0\.5 s"):
            await sensor.wait_for(10.0, along=(0, 0, -1), timeout=0.5)

    tried(test)


def test_a_peak_of_one_sample_is_seen() -> None:
    async def test(sensor: VirtualForceTorqueSensor, bench: BenchWrench) -> None:
        waiting = asyncio.ensure_future(sensor.wait_for(20.0))
        await asyncio.sleep(0.1)
        push(bench, 0, 0, 25.0)
        await asyncio.sleep(0.0021)
        push(bench, 0, 0, 0)
        assert await waiting == pytest.approx(25.0)
        assert now() < 0.11

    tried(test)


@pytest.mark.parametrize("force", [0.0, -1.0, math.nan, math.inf])
def test_forces_to_wait_for_that_are_none(force: float) -> None:
    async def test(sensor: VirtualForceTorqueSensor, bench: BenchWrench) -> None:
        with pytest.raises(LimitViolation, match="above zero and finite"):
            await sensor.wait_for(force)

    tried(test)


def test_what_it_cannot_measure_and_directions_that_are_none() -> None:
    async def test(sensor: VirtualForceTorqueSensor, bench: BenchWrench) -> None:
        with pytest.raises(LimitViolation, match="131 N is beyond the 130 N that Net F/T Gamma SI-130-10 measures"):
            await sensor.wait_for(131.0)
        for along, words in (((0, 0, 0), "length above zero"), ((1, 2), "along: "), ((0, 0, math.nan), "along: ")):
            with pytest.raises(CommandRejected, match=words):
                await sensor.wait_for(5.0, along=along)

    tried(test)


# --- what goes wrong --------------------------------------------------------------------------------------------------


def test_saturation_ends_a_wait() -> None:
    faults = SensorFaults()

    async def test(sensor: VirtualForceTorqueSensor, bench: BenchWrench) -> None:
        waiting = asyncio.ensure_future(sensor.wait_for(20.0))
        await asyncio.sleep(0.1)
        faults.begin(SensorFault.SATURATED)
        with pytest.raises(DeviceFault, match="force z is saturated: 400 N"):
            await waiting
        faults.end()
        assert not (await sensor.read()).wrench.force.any()

    tried(test, faults=faults)


def test_drift_is_read_as_force() -> None:
    """The sensor cannot know; a program finds it out by other means."""
    faults = SensorFaults()

    async def test(sensor: VirtualForceTorqueSensor, bench: BenchWrench) -> None:
        faults.begin(SensorFault.DRIFT, 4.0)
        assert await sensor.wait_for(20.0, along=(0, 0, 1)) == pytest.approx(20.0, abs=0.01)
        assert now() == pytest.approx(5.0, abs=0.01)

    tried(test, faults=faults)


def test_silence_ends_a_wait_at_once() -> None:
    async def test(sensor: VirtualForceTorqueSensor, bench: BenchWrench) -> None:
        waiting = asyncio.ensure_future(sensor.wait_for(20.0))
        await asyncio.sleep(0.1)
        sensor._link.drop("no word from the sensor")
        with pytest.raises(ConnectionLost, match="no word from the sensor"):
            await waiting
        assert now() == pytest.approx(0.1)
        for call in (sensor.read(), sensor.zero(), sensor.wait_for(1.0)):
            with pytest.raises(ConnectionLost):
                await call

    tried(test)
