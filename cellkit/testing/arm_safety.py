"""Rules for arms: lost links, protective stops, emergency stops, faults; and independence of two arms."""

# ruff: noqa: D102  (the name of a rule states what the rule asks for; a failing test shows it)

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
    """Rules for a link that breaks."""

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
        if stop.done():  # the motion had ended already
            await asyncio.wait({motion})
            motion.exception()
            return
        rig.drop_link()
        await raised(stop, ConnectionLost, AT_ONCE, "the stop during which the link broke")
        await raised(motion, ConnectionLost, AT_ONCE, "the motion that was being stopped when the link broke")

    @rule
    async def test_a_lost_link_fails_all_later_commands(self, rig: ArmRig) -> None:
        self.needs(rig, "drop_link")
        arm = await self.connected(rig)
        with events(arm) as seen:
            rig.drop_link()
            await asyncio.sleep(1.0)
        names = [event.what for event in seen]
        assert names == ["connection_lost"], f"the link broke; expected one event, connection_lost, got {names}"
        assert_lifecycle(arm, Lifecycle.LOST)
        for command, text in each(
            (arm.move_joint(arm.home), "move_joint()"),
            (arm.state(), "state()"),
            (arm.set_speed_override(0.5), "set_speed_override()"),
            (arm.recover(), "recover()"),
            (arm.stop(), "stop() without a link"),
        ):
            await refused(command, ConnectionLost, because=f"after the link broke: {text}")
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
            await self.recover_if_stopped(arm)  # many controllers stop by themselves without a client
            await self.assert_usable(rig, "after the new connection")


class ArmSafety(ArmRules):
    """Rules for stops and faults at the controller: the waiting command raises them, and the arm can recover."""

    @rule
    async def test_a_protective_stop_reaches_the_mover(self, rig: ArmRig) -> None:
        self.needs(rig, "protective_stop")
        arm = await self.connected(rig)
        motion = await self.under_way(rig)
        rig.protective_stop()
        await raised(motion, ProtectiveStop, 1.0, "a motion that a protective stop ended")
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
        await arm.stop()  # allowed in every state
        await arm.recover()
        await self.assert_safety(arm, SafetyStatus.NORMAL)
        await self.assert_usable(rig, "after recover()")

    @rule
    async def test_an_emergency_stop_reaches_the_mover(self, rig: ArmRig) -> None:
        self.needs(rig, "press_emergency_stop")
        arm = await self.connected(rig)
        motion = await self.under_way(rig)
        rig.press_emergency_stop()
        await raised(motion, EmergencyStop, 1.0, "a motion that the emergency stop ended")
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
        await refused(arm.recover(), EmergencyStop, because="recover() while the button is pressed")
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
        error = await raised(motion, DeviceFault, 1.0, "a motion that a fault ended")
        assert error.code == fault.code, f"the fault's code is {fault.code!r}, the error states {error.code!r}"
        assert error.recoverable == fault.recoverable
        state = await arm.state()
        assert state.fault is not None, "the state does not report the fault"
        assert state.fault.code == fault.code, (
            f"the fault's code is {fault.code!r}, the state reports {state.fault.code!r}"
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
        assert fault is None, f"after recover() the state still reports the fault {fault}"
        await self.assert_usable(rig, "after recover()")


class ArmIndependence(ArmRules):
    """Rules for two arms of one driver: they share nothing."""

    @rule
    async def test_two_devices_are_independent(self, rig: ArmRig) -> None:
        async with self.started() as other_rig:
            first, second = await self.connected(rig), await self.connected(other_rig)
            await self._settings_are_their_own(first, second)
            stopped, other = await self.under_way(rig), await self.under_way(other_rig)
            await first.stop()
            await raised(stopped, MotionAborted, AT_ONCE, "the motion of the arm that was stopped")
            assert await self.moves_on(other_rig), "one arm was stopped, and the other arm stopped too"
            if "drop_link" not in rig.lacks:
                rig.drop_link()
                await asyncio.sleep(AT_ONCE)
            await first.close()
            await other
            self.assert_joints(other_rig, self.away(second), "the arm that was not stopped")
            assert_lifecycle(second, Lifecycle.OPEN)

    async def _settings_are_their_own(self, first: Arm, second: Arm) -> None:
        await first.set_speed_override(0.5)
        assert (await second.state()).speed_override == 1.0, "the speed override of one arm changes the other's"
        await first.set_speed_override(1.0)
        tcp = (await second.state()).tcp
        await first.set_tool(Tool("pen", Pose.from_rpy((0.0, 0.0, 0.1), frame="flange")))
        assert (await second.state()).tcp.distance(tcp)[0] <= self.tolerance, "the tool of one arm changes the other's"
        await first.set_tool(Tool())
        first.set_frame("mine", Pose(np.eye(4)))
        await refused(
            second.move_pose(Pose(np.eye(4), "mine")), CommandRejected, "mine", because="the other arm's frame"
        )

    @rule
    async def test_one_fault_is_not_the_others(self, rig: ArmRig) -> None:
        self.needs(rig, "protective_stop")
        async with self.started() as other_rig:
            first, second = await self.connected(rig), await self.connected(other_rig)
            rig.protective_stop()
            await asyncio.sleep(0.5)
            await self.assert_safety(first, SafetyStatus.PROTECTIVE_STOP)
            state = await second.state()
            assert state.safety is SafetyStatus.NORMAL, "the protective stop of one arm shows on the other"
            try:
                await self.assert_usable(other_rig, "with the other arm in a protective stop")
            except DeviceError as error:
                raise AssertionError(f"the protective stop of one arm hinders the other: {error}") from error
