"""The distance sensor: its rig, and the rules of the driver contract."""

# ruff: noqa: D102 - the name of a rule states what the rule asks for; a failing test shows it

from __future__ import annotations

import asyncio
import math
from collections.abc import Coroutine
from typing import Any

from cellkit.devices import ProximitySensor
from cellkit.errors import (
    DeviceFault,
    MotionTimeout,
)
from cellkit.testing.contract import refused, rule
from cellkit.testing.observed_contract import ObservedContract
from cellkit.testing.rig import DeviceRig


class ProximityRig(DeviceRig):
    """A beam with nothing in it."""

    def put_distance(self, distance: float | None) -> None:
        """Place an object ``distance`` m away, within the sensor's range; None: remove it; NaN: glare."""
        self.bench.plant.put(distance)


class ProximityContract(ObservedContract[ProximityRig]):
    """Every rule that a driver of a beam or distance sensor has to keep."""

    kind = "proximity"
    resolution = 0.002
    """m by which a distance may be off."""

    def ask(self, device: ProximitySensor) -> Coroutine[Any, Any, object]:
        return device.distance()

    def wait(self, device: ProximitySensor) -> Coroutine[Any, Any, object]:
        return device.wait_for(True)

    @rule
    async def test_distances_are_what_stands_in_the_beam(self, rig: ProximityRig) -> None:
        sensor = await self.connected(rig)
        for distance in (0.15, 0.25, None, 0.2):
            rig.put_distance(distance)
            await asyncio.sleep(self.settling)
            measured = await sensor.distance()
            if distance is None or measured is None:
                assert measured is distance, f"the distance is {measured} m; expected: {distance}"
            else:
                assert abs(measured - distance) <= self.resolution
            assert await sensor.present() is (distance is not None)
            assert await sensor.present(within=0.18) is (distance == 0.15)

    @rule
    async def test_wait_for_ends_when_something_comes_and_goes(self, rig: ProximityRig) -> None:
        sensor = await self.connected(rig)
        coming = asyncio.ensure_future(sensor.wait_for(True, within=0.2, timeout=30.0))
        rig.put_distance(0.3)
        await asyncio.sleep(1.0)
        assert not coming.done(), "the sensor reports a part, but only the background is present"
        rig.put_distance(0.15)
        await asyncio.wait({coming}, timeout=self.settling)
        assert coming.done(), "an object is present, but wait_for() still waits"
        await coming
        await refused(sensor.wait_for(False, timeout=0.5), MotionTimeout, because="an object that is not removed")
        going = asyncio.ensure_future(sensor.wait_for(False, timeout=30.0))
        await asyncio.sleep(0.5)
        rig.put_distance(None)
        await asyncio.wait({going}, timeout=self.settling)
        assert going.done(), "the object was removed, but wait_for() still waits"
        await going

    @rule
    async def test_a_sensor_that_cannot_measure_is_a_fault_not_a_free_beam(self, rig: ProximityRig) -> None:
        sensor = await self.connected(rig)
        rig.put_distance(math.nan)
        await asyncio.sleep(self.settling)
        await refused(sensor.distance(), DeviceFault, because="glare")
        rig.put_distance(0.2)
        await asyncio.sleep(self.settling)
        assert await sensor.distance() is not None
