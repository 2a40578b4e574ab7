"""A lost arm works again after its outage, for every driver, by the attempts of the ``Sampler``, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from cellkit import registry
from cellkit.devices import Device, Lifecycle
from cellkit.devices.reconnection import RETRY
from cellkit.quality import wire_drivers
from cellkit.supervision.kinds.reading import Reading
from cellkit.supervision.sampler import Sampler
from cellkit.testing.wire_rig import WireDeviceRig
from cellkit.timing import now, run
from tests.pairwise import pairwise

ARMS = [spec.name for spec in wire_drivers("arm") if spec.rig is not None]
SHOWS = 5.0
"""s after which an outage has shown: a request that was lost in a short one runs into its limit later."""
ANSWERS = 40.0
"""s that an attempt to connect may take to fail: requests without an answer run into their limits."""


async def until(device: Device, state: Lifecycle, within: float) -> None:
    end = now() + within
    while device.lifecycle is not state:
        assert now() < end, f"the arm is {device.lifecycle.value} after {within:g} s, not {state.value}"
        await asyncio.sleep(0.05)


def seen_by_a_sampler(driver: str, outage: Any) -> None:
    """Let a fault come and go under a ``Sampler``; the arm must read and move afterwards."""

    async def main() -> None:
        rig = registry.load_object(str(registry.driver(driver).rig))().rig("arm", None)  # type: ignore[operator]
        await rig.start()
        arm, readings = rig.device, {}

        def on_read(device: Device, read: Mapping[str, Reading]) -> None:
            readings[device.name] = now(), read

        await arm.connect()
        sampler = Sampler(SimpleNamespace(devices={arm.name: arm}), 0.1, on_read)  # type: ignore[arg-type]
        try:
            await asyncio.sleep(1.0)
            await outage(rig)
            await asyncio.sleep(SHOWS)
            await until(arm, Lifecycle.OPEN, RETRY[-1] + ANSWERS)
            await asyncio.sleep(1.0)
            assert now() - readings[arm.name][0] < 0.5, "the sampler reads no more"
            state = await arm.state()
            assert np.abs(state.joints.position - rig.true_joints()).max() < 2e-3
            if state.safety.value != "normal" or state.fault is not None:
                await arm.recover()
            goal = rig.true_joints().copy()
            goal[0] += 0.05
            await arm.move_joint(goal)
            assert np.abs(rig.true_joints() - goal).max() < 2e-3
        finally:
            await sampler.close()
            await arm.close()
            await rig.finish()

    run(main())


def outages() -> list[Any]:
    """Return every driver with every outage; quick are the pairs of a covering design, and two of ABB, the dearest."""
    every = [(driver, silent, seconds) for driver in ARMS for silent in (False, True) for seconds in (0.5, 5.0, 60.0)]
    quick = {*pairwise(ARMS, [False, True], [0.5, 5.0, 60.0])} - {row for row in every if row[0] == "abb"}
    quick |= {("abb", False, 5.0), ("abb", True, 60.0)}
    return [pytest.param(*row, marks=[] if row in quick else [pytest.mark.long]) for row in every]


@pytest.mark.parametrize(("driver", "silent", "seconds"), outages())
def test_an_arm_works_again_after_an_outage(driver: str, silent: bool, seconds: float) -> None:
    async def outage(rig: WireDeviceRig) -> None:
        if silent:
            rig.fall_silent()
        else:
            rig.drop_link()
        await asyncio.sleep(seconds)
        rig.restore_link()

    seen_by_a_sampler(driver, outage)


@pytest.mark.parametrize("driver", ARMS)
def test_an_arm_works_again_after_its_controller_was_restarted(driver: str) -> None:
    async def outage(rig: WireDeviceRig) -> None:
        await rig.virtual.stop()
        await until(rig.device, Lifecycle.LOST, ANSWERS)
        await asyncio.sleep(5.0)
        await rig.virtual.start(rig.network)

    seen_by_a_sampler(driver, outage)
