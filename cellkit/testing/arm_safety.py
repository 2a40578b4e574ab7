"""Rules for arms: lost links, protective stops, emergency stops, faults; and two arms that share nothing."""

# ruff: noqa: D102  (a rule is named after what it asks for; that name is what a failing one shows)

from __future__ import annotations

import asyncio

import numpy as np

from cellkit.devices import Arm, Lifecycle, SafetyStatus, Tool
from cellkit.errors import (
    CommandRejected,
    ConnectionLost,
    DeviceError,
    DeviceFault,
    EmergencyStop,
    MotionAborted,
    ProtectiveStop,
)
from cellkit.geometry import Pose
from cellkit.testing.arm_rig import ArmRig
from cellkit.testing.arm_rules import ArmRules
from cellkit.testing.contract import AT_ONCE, assert_lifecycle, each, events, raised, refused, rule


class ArmLink(ArmRules):
    """The link breaks."""

    @rule
    async def test_a_lost_link_fails_the_running_motion_at_once(self, rig: ArmRig) -> None:
        self.needs(rig, "drop_link")
        await self.connected(rig)
        motion = await self.under_way(rig)
        rig.drop_link()
        await raised(motion, ConnectionLost, AT_ONCE, "the motion during which the link broke")

    @rule
    async def test_a_lost_link_fails_a_stop_that_is_under_way(self, rig: ArmRig) -> None:
        self.needs(rig, "drop_link")
        arm = await self.connected(rig)
        motion = await self.under_way(rig)
        stop = asyncio.ensure_future(arm.stop())
        await asyncio.sleep(0.005)
        if stop.done():  # nothing was left to be stopped
            await asyncio.wait({motion})
            motion.exception()
            return
        rig.drop_link()
        await raised(stop, ConnectionLost, AT_ONCE, "the stop during which the link broke")
        await raised(motion, ConnectionLost, AT_ONCE, "the motion during whose stop the link broke")

    @rule
    async def test_a_lost_link_fails_all_later_commands(self, rig: ArmRig) -> None:
        self.needs(rig, "drop_link")
        arm = await self.connected(rig)
        with events(arm) as seen:
            rig.drop_link()
            await asyncio.sleep(1.0)
        told = [event.what for event in seen]
        assert told == ["connection_lost"], f"the link broke, and the events were {told}"
        assert_lifecycle(arm, Lifecycle.LOST)
        for command, what in each(
            (arm.move_joint(arm.home), "move_joint()"),
            (arm.state(), "state()"),
            (arm.set_speed_override(0.5), "set_speed_override()"),
            (arm.recover(), "recover()"),
            (arm.stop(), "stop(), which cannot be delivered"),
        ):
            await refused(command, ConnectionLost, because=f"after the link broke: {what}")
        await arm.close()
        assert_lifecycle(arm, Lifecycle.CLOSED)

    @rule
    async def test_connects_again_after_a_lost_link(self, rig: ArmRig) -> None:
        self.needs(rig, "drop_link", "restore_link")
        arm = await self.connected(rig)
        for closes in (True, False):
            rig.drop_link()
            await asyncio.sleep(1.0)
            if closes:
                await arm.close()
            rig.restore_link()
            await arm.connect()
            assert_lifecycle(arm, Lifecycle.OPEN)
            state = await arm.state()
            if state.safety is not SafetyStatus.NORMAL or state.fault is not None:
                await arm.recover()  # many controllers stop on their own when nobody answers
            await self.assert_usable(rig, "after connecting again")


