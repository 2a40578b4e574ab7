"""The force/torque sensor: its rig, and the rules of the driver contract."""

# ruff: noqa: D102 - the name of a rule states what the rule asks for; a failing test shows it

from __future__ import annotations

import asyncio
import math
from collections.abc import Coroutine
from typing import Any

import numpy as np

from cellkit.devices import ForceTorqueSensor, Lifecycle
from cellkit.errors import (
    CommandRejected,
    DeviceFault,
    LimitViolation,
    MotionTimeout,
)
from cellkit.geometry import Wrench
from cellkit.testing.contract import AT_ONCE, assert_lifecycle, each, raised, refused, rule
from cellkit.testing.observed_contract import ObservedContract
from cellkit.testing.rig import DeviceRig

NEAR = 0.1  # share of a sensor's range at which the test loads it


class ForceTorqueRig(DeviceRig):
    """A force/torque sensor without a load."""

    def put_wrench(self, wrench: Wrench) -> None:
        """Load the sensor with a wrench (frame ``flange``)."""
        self.bench.plant.value = wrench


class ForceTorqueContract(ObservedContract[ForceTorqueRig]):
    """Every rule that a driver of a force/torque sensor has to keep."""

    kind = "force_torque"

    def ask(self, device: ForceTorqueSensor) -> Coroutine[Any, Any, object]:
        return device.read()

    def wait(self, device: ForceTorqueSensor) -> Coroutine[Any, Any, object]:
        return device.wait_for(self.some(device))

    def some(self, device: ForceTorqueSensor) -> float:
        """Return a force (N) well within the range."""
        return 20.0 if device.model is None else NEAR * min(device.model.force_range)

    def tolerance(self, device: ForceTorqueSensor) -> float:
        """Return the error (N or N m) that a reading may have: some steps of the sensor."""
        model = device.model
        if model is None:
            return 0.01
        return 3 * max(model.force_resolution.value or 0.01, model.torque_resolution.value or 0.001)

    @rule
    async def test_readings_are_what_hangs_on_the_sensor(self, rig: ForceTorqueRig) -> None:
        sensor = await self.connected(rig)
        f = self.some(sensor)
        t = 0.2 if sensor.model is None else NEAR * min(sensor.model.torque_range)
        wrench = Wrench(np.array((f, -0.5 * f, 0.25 * f)), np.array((t, -0.5 * t, 0.25 * t)), "flange")
        rig.put_wrench(wrench)
        await asyncio.sleep(self.settling)
        reading = await sensor.read()
        assert reading.wrench.frame == "flange"
        off = max(abs(reading.wrench.force - wrench.force).max(), abs(reading.wrench.torque - wrench.torque).max())
        assert off <= self.tolerance(sensor), f"the reading is off by {off:.4g} N or N m: {reading.wrench} for {wrench}"

    @rule(safe=True)
    async def test_stamps_go_on(self, rig: ForceTorqueRig) -> None:
        sensor = await self.connected(rig)
        before = (await sensor.read()).stamp
        await asyncio.sleep(0.5)
        passed = (await sensor.read()).stamp - before
        assert abs(passed - 0.5) <= 0.1, f"the stamps differ by {passed:.3f} s after 0.5 s"

    @rule
    async def test_zero_takes_what_hangs_there_as_nothing(self, rig: ForceTorqueRig) -> None:
        sensor = await self.connected(rig)
        f = self.some(sensor)
        rig.put_wrench(Wrench(np.array((0.0, 0.0, f)), np.zeros(3), "flange"))
        await asyncio.sleep(self.settling)
        await sensor.zero()
        assert abs((await sensor.read()).wrench.force).max() <= self.tolerance(sensor)
        rig.put_wrench(Wrench(np.array((0.0, 0.0, 2 * f)), np.zeros(3), "flange"))
        await asyncio.sleep(self.settling)
        assert abs((await sensor.read()).wrench.force[2] - f) <= 2 * self.tolerance(sensor)

    @rule
    async def test_wait_for_ends_when_the_force_is_reached(self, rig: ForceTorqueRig) -> None:
        sensor = await self.connected(rig)
        f = self.some(sensor)
        waiting = asyncio.ensure_future(sensor.wait_for(f, along=(0, 0, -1), timeout=30.0))
        rig.put_wrench(Wrench(np.array((2 * f, 0.0, 0.5 * f)), np.zeros(3), "flange"))
        await asyncio.sleep(1.0)
        assert not waiting.done(), "wait_for() ended for a force in another direction"
        rig.put_wrench(Wrench(np.array((0.0, 0.0, -1.1 * f)), np.zeros(3), "flange"))
        await asyncio.wait({waiting}, timeout=AT_ONCE)
        assert waiting.done(), "the force is reached, but wait_for() still waits"
        assert abs(await waiting - 1.1 * f) <= self.tolerance(sensor)

    @rule
    async def test_wait_for_times_out_and_refuses_nonsense(self, rig: ForceTorqueRig) -> None:
        sensor = await self.connected(rig)
        await refused(
            sensor.wait_for(self.some(sensor), timeout=0.5), MotionTimeout, because="a force that never comes"
        )
        for command, why in each(
            (sensor.wait_for(0.0), "a force of zero"),
            (sensor.wait_for(math.nan), "NaN"),
            (sensor.wait_for(1.0, along=(0.0, 0.0, 0.0)), "a direction of zero length"),
            (sensor.wait_for(1.0, along=(1.0, 0.0)), "a direction of two numbers"),
        ):
            await refused(command, CommandRejected, because=why)
        if sensor.model is not None:
            beyond = 1.5 * min(sensor.model.force_range)
            await refused(sensor.wait_for(beyond), LimitViolation, f"{beyond:g}", because="a force beyond the range")

    @rule
    async def test_a_saturated_sensor_is_a_fault_and_goes_on_afterwards(self, rig: ForceTorqueRig) -> None:
        sensor = await self.connected(rig)
        if sensor.model is None:
            return
        f = self.some(sensor)
        waiting = asyncio.ensure_future(sensor.wait_for(f, along=(1, 0, 0)))
        await asyncio.sleep(self.settling)
        end = sensor.model.force_range[2]
        rig.put_wrench(Wrench(np.array((0.0, 0.0, 1.2 * end)), np.zeros(3), "flange"))
        await raised(waiting, DeviceFault, 1.0, "waiting for a force with a saturated sensor")
        await refused(sensor.read(), DeviceFault, because="reading a saturated sensor")
        rig.put_wrench(Wrench(np.zeros(3), np.zeros(3), "flange"))
        await asyncio.sleep(self.settling)
        assert_lifecycle(sensor, Lifecycle.OPEN)
        await sensor.read()
