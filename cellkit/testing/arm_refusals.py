"""Rules for arms: life cycle, and commands that are refused before a byte is sent."""

# ruff: noqa: D102  (the name of a rule states what the rule asks for; a failing test shows it)

from __future__ import annotations

import asyncio
import gc
import math
from collections.abc import Coroutine
from typing import Any

import numpy as np

from cellkit.devices import Arm, Lifecycle, Load, OperationalMode, Tool, Waypoint
from cellkit.errors import (
    CommandRejected,
    ConnectionFailed,
    DeviceError,
    LimitViolation,
    MotionAborted,
    OutOfReach,
)
from cellkit.geometry import Pose
from cellkit.testing.arm_rig import ArmRig
from cellkit.testing.arm_rules import GRACE, ArmRules
from cellkit.testing.contract import LifecycleContract, assert_lifecycle, each, events, raised, refused, rule


class ArmLifecycle(LifecycleContract[ArmRig], ArmRules):
    """Rules for connecting and closing."""

    def ask(self, device: Arm) -> Coroutine[Any, Any, object]:
        """Read the state of the arm."""
        return device.state()

    @rule
    async def test_connecting_over_a_dead_link_fails_and_leaves_the_arm_closed(self, rig: ArmRig) -> None:
        self.needs(rig, "drop_link", "restore_link")
        arm = rig.device
        rig.drop_link()
        await refused(arm.connect(), ConnectionFailed, because="connect() without a controller")
        assert_lifecycle(arm, Lifecycle.CLOSED)
        rig.restore_link()
        await arm.connect()
        assert_lifecycle(arm, Lifecycle.OPEN)

    @rule(safe=True)
    async def test_refuses_everything_while_it_is_not_connected(self, rig: ArmRig) -> None:
        arm = rig.device
        for when in ("before connect()", "after close()"):
            for command, name in each(*((command, name) for name, command in self._commands(arm).items())):
                await refused(command, CommandRejected, because=f"{name} {when}")
            if when == "before connect()":
                await arm.connect()
                await arm.close()

    @rule
    async def test_closing_stops_the_running_motion(self, rig: ArmRig) -> None:
        arm = await self.connected(rig)
        motion = await self.under_way(rig)
        await arm.close()
        await raised(motion, MotionAborted, 1.0, "close() during a motion")
        await self.assert_stands(rig, "after close()")

    @rule
    async def test_leaves_no_task_and_no_unheard_error_behind(self, rig: ArmRig) -> None:
        """Check for stray tasks and for errors that no task retrieved, after stops, cancels and closing."""
        loop, unheard = asyncio.get_running_loop(), []
        before = asyncio.all_tasks()
        loop.set_exception_handler(lambda _, context: unheard.append(context.get("exception") or context["message"]))
        gc.collect()
        unheard.clear()  # collect what earlier tests left
        arm = await self.connected(rig)
        for end in (arm.stop, None):
            await arm.move_joint(arm.home)
            motion = await self.under_way(rig)
            if end is None:
                motion.cancel()
            else:
                await end()
            await asyncio.wait({motion})
            assert motion.cancelled() or motion.exception() is not None
            await asyncio.sleep(GRACE)
        del motion, end
        await arm.close()
        await asyncio.sleep(GRACE)
        gc.collect()
        left = [task.get_name() + ": " + repr(task.get_coro()) for task in asyncio.all_tasks() - before]
        assert not left, f"these tasks still run: {left}"
        assert not unheard, f"no task retrieved these errors: {unheard}"

    def _commands(self, arm: Arm) -> dict[str, Any]:
        pose = self.lifted(arm)
        return {
            "state()": arm.state(),
            "move_joint()": arm.move_joint(arm.home),
            "move_pose()": arm.move_pose(pose),
            "move_linear()": arm.move_linear(pose),
            "move_circular()": arm.move_circular(pose.shifted(0.01), pose),
            "move_path()": arm.move_path([Waypoint(pose)]),
            "nearest()": arm.nearest([pose]),
            "set_tool()": arm.set_tool(Tool()),
            "set_payload()": arm.set_payload(Load()),
            "set_speed_override()": arm.set_speed_override(0.5),
            "recover()": arm.recover(),
        }


