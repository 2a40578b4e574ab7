"""Rules for arms that are only read: states of an arm at rest, and the end of every task."""

# ruff: noqa: D102  (a rule is named after what it asks for; that name is what a failing one shows)

from __future__ import annotations

import asyncio
import math

import numpy as np

from cellkit.testing.arm_rig import ArmRig
from cellkit.testing.arm_rules import ArmRules
from cellkit.testing.contract import assert_no_task_is_left, rule

LOOKS = 10  # states that are read one after another
BETWEEN = 0.1  # s between two of them
ROUNDING = 1e-3  # rad by which a reported joint may exceed its limit


class ArmReadings(ArmRules):
    """Reading alone, which is harmless at any controller."""

    @rule(safe=True)
    async def test_states_of_an_arm_that_is_only_read_are_fresh_and_plausible(self, rig: ArmRig) -> None:
        arm = await self.connected(rig)
        loop, limits = asyncio.get_running_loop(), arm.limits
        first, began = (await arm.state()).stamp, loop.time()
        last = first
        for _ in range(LOOKS):
            await asyncio.sleep(BETWEEN)
            state, at = await arm.state(), loop.time()
            assert state.stamp >= last, f"the stamp went back from {last:.3f} to {state.stamp:.3f} s"
            age = (at - began) - (state.stamp - first)
            assert abs(age) <= 0.3, f"after {at - began:.2f} s the stamp has moved on by {state.stamp - first:.2f} s"
            last = state.stamp
            position = state.joints.position
            assert position.shape == limits.lower.shape, f"{position.shape} joints, expected {limits.lower.shape}"
            assert np.isfinite(position).all(), f"a joint position is not finite: {position}"
            assert np.isfinite(state.joints.velocity).all(), f"a joint speed is not finite: {state.joints.velocity}"
            beyond = np.flatnonzero((position < limits.lower - ROUNDING) | (position > limits.upper + ROUNDING))
            assert not beyond.size, (
                f"joint {beyond[0] + 1} is at {position[beyond[0]]:.3f} rad, beyond the model's limit"
            )
            assert math.isfinite(state.speed_override), "the speed override is not finite"
            assert 0.0 <= state.speed_override <= 1.0, f"speed override {state.speed_override:g} is not a share"
            assert np.isfinite(state.tcp.matrix).all(), "the TCP is not finite"

    @rule(safe=True)
    async def test_reading_and_closing_leave_no_task_behind(self, rig: ArmRig) -> None:
        async with assert_no_task_is_left():
            arm = await self.connected(rig)
            await arm.state()
            await arm.close()
