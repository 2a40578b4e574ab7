"""Set-points from outside: followed exactly, ended by a ramp, refused when something else moves the arm."""

from __future__ import annotations

import asyncio
import math

import numpy as np
import pytest

from cellkit.controller.arm_controller import ArmController
from cellkit.controller.setpoint_follower import SetpointFollower
from cellkit.controller.world import WorldSettings, create_world
from cellkit.devices import JointMotion
from cellkit.errors import CommandRejected, ProtectiveStop
from cellkit.geometry import Pose
from cellkit.models.load import load_arm
from cellkit.timing import now, run

PERIOD = 0.004


def kernel() -> ArmController:
    world = create_world("kinematic", WorldSettings())
    model = load_arm("ur5e")
    return ArmController("arm", model, world.add_arm("arm", model, Pose(np.eye(4), "world")).arm)


async def swing(controller: ArmController, seconds: float) -> None:
    """Joint 1 swings as a sine would, one set-point a period."""
    home = np.array(controller.model.home)
    for cycle in range(round(seconds / PERIOD)):
        goal = home.copy()
        goal[0] += 0.3 * math.sin(2.0 * cycle * PERIOD)
        controller.guide(goal)
        await asyncio.sleep(PERIOD)


def test_setpoints_are_reached_one_period_later() -> None:
    guidance = SetpointFollower([0.0, 1.0], 0.01)
    guidance.push(1.0, [0.1, 1.0])
    assert guidance.position(1.0) == [0.0, 1.0]
    assert guidance.position(1.005) == pytest.approx([0.05, 1.0])
    assert guidance.position(1.01) == [0.1, 1.0]
    assert guidance.position(2.0) == [0.1, 1.0]
    position, velocity = guidance.sample(1.005)
    assert position == pytest.approx([0.05, 1.0])
    assert velocity == pytest.approx([10.0, 0.0])
    assert guidance.sample(1.02)[1] == pytest.approx([0.0, 0.0])


def test_the_arm_follows_and_holds_where_it_was_led_to() -> None:
    async def main() -> None:
        controller = kernel()
        controller.begin_guidance(PERIOD)
        assert controller.guided
        await swing(controller, 1.0)
        await asyncio.sleep(PERIOD)
        home = controller.model.home[0]
        assert controller.joints().position[0] == pytest.approx(home + 0.3 * math.sin(2.0 * 0.996), abs=1e-9)
        controller.end_guidance()
        assert not controller.guided
        assert not controller.moving
        await controller.submit(JointMotion(np.array(controller.model.home), 1.0, 1.0))

    run(main())


def test_a_stop_ends_guidance_with_a_ramp() -> None:
    async def main() -> None:
        controller = kernel()
        controller.begin_guidance(PERIOD)
        leading = asyncio.ensure_future(swing(controller, 3.0))
        await asyncio.sleep(0.05)
        assert controller.moving
        before, began = controller.joints(), now()
        await controller.stop()
        assert now() > began
        after = controller.joints()
        assert 0.0 < abs(after.position[0] - before.position[0]) < 0.05
        with pytest.raises(CommandRejected, match="not guided"):
            await leading
        await asyncio.sleep(0.5)
        assert controller.joints().position == pytest.approx(after.position, abs=1e-9)

    run(main())


def test_a_protective_stop_ends_it_too_and_it_can_begin_again() -> None:
    async def main() -> None:
        controller = kernel()
        controller.begin_guidance(PERIOD)
        controller.protective_stop()
        assert not controller.guided
        with pytest.raises(ProtectiveStop):
            controller.begin_guidance(PERIOD)
        await controller.reset()
        controller.begin_guidance(PERIOD)
        controller.end_guidance()
        controller.end_guidance()

    run(main())


def test_what_is_commanded_while_guided_and_while_planned() -> None:
    async def main() -> None:
        controller = kernel()
        home = np.array(controller.model.home)
        assert controller.commanded()[0] == pytest.approx(home)
        controller.begin_guidance(PERIOD)
        controller.guide(home + 0.001)
        await asyncio.sleep(PERIOD / 2)
        position, velocity = controller.commanded()
        assert position == pytest.approx(home + 0.0005)
        assert velocity == pytest.approx(np.full(6, 0.001 / PERIOD))
        assert not controller.emergency_pressed
        controller.press_emergency_stop()
        assert controller.emergency_pressed
        controller.release_emergency_stop()
        assert not controller.emergency_pressed

    run(main())


def test_guidance_and_motions_exclude_each_other() -> None:
    async def main() -> None:
        controller = kernel()
        goal = np.array(controller.model.home) + 0.1
        moving = controller.submit(JointMotion(goal, 1.0, 1.0))
        with pytest.raises(CommandRejected, match="a motion runs"):
            controller.begin_guidance(PERIOD)
        await moving
        controller.begin_guidance(PERIOD)
        with pytest.raises(CommandRejected, match="set-points"):
            controller.submit(JointMotion(goal, 1.0, 1.0))
        with pytest.raises(CommandRejected, match="guided"):
            controller.servo(goal)

    run(main())
