"""The igus driver against a controller in states that the driver contract does not know."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import numpy as np
import pytest
from cellkit_igus.protocol.frames import encode
from cellkit_igus.rig import IgusRig
from cellkit_igus.virtual import VirtualIgus

from cellkit.devices import Lifecycle, OperationalMode, SafetyStatus
from cellkit.errors import CommandRejected, ConnectionFailed, ConnectionLost, MotionAborted
from cellkit.testing.wire_rig import WireDeviceRig
from cellkit.timing import run


def on_rig(test: Callable[[WireDeviceRig, VirtualIgus], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    """A test of a started rig whose arm is not connected, in virtual time."""

    async def play() -> None:
        rig = IgusRig().rig("arm", None)
        assert isinstance(rig, WireDeviceRig)
        await rig.start()
        assert isinstance(rig.virtual, VirtualIgus)
        try:
            await test(rig, rig.virtual)
        finally:
            await rig.device.close()
            await rig.finish()

    def wrapped() -> None:
        run(play())

    wrapped.__name__ = test.__name__
    return wrapped


@on_rig
async def test_motors_that_are_off_are_switched_on_by_connecting(rig: WireDeviceRig, virtual: VirtualIgus) -> None:
    virtual.enabled = False
    await rig.device.connect()
    assert virtual.enabled
    await rig.device.move_joint(rig.device.home + 0.05)


@on_rig
async def test_a_fault_is_left_for_recover(rig: WireDeviceRig, virtual: VirtualIgus) -> None:
    fault = virtual.example_fault()
    await rig.device.connect()
    assert (await rig.device.state()).fault == fault
    await rig.device.recover()
    assert (await rig.device.state()).fault is None
    await rig.device.move_joint(rig.device.home + 0.05)


@on_rig
async def test_a_controller_that_somebody_else_controls_is_no_connection(
    rig: WireDeviceRig, virtual: VirtualIgus
) -> None:
    other = await rig.network.connect("127.0.0.1", 3920)
    other.write(encode(1, "CMD SetActive true"))
    await asyncio.sleep(0.1)
    with pytest.raises(ConnectionFailed, match="another client is active"):
        await rig.device.connect()
    other.close()
    await asyncio.sleep(0.1)
    await rig.device.connect()


@on_rig
async def test_control_that_was_taken_away_is_taken_back_by_recover(rig: WireDeviceRig, virtual: VirtualIgus) -> None:
    arm = rig.device
    await arm.connect()
    motion = asyncio.ensure_future(arm.move_joint(arm.home + 0.5, speed=0.2))
    await asyncio.sleep(1.0)
    virtual.release(virtual.clients[0])
    with pytest.raises((MotionAborted, CommandRejected)):
        await motion
    await arm.stop()
    with pytest.raises(CommandRejected, match="not active"):
        await arm.move_joint(arm.home)
    await arm.recover()
    await arm.move_joint(arm.home)


@on_rig
async def test_modes(rig: WireDeviceRig, virtual: VirtualIgus) -> None:
    await rig.device.connect()
    for mode, told in (
        (OperationalMode.MANUAL_REDUCED_SPEED, OperationalMode.MANUAL_REDUCED_SPEED),
        (OperationalMode.MANUAL_HIGH_SPEED, OperationalMode.MANUAL_REDUCED_SPEED),
        (OperationalMode.OTHER, OperationalMode.OTHER),
        (OperationalMode.AUTOMATIC, OperationalMode.AUTOMATIC),
    ):
        await virtual.set_mode(mode)
        await asyncio.sleep(0.2)
        state = await rig.device.state()
        assert (state.mode, state.safety) == (told, SafetyStatus.NORMAL)


@on_rig
async def test_another_number_of_axes_is_no_connection(rig: WireDeviceRig, virtual: VirtualIgus) -> None:
    virtual._axes = lambda: "CONFIG Axes A1 16 -90 90 45 A2 32 -90 90 45"  # type: ignore[method-assign]
    with pytest.raises(ConnectionFailed, match="2 robot axes"):
        await rig.device.connect()


@on_rig
async def test_a_speed_below_one_percent_is_refused_by_the_controller(rig: WireDeviceRig, virtual: VirtualIgus) -> None:
    await rig.device.connect()
    with pytest.raises(CommandRejected, match="outside 1 to 100"):
        await rig.device.move_joint(rig.device.home + 0.1, speed=0.005)
    assert np.abs(rig.true_joints() - rig.device.home).max() < 1e-6


@on_rig
async def test_a_message_counter_that_stands_still_is_a_lost_link(rig: WireDeviceRig, virtual: VirtualIgus) -> None:
    arm = rig.device
    await arm.connect()
    motion = asyncio.ensure_future(arm.move_joint(arm.home + 0.3, speed=0.01))
    await asyncio.sleep(1.0)
    virtual.clients[0].counter.next = lambda: 7  # type: ignore[method-assign]
    with pytest.raises(ConnectionLost, match="no status for 1 s"):
        async with asyncio.timeout(5.0):
            await motion
    assert arm.lifecycle is Lifecycle.LOST
    await asyncio.sleep(1.0)
    rest = rig.true_joints()
    await asyncio.sleep(1.0)
    assert np.abs(rig.true_joints() - rest).max() < 1e-9
