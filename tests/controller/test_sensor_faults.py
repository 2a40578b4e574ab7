"""What goes wrong with sensors on purpose: each fault does what its description says, and ends without a trace."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Coroutine
from typing import Any

import numpy as np
import pytest

from cellkit.controller.plants.force_torque import BenchWrench, FaultyWrench
from cellkit.controller.plants.machine import FaultyMachine
from cellkit.controller.plants.machine_tool import MachineTimes, MachineTool
from cellkit.controller.plants.proximity import BenchBeam, FaultyBeam
from cellkit.controller.plants.scanner import BenchScan, FaultyScan
from cellkit.controller.sensor_faults import UNLIMITED, SensorFault, SensorFaults
from cellkit.devices.machine import Clamping, Execution, MachineAlarm
from cellkit.geometry import Array, Wrench
from cellkit.models.load import load_sensor
from cellkit.models.sensor import ForceTorqueModel, ScannerModel
from cellkit.timing import run

GAMMA = load_sensor("gamma", ForceTorqueModel)
TIM = load_sensor("tim571", ScannerModel)
DRIFT, SATURATED, LIES = SensorFault.DRIFT, SensorFault.SATURATED, SensorFault.LIES


def timed(test: Callable[[], Coroutine[Any, Any, None]]) -> None:
    run(test())


def push(bench: BenchWrench, x: float, y: float, z: float) -> None:
    bench.value = Wrench(np.array([x, y, z]), np.array([0.1, 0.2, 0.3]), "flange")


@pytest.mark.parametrize("kind", ["wrench", "beam", "scanner", "machine"])
def test_nothing_is_wrong_until_it_begins(kind: str) -> None:
    async def test() -> None:
        faults, bench, beam, scan = SensorFaults(), BenchWrench(), BenchBeam(), BenchScan(TIM)
        machine = MachineTool(MachineTimes())
        beam.put(0.2)
        await asyncio.sleep(1.0)
        assert faults.fault is None
        assert faults.drifted == 0.0
        if kind == "wrench":
            push(bench, 1, 2, 3)
            assert FaultyWrench(bench, faults, GAMMA).wrench() is bench.value
        elif kind == "beam":
            assert FaultyBeam(beam, faults).distance() == 0.2
        elif kind == "scanner":
            assert np.isinf(FaultyScan(scan, faults).ranges()).all()
        else:
            assert FaultyMachine(machine, faults).report() == machine.report()

    timed(test)


# --- forces -----------------------------------------------------------------------------------------------------------


def test_a_force_drifts_along_z_from_the_moment_it_begins() -> None:
    async def test() -> None:
        faults, bench = SensorFaults(), BenchWrench()
        sensor = FaultyWrench(bench, faults, GAMMA)
        push(bench, 1, 2, 3)
        await asyncio.sleep(5.0)
        faults.begin(DRIFT, 2.0)
        assert sensor.wrench().force == pytest.approx([1, 2, 3])
        await asyncio.sleep(1.5)
        assert sensor.wrench().force == pytest.approx([1, 2, 6])
        push(bench, 0, 0, -10)
        assert sensor.wrench().force == pytest.approx([0, 0, -7]), "what is true still counts"
        assert sensor.wrench().torque == pytest.approx([0.1, 0.2, 0.3])
        assert sensor.wrench().frame == "flange"
        faults.begin(DRIFT, -1.0)
        await asyncio.sleep(1.0)
        assert sensor.wrench().force[2] == pytest.approx(-11), "it begins anew"
        faults.end()
        assert sensor.wrench().force == pytest.approx([0, 0, -10])

    timed(test)


@pytest.mark.parametrize(("model", "end"), [(GAMMA, GAMMA.force_range[2]), (None, UNLIMITED)])
def test_a_saturated_force_stands_at_the_end_of_the_range(model: ForceTorqueModel | None, end: float) -> None:
    async def test() -> None:
        faults, bench = SensorFaults(), BenchWrench()
        sensor = FaultyWrench(bench, faults, model)
        faults.begin(SATURATED)
        for force in (0.0, -50.0):
            push(bench, 1, 2, force)
            assert sensor.wrench().force.tolist() == [1, 2, end]

    timed(test)


def test_a_force_that_lies_repeats_the_last_one() -> None:
    async def test() -> None:
        faults, bench = SensorFaults(), BenchWrench()
        sensor = FaultyWrench(bench, faults, GAMMA)
        push(bench, 0, 0, 7)
        sensor.wrench()
        faults.begin(LIES)
        push(bench, 0, 0, 90)
        assert sensor.wrench().force[2] == 7
        faults.end()
        assert sensor.wrench().force[2] == 90

    timed(test)


def test_a_force_that_lies_from_the_start_has_something_to_repeat() -> None:
    async def test() -> None:
        faults, bench = SensorFaults(), BenchWrench()
        sensor = FaultyWrench(bench, faults, GAMMA)
        faults.begin(LIES)
        push(bench, 0, 0, 7)
        first = sensor.wrench()
        push(bench, 0, 0, 90)
        assert first.force[2] == sensor.wrench().force[2] == 7

    timed(test)


# --- beams ------------------------------------------------------------------------------------------------------------


def test_a_beam() -> None:
    async def test() -> None:
        faults, bench = SensorFaults(), BenchBeam()
        sensor = FaultyBeam(bench, faults)
        heard: list[float | None] = []
        sensor.on_change(lambda: heard.append(sensor.distance()))
        bench.put(0.2)
        faults.begin(DRIFT, 0.1)
        await asyncio.sleep(1.0)
        assert sensor.distance() == pytest.approx(0.3)
        bench.put(None)
        assert sensor.distance() is None, "where there is nothing, nothing drifts"
        bench.put(0.2)
        faults.begin(SATURATED)
        glare = sensor.distance()
        assert glare is not None
        assert math.isnan(glare)
        faults.end()
        assert sensor.distance() == 0.2
        assert len(heard) == 6, "who watches is told of faults as of what comes and goes"

    timed(test)


@pytest.mark.parametrize("last", [0.2, None])
def test_a_beam_that_lies_repeats_the_last_one_free_or_not(last: float | None) -> None:
    async def test() -> None:
        faults, bench = SensorFaults(), BenchBeam()
        sensor = FaultyBeam(bench, faults)
        bench.put(last)
        assert sensor.distance() == last
        faults.begin(LIES)
        bench.put(0.05)
        assert sensor.distance() == last

    timed(test)


@pytest.mark.parametrize("there", [0.2, None])
def test_a_beam_that_nobody_had_looked_at_has_something_to_repeat(there: float | None) -> None:
    """A lie that begins before the first look must not claim a free beam: it repeats the distance of that moment."""

    async def test() -> None:
        faults, bench = SensorFaults(), BenchBeam()
        sensor = FaultyBeam(bench, faults)
        bench.put(there)
        faults.begin(LIES)
        assert sensor.distance() == there
        bench.put(0.05)
        assert sensor.distance() == there

    timed(test)


# --- scanners ---------------------------------------------------------------------------------------------------------


def test_a_scanner() -> None:
    async def test() -> None:
        faults, bench = SensorFaults(), BenchScan(TIM)
        sensor = FaultyScan(bench, faults)
        bench.put(2.0, width=0.5)
        seen = np.isfinite(sensor.ranges())
        faults.begin(DRIFT, 0.5)
        await asyncio.sleep(2.0)
        drifted: Array = sensor.ranges()
        assert float(drifted[seen].mean()) == pytest.approx(3.0, abs=0.02)
        assert np.isinf(drifted[~seen]).all()
        faults.begin(SATURATED)
        assert np.isnan(sensor.ranges()).all()
        faults.end()
        honest = sensor.ranges()
        faults.begin(LIES)
        bench.put(1.0)
        assert np.array_equal(sensor.ranges(), honest)
        assert np.array_equal(sensor.ranges(), honest)
        faults.end()
        assert float(np.nanmin(sensor.ranges())) == pytest.approx(1.0, abs=0.1)

    timed(test)


# --- machines ---------------------------------------------------------------------------------------------------------


def test_a_machine_that_has_lost_touch_tells_what_it_told_last() -> None:
    async def test() -> None:
        faults, machine = SensorFaults(), MachineTool(MachineTimes(door=1.0))
        told = FaultyMachine(machine, faults)
        assert told.report().door is Clamping.CLOSED
        faults.begin(DRIFT)
        machine.move_door(True)
        machine.alarm(MachineAlarm("E1", "broken", "fault"))
        await asyncio.sleep(2.0)
        assert told.report().door is Clamping.CLOSED
        assert told.report().alarms == ()
        faults.end()
        assert told.report().door is Clamping.OPEN
        assert len(told.report().alarms) == 1

    timed(test)


def test_a_machine_that_has_told_nothing_before_tells_the_first_thing_again_and_again() -> None:
    async def test() -> None:
        faults, machine = SensorFaults(), MachineTool(MachineTimes(door=1.0))
        told = FaultyMachine(machine, faults)
        faults.begin(DRIFT)
        assert told.report().door is Clamping.CLOSED
        machine.move_door(True)
        await asyncio.sleep(2.0)
        assert told.report().door is Clamping.CLOSED

    timed(test)


def test_a_machine_that_lies_about_its_door() -> None:
    async def test() -> None:
        faults, machine = SensorFaults(), MachineTool(MachineTimes())
        told = FaultyMachine(machine, faults)
        heard: list[Clamping] = []
        told.on_change(lambda: heard.append(told.report().door))
        faults.begin(LIES)
        assert heard == [Clamping.OPEN], "and it tells at once"
        assert told.report().execution is Execution.READY, "nothing else is wrong with it"
        faults.begin(SATURATED)
        assert not told.report().available
        assert told.report().door is Clamping.CLOSED
        faults.end()
        assert told.report() == machine.report()

    timed(test)
