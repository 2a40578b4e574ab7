"""Rules for arms: one motion at a time; cancel, stop and timeout bring the arm to rest."""

# ruff: noqa: D102  (the name of a rule states what the rule asks for; a failing test shows it)

from __future__ import annotations

import asyncio

import numpy as np

from cellkit.errors import DeviceBusy, LimitViolation, MotionAborted, MotionTimeout
from cellkit.testing.arm_rig import ArmRig
from cellkit.testing.arm_rules import GRACE, LOOK, SLOW, ArmRules
from cellkit.testing.contract import AT_ONCE, ending, raised, refused, rule


class ArmBusy(ArmRules):
    """Rules for a busy arm."""

    @rule
    async def test_a_second_motion_is_refused_while_one_runs(self, rig: ArmRig) -> None:
        arm = await self.connected(rig)
        motion = await self.under_way(rig)
        assert arm.busy, "a motion runs, but the arm does not report busy"
        await refused(arm.move_joint(arm.home), DeviceBusy, because="a second motion without replace=True")
        await refused(arm.move_linear(self.lifted(arm)), DeviceBusy, because="a linear motion without replace=True")
        await motion
        assert not arm.busy, "the motion has ended, but the arm still reports busy"
        self.assert_joints(rig, self.away(arm), "the motion that must not be disturbed")

    @rule
    async def test_replace_ends_the_running_motion_and_takes_over(self, rig: ArmRig) -> None:
        arm = await self.connected(rig)
        motion = await self.under_way(rig)
        goal, old_goal = self.away(arm, 0.4), self.away(arm)
        taking_over = asyncio.ensure_future(arm.move_joint(goal, replace=True))
        while not taking_over.done():
            await asyncio.wait({taking_over}, timeout=LOOK)
            left = float(np.abs(rig.true_joints() - old_goal).max())
            assert left > 0.05, "the replaced motion was carried out to its goal"
        await taking_over
        self.assert_joints(rig, goal, "the replacing motion")
        await raised(motion, MotionAborted, 0.0, "the replaced motion")
        await self.assert_stands(rig, "after the replacing motion")

    @rule
    async def test_a_refused_replacement_leaves_the_running_motion_alone(self, rig: ArmRig) -> None:
        arm = await self.connected(rig)
        motion = await self.under_way(rig)
        await refused(arm.move_joint(arm.home, speed=2.0, replace=True), LimitViolation, because="200 % speed")
        await motion
        self.assert_joints(rig, self.away(arm), "the motion that must not be disturbed")


class ArmStops(ArmRules):
    """Rules for cancel, stop and timeout. Rest is measured at the plant, not taken from the driver's report."""

    @rule
    async def test_cancel_stops_and_stays_stopped(self, rig: ArmRig) -> None:
        arm = await self.connected(rig)
        motion = await self.under_way(rig)
        motion.cancel()
        error = await ending(motion, GRACE, "a cancelled motion")
        assert isinstance(error, asyncio.CancelledError), f"a cancelled motion must end cancelled, not with {error!r}"
        await self.assert_stands(rig, "after the motion was cancelled")
        assert np.abs(rig.true_joints() - self.away(arm)).max() > 0.05, (
            "the arm moved to its goal in spite of the cancel"
        )
        await self.assert_usable(rig, "after the motion was cancelled")

    @rule
    async def test_cancelling_twice_still_stops(self, rig: ArmRig) -> None:
        """Check that a second cancel during the stop does not interrupt the stop."""
        await self.connected(rig)
        motion = await self.at_speed(rig)
        motion.cancel()
        for _ in range(3):
            await asyncio.sleep(0.01)
            motion.cancel()
        error = await ending(motion, GRACE, "a motion that was cancelled several times")
        assert isinstance(error, asyncio.CancelledError), f"the motion must end cancelled, not with {error!r}"
        at_return = rig.true_joints()
        await self.assert_stands(rig, "after the motion was cancelled several times")
        moved = float(np.abs(rig.true_joints() - at_return).max())
        assert moved <= self.still, (
            f"the caller continued before the arm was at rest: a joint moved on by {moved:.4f} rad"
        )
        await self.assert_usable(rig, "after the motion was cancelled several times")

    @rule
    async def test_stop_ends_the_running_motion_with_motion_aborted(self, rig: ArmRig) -> None:
        arm = await self.connected(rig)
        motion = await self.under_way(rig)
        await arm.stop()
        await raised(motion, MotionAborted, AT_ONCE, "a motion that was stopped")
        await self.assert_stands(rig, "after stop()")
        await self.assert_usable(rig, "after stop()")

    @rule
    async def test_stop_returns_once_the_arm_stands(self, rig: ArmRig) -> None:
        arm = await self.connected(rig)
        motion = await self.at_speed(rig)
        await arm.stop()
        at_return = rig.true_joints()
        await asyncio.sleep(GRACE)
        moved = float(np.abs(rig.true_joints() - at_return).max())
        assert moved <= self.still, f"stop() has returned, and a joint moved on by {moved:.4f} rad"
        await asyncio.wait({motion})
        motion.exception()

    @rule
    async def test_stop_is_allowed_while_nothing_moves_and_repeated(self, rig: ArmRig) -> None:
        arm = rig.device
        await arm.stop()  # the arm is closed
        await arm.connect()
        for _ in range(3):
            await arm.stop()
        await self.assert_usable(rig, "after stop() of an idle arm")
        await arm.move_joint(arm.home)
        motion = await self.under_way(rig)
        await asyncio.gather(arm.stop(), arm.stop())
        await arm.stop()
        await raised(motion, MotionAborted, AT_ONCE, "a motion that was stopped several times")
        await self.assert_usable(rig, "after stop() several times")
        await arm.close()
        await arm.stop()

    @rule
    async def test_a_timeout_stops_the_arm_and_then_raises(self, rig: ArmRig) -> None:
        arm = await self.connected(rig)
        goal = self.away(arm)
        motion = arm.move_joint(goal, speed=self.slow(arm, goal), timeout=SLOW / 2)
        await refused(motion, MotionTimeout, because=f"a motion of {SLOW:g} s with half the time as timeout")
        await self.assert_stands(rig, "after the timeout")
        assert np.abs(rig.true_joints() - goal).max() > 0.05, "the arm moved to its goal in spite of the timeout"
        await self.assert_usable(rig, "after the timeout")

    @rule
    async def test_a_motion_that_never_finishes_times_out(self, rig: ArmRig) -> None:
        self.needs(rig, "stall")
        arm = await self.connected(rig)
        rig.stall()
        motion = asyncio.ensure_future(arm.move_joint(self.away(arm), timeout=5.0))
        await asyncio.sleep(4.5)
        assert not motion.done(), (
            f"the controller never finished the motion, but the driver reports its end: {motion!r}"
        )
        await raised(motion, MotionTimeout, 0.5 + GRACE, "a motion that never finishes")
        assert not arm.busy, "the motion has timed out, but the arm still reports busy"