class ArmRefusals(ArmRules):
    """Rules for commands that are wrong in themselves or come at the wrong time."""

    @rule(safe=True)
    async def test_refuses_joints_of_the_wrong_shape(self, rig: ArmRig) -> None:
        arm = await self.connected(rig)
        home = arm.home.tolist()
        for target in (home[:-1], [*home, 0.0], [], [home]):
            await self.assert_refused_and_still(
                rig, arm.move_joint(target), CommandRejected, because=f"{np.shape(target)} for {len(home)} joints"
            )

    @rule(safe=True)
    async def test_refuses_numbers_that_are_not_finite(self, rig: ArmRig) -> None:
        arm = await self.connected(rig)
        for number in (math.nan, math.inf):
            joints, pose, why = [*arm.home.tolist()[:-1], number], self.lifted(arm), f"{number} as a"
            for command, text in each(
                (arm.move_joint(joints), "joint"),
                (arm.move_joint(arm.home, speed=number), "speed"),
                (arm.move_joint(arm.home, acceleration=number), "acceleration"),
                (arm.move_linear(pose, speed=number), "path speed"),
                (arm.move_joint(arm.home, timeout=number), "timeout"),
                (arm.move_path([Waypoint(pose, number)]), "blend radius"),
                (arm.set_speed_override(number), "speed override"),
            ):
                await self.assert_refused_and_still(rig, command, CommandRejected, because=f"{why} {text}")

    @rule(safe=True)
    async def test_refuses_joints_beyond_their_limits(self, rig: ArmRig) -> None:
        arm = await self.connected(rig)
        for joint, (low, high) in enumerate(zip(arm.limits.lower, arm.limits.upper, strict=True)):
            for limit, beyond in ((low, low - 0.01), (high, high + 0.01)):
                if not math.isfinite(limit):
                    continue
                target = arm.home.copy()
                target[joint] = beyond
                why = f"joint {joint + 1} at {beyond:.3f} rad, limit {limit:.3f} rad"
                await self.assert_refused_and_still(
                    rig, arm.move_joint(target), LimitViolation, f"{math.degrees(limit):.2f}", because=why
                )

    @rule(safe=True)
    async def test_refuses_speeds_out_of_their_range(self, rig: ArmRig) -> None:
        arm = await self.connected(rig)
        pose, cartesian = self.lifted(arm), arm.model.cartesian
        for command, why in each(
            (arm.move_joint(self.away(arm), speed=0.0), "no speed"),
            (arm.move_joint(self.away(arm), speed=1.01), "101 % speed"),
            (arm.move_pose(pose, acceleration=-0.5), "a negative acceleration"),
            (arm.move_linear(pose, speed=cartesian.max_speed * 1.01), "a path speed above the model's"),
            (arm.move_linear(pose, acceleration=0.0), "no path acceleration"),
            (arm.set_speed_override(1.01), "speed override 101 %"),
            (arm.set_speed_override(-0.01), "a negative speed override"),
        ):
            await self.assert_refused_and_still(rig, command, LimitViolation, because=why)

    @rule(safe=True)
    async def test_refuses_an_unknown_frame(self, rig: ArmRig) -> None:
        arm = await self.connected(rig)
        pose = Pose(self.lifted(arm).matrix, "nowhere")
        for command, text in each(*self._to(arm, pose)):
            await self.assert_refused_and_still(
                rig, command, CommandRejected, "nowhere", because=f"{text} in an unknown frame"
            )

    @rule(safe=True)
    async def test_refuses_a_pose_out_of_reach(self, rig: ArmRig) -> None:
        arm = await self.connected(rig)
        far = self.lifted(arm, x=20.0)
        for command, text in each(*self._to(arm, far)):
            await self.assert_refused_and_still(rig, command, OutOfReach, because=f"{text} to a pose 20 m away")

    @rule
    async def test_refuses_motions_in_manual_mode(self, rig: ArmRig) -> None:
        self.needs(rig, "set_mode")
        arm = await self.connected(rig)
        await rig.set_mode(OperationalMode.MANUAL_REDUCED_SPEED)
        await asyncio.sleep(GRACE)  # until the driver has received the mode
        commands = (*self._to(arm, self.lifted(arm)), (arm.move_joint(self.away(arm)), "move_joint()"))
        for command, text in each(*commands):
            await self.assert_refused_and_still(rig, command, CommandRejected, "mode", because=f"{text} in manual mode")
        await rig.set_mode(OperationalMode.AUTOMATIC)
        await asyncio.sleep(GRACE)
        await self.assert_usable(rig, "back in automatic mode")

    @rule(safe=True)
    async def test_a_refused_command_is_never_begun(self, rig: ArmRig) -> None:
        """Check that a refused command sends no event, changes no state and leaves the arm idle."""
        arm = await self.connected(rig)
        with events(arm) as seen:
            await refused(arm.move_joint([math.nan]), CommandRejected, because="NaN")
            await refused(arm.move_pose(self.lifted(arm, x=20.0)), OutOfReach, because="a pose 20 m away")
        assert not [event.what for event in seen if event.what == "command"]
        assert not arm.busy
        state = await arm.state()
        assert not state.moving

    @rule
    async def test_refuses_a_load_beyond_the_payload_with_both_figures(self, rig: ArmRig) -> None:
        arm = await self.connected(rig)
        allowed = arm.model.payload.value
        if allowed is None:
            return
        heavy = allowed + 1.0
        for command, text in each(
            (arm.set_payload(Load(heavy)), "payload"), (arm.set_tool(Tool("anvil", load=Load(heavy))), "tool")
        ):
            await refused(command, LimitViolation, f"{heavy:.3g}", f"{allowed:g}", because=f"too heavy a {text}")
        assert arm.payload.mass == 0.0
        assert arm.tool.name != "anvil"
        await arm.set_payload(Load(allowed))
        assert arm.payload.mass == allowed
        await refused(
            arm.set_tool(Tool("glove", load=Load(0.5))),
            LimitViolation,
            because="tool and payload are too heavy together",
        )

    def _to(self, arm: Arm, pose: Pose) -> list[tuple[Coroutine[Any, Any, None], str]]:
        return [
            (arm.move_pose(pose), "move_pose()"),
            (arm.move_linear(pose), "move_linear()"),
            (arm.move_path([Waypoint(pose)]), "move_path()"),
        ]

    @rule(safe=True)
    async def test_errors_name_the_device(self, rig: ArmRig) -> None:
        arm = await self.connected(rig)
        error = await refused(arm.move_joint([]), DeviceError, arm.name, because="no joints at all")
        assert error.device == arm.name
