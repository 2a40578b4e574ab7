"""Rules for arms: one motion at a time; cancelling, stopping and timing out bring the arm to rest."""

# ruff: noqa: D102  (a rule is named after what it asks for; that name is what a failing one shows)

from __future__ import annotations

import asyncio

import numpy as np

from cellkit.errors import DeviceBusy, LimitViolation, MotionAborted, MotionTimeout
from cellkit.testing.arm_rig import ArmRig
from cellkit.testing.arm_rules import GRACE, LOOK, SLOW, ArmRules
from cellkit.testing.contract import AT_ONCE, ending, raised, refused, rule


class ArmBusy(ArmRules):
    """The busy rule."""

    @rule
    async def test_a_second_motion_is_refused_while_one_runs(self, rig: ArmRig) -> None:
        arm = await self.connected(rig)
        motion = await self.under_way(rig)
        assert arm.busy, "a motion runs, and the arm is not busy"
        await refused(arm.move_joint(arm.home), DeviceBusy, because="a second motion without replace=True")
        await refused(arm.move_linear(self.lifted(arm)), DeviceBusy, because="a linear one without replace=True")
        await motion
        assert not arm.busy, "the motion is done, and the arm is still busy"
        self.assert_joints(rig, self.away(arm), "the motion that was not to be disturbed")

    @rule
    async def test_replace_ends_the_running_motion_and_takes_over(self, rig: ArmRig) -> None:
        arm = await self.connected(rig)
        motion = await self.under_way(rig)
        goal, old_goal = self.away(arm, 0.4), self.away(arm)
        taking_over = asyncio.ensure_future(arm.move_joint(goal, replace=True))
        while not taking_over.done():
            await asyncio.wait({taking_over}, timeout=LOOK)
            left = float(np.abs(rig.true_joints() - old_goal).max())
            assert left > 0.05, "the replaced motion was carried out all the same"
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
        self.assert_joints(rig, self.away(arm), "the motion that was not to be disturbed")


class ArmStops(ArmRules):
    """Cancel, stop, timeout. Whoever says that the arm stands, the plant has the last word."""

    @rule
    async def test_cancel_stops_and_stays_stopped(self, rig: ArmRig) -> None:
        arm = await self.connected(rig)
        motion = await self.under_way(rig)
        motion.cancel()
        error = await ending(motion, GRACE, "a cancelled motion")
        assert isinstance(error, asyncio.CancelledError), f"a cancelled motion must end cancelled, not with {error!r}"
        await self.assert_stands(rig, "after the motion was cancelled")
        assert np.abs(rig.true_joints() - self.away(arm)).max() > 0.05, "the arm went to its goal in spite of cancel"
        await self.assert_usable(rig, "after the motion was cancelled")

    @rule
    async def test_cancelling_twice_still_stops(self, rig: ArmRig) -> None:
        """The second cancel comes while the stop is under way; the stop is not to be torn off."""
        await self.connected(rig)
        motion = await self.at_speed(rig)
        motion.cancel()
        for _ in range(3):
            await asyncio.sleep(0.01)
            motion.cancel()
        error = await ending(motion, GRACE, "a motion that was cancelled several times")
        assert isinstance(error, asyncio.CancelledError), f"it must end cancelled, not with {error!r}"
        at_return = rig.true_joints()
        await self.assert_stands(rig, "after the motion was cancelled several times")
        moved = float(np.abs(rig.true_joints() - at_return).max())
        assert moved <= self.still, f"the caller went on before the arm stood: a joint moved on by {moved:.4f} rad"
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
        await arm.stop()  # closed
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
        await refused(motion, MotionTimeout, because=f"a motion of {SLOW:g} s with half the time")
        await self.assert_stands(rig, "after the timeout")
        assert np.abs(rig.true_joints() - goal).max() > 0.05, "the arm went to its goal in spite of the timeout"
        await self.assert_usable(rig, "after the timeout")

    @rule
    async def test_a_motion_that_never_finishes_times_out(self, rig: ArmRig) -> None:
        self.needs(rig, "stall")
        arm = await self.connected(rig)
        rig.stall()
        motion = asyncio.ensure_future(arm.move_joint(self.away(arm), timeout=5.0))
        await asyncio.sleep(4.5)
        assert not motion.done(), f"the controller never finished the motion; the driver did: {motion!r}"
        await raised(motion, MotionTimeout, 0.5 + GRACE, "a motion that never finishes")
        assert not arm.busy, "the motion has timed out, and the arm is still busy"