class ArmSafety(ArmRules):
    """Stops and faults that the controller reports: they reach whoever waits, and can be recovered from."""

    @rule
    async def test_a_protective_stop_reaches_the_mover(self, rig: ArmRig) -> None:
        self.needs(rig, "protective_stop")
        arm = await self.connected(rig)
        motion = await self.under_way(rig)
        rig.protective_stop()
        await raised(motion, ProtectiveStop, 1.0, "a motion that a protective stop has ended")
        await self.assert_safety(arm, SafetyStatus.PROTECTIVE_STOP)
        await self.assert_stands(rig, "after a protective stop")
        await self.assert_refused_and_still(
            rig, arm.move_joint(arm.home), ProtectiveStop, because="a motion in a protective stop"
        )

    @rule
    async def test_recovers_from_a_protective_stop(self, rig: ArmRig) -> None:
        self.needs(rig, "protective_stop")
        arm = await self.connected(rig)
        rig.protective_stop()
        await asyncio.sleep(1.0)
        await arm.stop()  # harmless in every state
        await arm.recover()
        await self.assert_safety(arm, SafetyStatus.NORMAL)
        await self.assert_usable(rig, "after recover()")

    @rule
    async def test_an_emergency_stop_reaches_the_mover(self, rig: ArmRig) -> None:
        self.needs(rig, "press_emergency_stop")
        arm = await self.connected(rig)
        motion = await self.under_way(rig)
        rig.press_emergency_stop()
        await raised(motion, EmergencyStop, 1.0, "a motion that the emergency stop has ended")
        await self.assert_safety(arm, SafetyStatus.EMERGENCY_STOP)
        await self.assert_stands(rig, "after an emergency stop")
        await self.assert_refused_and_still(
            rig, arm.move_joint(arm.home), EmergencyStop, because="a motion in an emergency stop"
        )

    @rule
    async def test_recover_is_refused_while_the_emergency_stop_is_pressed(self, rig: ArmRig) -> None:
        self.needs(rig, "press_emergency_stop")
        arm = await self.connected(rig)
        rig.press_emergency_stop()
        await asyncio.sleep(1.0)
        await refused(arm.recover(), EmergencyStop, because="recover() with the button pressed")
        await self.assert_safety(arm, SafetyStatus.EMERGENCY_STOP)

    @rule
    async def test_recovers_from_a_released_emergency_stop(self, rig: ArmRig) -> None:
        self.needs(rig, "press_emergency_stop", "release_emergency_stop")
        arm = await self.connected(rig)
        rig.press_emergency_stop()
        await asyncio.sleep(1.0)
        await arm.stop()
        rig.release_emergency_stop()
        await arm.recover()
        await self.assert_safety(arm, SafetyStatus.NORMAL)
        await self.assert_usable(rig, "after recover()")

    @rule
    async def test_a_fault_reaches_the_mover_with_its_code(self, rig: ArmRig) -> None:
        self.needs(rig, "raise_fault")
        arm = await self.connected(rig)
        motion = await self.under_way(rig)
        fault = rig.raise_fault()
        error = await raised(motion, DeviceFault, 1.0, "a motion that a fault has ended")
        assert error.code == fault.code, f"the fault's code is {fault.code!r}, the error says {error.code!r}"
        assert error.recoverable == fault.recoverable
        state = await arm.state()
        assert state.fault is not None, "the fault is not in the state"
        assert state.fault.code == fault.code, (
            f"the fault's code is {fault.code!r}, the state says {state.fault.code!r}"
        )
        await self.assert_stands(rig, "after a fault")
        await self.assert_refused_and_still(rig, arm.move_joint(arm.home), DeviceFault, because="a motion in a fault")

    @rule
    async def test_recovers_from_a_fault(self, rig: ArmRig) -> None:
        self.needs(rig, "raise_fault")
        arm = await self.connected(rig)
        rig.raise_fault()
        await asyncio.sleep(1.0)
        await arm.recover()
        fault = (await arm.state()).fault
        assert fault is None, f"after recover() the state still has the fault {fault}"
        await self.assert_usable(rig, "after recover()")


class ArmIndependence(ArmRules):
    """Two arms of one driver share nothing."""

    @rule
    async def test_two_devices_are_independent(self, rig: ArmRig) -> None:
        async with self.started() as other_rig:
            one, two = await self.connected(rig), await self.connected(other_rig)
            await self._settings_are_their_own(one, two)
            first, second = await self.under_way(rig), await self.under_way(other_rig)
            await one.stop()
            await raised(first, MotionAborted, AT_ONCE, "the motion of the arm that was stopped")
            assert await self.moves_on(other_rig), "one arm was stopped, and the other one stands too"
            if "drop_link" not in rig.lacks:
                rig.drop_link()
                await asyncio.sleep(AT_ONCE)
            await one.close()
            await second
            self.assert_joints(other_rig, self.away(two), "the arm that was left alone")
            assert_lifecycle(two, Lifecycle.OPEN)

    async def _settings_are_their_own(self, one: Arm, two: Arm) -> None:
        await one.set_speed_override(0.5)
        assert (await two.state()).speed_override == 1.0, "one arm's speed override shows on the other"
        await one.set_speed_override(1.0)
        tcp = (await two.state()).tcp
        await one.set_tool(Tool("pen", Pose.from_rpy((0.0, 0.0, 0.1), frame="flange")))
        assert (await two.state()).tcp.distance(tcp)[0] <= self.tolerance, "one arm's tool shows on the other"
        await one.set_tool(Tool())
        one.set_frame("mine", Pose(np.eye(4)))
        await refused(two.move_pose(Pose(np.eye(4), "mine")), CommandRejected, "mine", because="the other arm's frame")

    @rule
    async def test_one_fault_is_not_the_others(self, rig: ArmRig) -> None:
        self.needs(rig, "protective_stop")
        async with self.started() as other_rig:
            one, two = await self.connected(rig), await self.connected(other_rig)
            rig.protective_stop()
            await asyncio.sleep(0.5)
            await self.assert_safety(one, SafetyStatus.PROTECTIVE_STOP)
            state = await two.state()
            assert state.safety is SafetyStatus.NORMAL, "one arm's protective stop shows on the other"
            try:
                await self.assert_usable(other_rig, "one arm is in a protective stop, the other one is not")
            except DeviceError as error:
                raise AssertionError(f"one arm's protective stop hinders the other: {error}") from error
