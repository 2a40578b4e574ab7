"""The KUKA driver against a controller in states that the driver contract does not know."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import numpy as np
import pytest
from cellkit_kuka.rig import KukaRig
from cellkit_kuka.virtual import RsiSettings, VirtualKuka

from cellkit.devices import OperationalMode, SafetyStatus
from cellkit.errors import ConnectionFailed, DeviceFault, MotionAborted
from cellkit.testing.wire_rig import WireDeviceRig
from cellkit.timing import run


def on_rig(
    test: Callable[[WireDeviceRig, VirtualKuka], Coroutine[Any, Any, None]], model: str | None = None
) -> Callable[[], None]:
    """A test of a started rig whose arm is not connected, in virtual time."""

    async def play() -> None:
        rig = KukaRig().rig("arm", model)
        assert isinstance(rig, WireDeviceRig)
        await rig.start()
        assert isinstance(rig.virtual, VirtualKuka)
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
async def test_a_cycle_of_twelve_milliseconds(rig: WireDeviceRig, virtual: VirtualKuka) -> None:
    await virtual.stop()
    virtual.settings = RsiSettings(cycle=0.012)
    await virtual.start(rig.network)
    arm = rig.device
    await arm.connect()
    await arm.move_joint(arm.home + 0.3)
    assert rig.true_joints() == pytest.approx(arm.home + 0.3, abs=1e-3)
    assert virtual.late == 0


@pytest.mark.parametrize("packets", [1, 3])
def test_rsi_that_repeats_its_last_datagrams_counts_as_silent(packets: int) -> None:
    @on_rig
    async def test(rig: WireDeviceRig, virtual: VirtualKuka) -> None:
        arm = rig.device
        await arm.connect()
        motion = asyncio.ensure_future(arm.move_joint(arm.home + 0.4, speed=0.05))
        await asyncio.sleep(1.0)
        rsi = next(end for end in rig.faults.connections if hasattr(end.transport, "sendto"))
        sent = [virtual._rob.encode(virtual._values(), virtual._ipoc - 4 * number) for number in range(packets)]
        rsi.fall_silent()
        there = rig.true_joints()

        async def repeat() -> None:
            while True:
                for datagram in sent:
                    rsi.inject(datagram)
                    await asyncio.sleep(0.004)

        repeating = asyncio.ensure_future(repeat())
        with pytest.raises(DeviceFault):
            await asyncio.wait_for(motion, 3.0)
        rest = rig.true_joints()
        await asyncio.sleep(2.0)
        assert rig.true_joints() == pytest.approx(rest, abs=1e-9), "it still moves"
        assert (await arm.state()).joints.position == pytest.approx(rest, abs=1e-3)
        assert np.abs(rest - there).max() < 0.05, "it went on"
        virtual.override = 30
        await asyncio.sleep(0.5)
        assert (await arm.state()).speed_override == pytest.approx(0.3), "the state is that of the repeated datagrams"
        repeating.cancel()

    test()


@on_rig
async def test_single_lost_datagrams_do_not_matter(rig: WireDeviceRig, virtual: VirtualKuka) -> None:
    arm = rig.device
    await arm.connect()
    motion = asyncio.ensure_future(arm.move_joint(arm.home + 0.3, speed=0.2))
    for _ in range(10):
        await asyncio.sleep(0.03)
        rig.faults.silent = True
        await asyncio.sleep(0.01)
        rig.faults.silent = False
    await motion
    assert 10 <= virtual.late <= 60
    assert rig.true_joints() == pytest.approx(arm.home + 0.3, abs=1e-3)


@on_rig
async def test_rsi_started_anew_at_the_pendant_ends_the_motion_without_a_jump(
    rig: WireDeviceRig, virtual: VirtualKuka
) -> None:
    arm = rig.device
    await arm.connect()
    motion = asyncio.ensure_future(arm.move_joint(arm.home + 0.5, speed=0.1))
    await asyncio.sleep(1.0)
    await virtual.kernel.stop()
    virtual.start_program()
    with pytest.raises(MotionAborted):
        await motion
    before = rig.true_joints()
    await asyncio.sleep(1.0)
    assert np.abs(rig.true_joints() - before).max() < 1e-6
    await arm.move_joint(arm.home + 0.1)
    assert rig.true_joints() == pytest.approx(arm.home + 0.1, abs=1e-3)


@on_rig
async def test_the_override_on_the_pendant_scales_a_running_motion(rig: WireDeviceRig, virtual: VirtualKuka) -> None:
    arm = rig.device
    await arm.connect()
    motion = asyncio.ensure_future(arm.move_joint(arm.home + 0.5, speed=0.1))
    await asyncio.sleep(1.0)
    virtual.override = 0
    await asyncio.sleep(1.0)
    before = rig.true_joints()
    await asyncio.sleep(1.0)
    assert np.abs(rig.true_joints() - before).max() < 1e-6
    assert (await arm.state()).speed_override == 0.0
    virtual.override = 100
    await motion


@on_rig
async def test_faults_and_stops_are_seen_while_rsi_is_off(rig: WireDeviceRig, virtual: VirtualKuka) -> None:
    arm = rig.device
    virtual.break_off("RSI-TIMEOUT")
    await arm.connect()
    state = await arm.state()
    assert state.fault is not None
    assert state.fault.code == "RSI-TIMEOUT"
    assert state.joints.position == pytest.approx(arm.home, abs=1e-4)
    with pytest.raises(DeviceFault, match="RSI-TIMEOUT"):
        await arm.move_joint(arm.home)
    virtual.press_emergency_stop()
    await asyncio.sleep(0.5)
    assert (await arm.state()).safety is SafetyStatus.EMERGENCY_STOP
    virtual.release_emergency_stop()
    await arm.recover()
    await arm.move_joint(arm.home + 0.1)


@on_rig
async def test_all_four_modes(rig: WireDeviceRig, virtual: VirtualKuka) -> None:
    arm = rig.device
    await arm.connect()
    for mode in (
        OperationalMode.MANUAL_REDUCED_SPEED,
        OperationalMode.MANUAL_HIGH_SPEED,
        OperationalMode.AUTOMATIC_EXTERNAL,
    ):
        await virtual.set_mode(mode)
        await asyncio.sleep(0.1)
        assert (await arm.state()).mode is mode
    await arm.move_joint(arm.home + 0.1)


@on_rig
async def test_without_variables_there_is_no_connection(rig: WireDeviceRig, virtual: VirtualKuka) -> None:
    await virtual.stop()
    with pytest.raises(ConnectionFailed, match="KUKAVARPROXY"):
        await rig.device.connect()


def test_the_seventh_joint_goes_as_external_axis() -> None:
    async def play(rig: WireDeviceRig, virtual: VirtualKuka) -> None:
        arm = rig.device
        await arm.connect()
        goal = arm.home.copy()
        goal[6] += 0.4
        await arm.move_joint(goal)
        assert rig.true_joints() == pytest.approx(goal, abs=1e-3)
        state = await arm.state()
        assert state.joints.position == pytest.approx(goal, abs=1e-4)

    on_rig(play, "iiwa14")()
