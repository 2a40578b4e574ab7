"""A stop that arrives while a motion still reads the arm's state counts for that motion."""

from __future__ import annotations

import asyncio

import pytest
from cellkit_virtual.arm import VirtualArm

from cellkit.controller.world import WorldSettings, create_world
from cellkit.devices import ArmState
from cellkit.errors import MotionAborted
from cellkit.geometry import Pose
from cellkit.models.load import load_arm
from cellkit.timing import run


class SlowToAnswer(VirtualArm):
    """An arm whose state takes a while to arrive, as over a wire."""

    async def _read_state(self) -> ArmState:
        await asyncio.sleep(0.05)
        return await super()._read_state()


def test_a_stop_before_the_motion_has_begun() -> None:
    async def main() -> None:
        model = load_arm("ur5e")
        world = create_world("kinematic", WorldSettings())
        plants = world.add_arm("robot", model, Pose.from_rpy((0, 0, 0), frame="world"))
        async with SlowToAnswer("robot", model, plants.arm) as arm:
            motion = asyncio.ensure_future(arm.move_joint(arm.home + 0.5))
            await asyncio.sleep(0.02)
            await arm.stop()
            with pytest.raises(MotionAborted, match="before it began"):
                await motion
            assert plants.arm.state().position == pytest.approx(arm.home)
            assert not arm.busy

    run(main())
