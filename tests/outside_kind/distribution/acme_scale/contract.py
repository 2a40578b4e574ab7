"""The rules that a driver of a scale keeps, and the rig that tries them."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Coroutine
from typing import Any

from acme_scale.interface import Scale
from cellkit.errors import DeviceFault
from cellkit.testing.contract import refused, rule
from cellkit.testing.observed_contract import ObservedContract
from cellkit.testing.rig import DeviceRig


class ScaleRig(DeviceRig):
    """A scale with nothing on it."""

    def put_mass(self, mass: float) -> None:
        """Put a mass (kg) on the plate; NaN: overload it."""
        self.bench.plant.value = mass


class ScaleContract(ObservedContract[ScaleRig]):
    """What a scale must do."""

    kind = "scale"

    def ask(self, device: Scale) -> Coroutine[Any, Any, object]:
        """Read the mass."""
        return device.weight()

    def wait(self, device: Scale) -> Coroutine[Any, Any, object]:
        """Wait for a mass that does not come."""
        return device.wait_for(1.0)

    @rule
    async def test_the_mass_is_what_stands_on_the_plate(self, rig: ScaleRig) -> None:
        """A rule."""
        scale: Scale = await self.connected(rig)
        for mass in (0.0, 1.25, 0.5):
            rig.put_mass(mass)
            await asyncio.sleep(self.settling)
            assert abs((await scale.weight()).mass - mass) < 1e-6

    @rule
    async def test_tare_takes_the_present_mass_as_zero(self, rig: ScaleRig) -> None:
        """A rule."""
        scale: Scale = await self.connected(rig)
        rig.put_mass(0.4)
        await asyncio.sleep(self.settling)
        await scale.tare()
        rig.put_mass(0.9)
        await asyncio.sleep(self.settling)
        assert abs((await scale.weight()).mass - 0.5) < 1e-6

    @rule
    async def test_an_overloaded_scale_is_a_fault(self, rig: ScaleRig) -> None:
        """A rule."""
        scale: Scale = await self.connected(rig)
        rig.put_mass(math.nan)
        await asyncio.sleep(self.settling)
        fault = await refused(scale.weight(), DeviceFault, because="an overloaded scale")
        assert fault.code == "overload"
