"""Rules for arms: the arm reaches its goals on the requested path at the requested speed."""

# ruff: noqa: D102  (the name of a rule states what the rule asks for; a failing test shows it)

from __future__ import annotations

import asyncio
import itertools

import numpy as np
import pytest

from cellkit.devices import Arm, Freedrive, Load, Servoing, Tool, Waypoint
from cellkit.errors import CommandRejected, LimitViolation
from cellkit.geometry import Array, Pose
from cellkit.testing.arm_rig import ArmRig
from cellkit.testing.arm_rules import GRACE, ArmRules
from cellkit.testing.contract import refused, rule


class ArmGoals(ArmRules):
    """Rules for the goals of motions.

    Positions are measured at the plant at the moment when the driver reports the end.
    """

    @rule
    async def test_move_joint_reaches_its_goal(self, rig: ArmRig) -> None:
        arm = await self.connected(rig)
        for goal in (self.away(arm), arm.home):
            await arm.move_joint(goal)
            self.assert_joints(rig, goal, "after move_joint()")
            await self.assert_stands(rig, "after move_joint()")

    @rule
    async def test_move_pose_reaches_its_goal(self, rig: ArmRig) -> None:
        arm = await self.connected(rig)
        turned = self.lifted(arm, y=0.05) @ Pose.from_rpy((0.0, 0.0, 0.0), (0.1, -0.1, 0.3))
        await arm.move_pose(turned)
        self.assert_tcp(rig, turned, "after move_pose()")
        await self.assert_stands(rig, "after move_pose()")

    @rule
    async def test_move_linear_reaches_its_goal_on_a_straight_line(self, rig: ArmRig) -> None:
        arm = await self.connected(rig)
        start, goal = self.lifted(arm, z=0.0), self.lifted(arm, y=0.08)
        seen, _ = await self.watched(rig, arm.move_linear(goal, speed=0.2))
        self.assert_tcp(rig, goal, "after move_linear()")
        off = max(_off_line(pose.position, start.position, goal.position) for pose in seen)
        assert off <= self.tolerance, f"the TCP was {off * 1000:.2f} mm beside the straight line"
        turn = max(pose.distance(goal)[1] for pose in seen)
        assert turn <= self.angle_tolerance, f"the tool turned by {turn:.4f} rad on the way"

    @rule
    async def test_move_circular_reaches_its_goal_on_the_arc(self, rig: ArmRig) -> None:
        arm = await self.connected(rig)
        radius = 0.04
        centre = self.lifted(arm, y=radius, z=0.0).position
        via, goal = self.lifted(arm, y=radius, z=radius), self.lifted(arm, y=2 * radius, z=0.0)
        seen, _ = await self.watched(rig, arm.move_circular(via, goal, speed=0.1))
        self.assert_tcp(rig, goal, "after move_circular()")
        off = max(abs(float(np.linalg.norm(pose.position - centre)) - radius) for pose in seen)
        assert off <= self.tolerance, f"the TCP was {off * 1000:.2f} mm beside the arc"
        nearest = min(pose.distance(via)[0] for pose in seen)
        assert nearest <= 0.1 * 0.02 + self.tolerance, (
            f"the distance from the TCP to via was never less than {nearest * 1000:.2f} mm"
        )

    @rule
    async def test_move_path_blends_its_corners_and_reaches_the_end(self, rig: ArmRig) -> None:
        self.needs(rig, "blending")
        arm = await self.connected(rig)
        blend, speed = 0.02, 0.1
        corner, goal = self.lifted(arm, y=0.08, z=0.0), self.lifted(arm, y=0.08, z=0.08)
        path = [Waypoint(corner, blend), Waypoint(goal)]
        seen, _ = await self.watched(rig, arm.move_path(path, speed=speed))
        self.assert_tcp(rig, goal, "after move_path()")
        nearest = min(pose.distance(corner)[0] for pose in seen)
        assert nearest <= blend + self.tolerance, (
            f"the distance from the TCP to the corner was never less than {nearest * 1000:.2f} mm"
        )
        around = [pose for pose in seen if pose.distance(corner)[0] <= blend]
        steps = [after.distance(before)[0] for before, after in itertools.pairwise(around)]
        assert steps, "no sample of the blend: the TCP was never near the corner"
        assert min(steps) > 0.3 * speed * 0.02, "the TCP stopped in a blended corner"

    @rule
    async def test_move_path_passes_an_unblended_corner_exactly(self, rig: ArmRig) -> None:
        arm = await self.connected(rig)
        speed = 0.05
        corner, goal = self.lifted(arm, y=0.06, z=0.0), self.lifted(arm, y=0.06, z=0.06)
        seen, _ = await self.watched(rig, arm.move_path([Waypoint(corner), Waypoint(goal)], speed=speed))
        self.assert_tcp(rig, goal, "after move_path()")
        nearest = min(pose.distance(corner)[0] for pose in seen)
        assert nearest <= self.tolerance, (
            f"the distance from the TCP to the corner was never less than {nearest * 1000:.2f} mm"
        )

    @rule
    async def test_poses_count_in_their_own_frame(self, rig: ArmRig) -> None:
        arm = await self.connected(rig)
        start = self.lifted(arm, z=0.0)
        arm.set_frame("table", Pose.from_rpy((0.1, -0.2, 0.05), (0.0, 0.0, 0.4)))
        table = Pose.from_rpy((0.1, -0.2, 0.05), (0.0, 0.0, 0.4))
        goal = self.lifted(arm)
        await arm.move_pose(Pose(table.inverse("table").matrix @ goal.matrix, "table"))
        self.assert_tcp(rig, goal, "after a motion to a pose in a user's frame")
        await arm.move_pose(Pose(np.linalg.inv(goal.matrix) @ start.matrix, "tcp"))
        self.assert_tcp(rig, start, "after a motion to a pose in the frame of the TCP")

    @rule
    async def test_speed_override_scales_the_duration(self, rig: ArmRig) -> None:
        arm = await self.connected(rig)
        goal = self.away(arm)
        _, full = await self.watched(rig, arm.move_joint(goal))
        assert full > 0.0, "the motion took no time"
        await arm.set_speed_override(0.25)
        _, quarter = await self.watched(rig, arm.move_joint(arm.home))
        assert 3.0 <= quarter / full <= 5.0, (
            f"at a quarter of the speed, the duration changed from {full:.2f} s to {quarter:.2f} s"
        )
        assert (await arm.state()).speed_override == pytest.approx(0.25, abs=0.01)
        self.assert_joints(rig, arm.home, "at speed override 25 %")

    @rule
    async def test_speed_override_zero_holds_the_arm_and_lets_it_go_on(self, rig: ArmRig) -> None:
        arm = await self.connected(rig)
        motion = await self.under_way(rig)
        await arm.set_speed_override(0.0)
        await self.assert_stands(rig, "at speed override 0")
        assert not motion.done(), "speed override 0 must hold the motion, not end it"
        await arm.set_speed_override(1.0)
        await motion
        self.assert_joints(rig, self.away(arm), "after the speed override was raised again")

    @rule
    async def test_the_tcp_follows_the_tool(self, rig: ArmRig) -> None:
        arm = await self.connected(rig)
        flange = (await arm.state()).tcp
        tool = Tool("pen", Pose.from_rpy((0.02, 0.0, 0.12), (0.0, 0.2, 0.0), frame="flange"), Load(0.3))
        await arm.set_tool(tool)
        await asyncio.sleep(GRACE)
        state = await arm.state()
        metres, angle = state.tcp.distance(flange @ tool.tcp)
        assert metres <= self.tolerance, f"after set_tool(), the reported TCP is {metres * 1000:.1f} mm off"
        assert angle <= self.angle_tolerance, f"after set_tool(), the reported TCP is turned by {angle:.4f} rad"
        goal = self.lifted(arm)
        for move in (arm.move_pose, arm.move_linear):
            await move(goal)
            self.assert_tcp(rig, goal, f"{move.__name__}() with a tool")
            goal = goal.shifted(z=-0.04)

    @rule
    async def test_states_are_fresh_and_monotone(self, rig: ArmRig) -> None:
        arm = await self.connected(rig)
        loop = asyncio.get_running_loop()
        first, began = (await arm.state()).stamp, loop.time()
        motion = await self.under_way(rig)
        last = first
        while not motion.done():
            await asyncio.sleep(0.1)
            state, at = await arm.state(), loop.time()
            assert state.stamp >= last, f"the stamp decreased from {last:.3f} to {state.stamp:.3f} s"
            assert state.joints.stamp <= state.stamp + 1e-6, "the joints have a later stamp than their state"
            age = (at - began) - (state.stamp - first)
            assert abs(age) <= 0.2, f"after {at - began:.2f} s the stamp has advanced by {state.stamp - first:.2f} s"
            last = state.stamp
        await motion

    @rule
    async def test_states_tell_what_the_mechanics_do(self, rig: ArmRig) -> None:
        arm = await self.connected(rig)
        motion = await self.under_way(rig)
        assert (await arm.state()).moving, "the arm moves, and its state reports that it is at rest"
        await motion
        await asyncio.sleep(GRACE)
        state = await arm.state()
        assert not state.moving, "the arm is at rest, and its state reports that it moves"
        off = float(np.abs(state.joints.position - rig.true_joints()).max())
        assert off <= self.joint_tolerance, f"a joint in the state is {off:.4f} rad off its true position"
        metres, angle = state.tcp.distance(self.true_tcp(rig))
        assert metres <= self.tolerance, f"the TCP in the state is {metres * 1000:.2f} mm off its true position"
        assert angle <= self.angle_tolerance, f"the TCP in the state is turned by {angle:.4f} rad"
        assert np.abs(state.joints.velocity).max() <= 0.01, "the arm is at rest, and its state has joint speeds"


class ArmAbilities(ArmRules):
    """Rules for the optional abilities: a driver that has one must have all of it."""

    @rule
    async def test_servoing_follows_its_set_points(self, rig: ArmRig) -> None:
        arm = await self.connected(rig)
        servo = _servoing(arm)
        for by in (0.1, 0.2, 0.15):
            await servo.servo_joint(self.away(arm, by))
            await asyncio.sleep(0.1)
        await asyncio.sleep(2.0)
        self.assert_joints(rig, self.away(arm, 0.15), "after the last servo set-point")

    @rule
    async def test_servoing_ends_with_stop(self, rig: ArmRig) -> None:
        arm = await self.connected(rig)
        servo = _servoing(arm)
        goal = self.away(arm, 2.5)  # farther than the slowest stop takes
        await servo.servo_joint(goal)
        await asyncio.sleep(0.05)  # before the arm brakes for the set-point
        await arm.stop()
        await self.assert_stands(rig, "after stop() while servoing")
        assert np.abs(rig.true_joints() - goal).max() > 0.05, "the arm moved to the set-point in spite of stop()"
        await self.assert_usable(rig, "after stop() while servoing")

    @rule
    async def test_servoing_refuses_what_a_motion_refuses(self, rig: ArmRig) -> None:
        arm = await self.connected(rig)
        servo = _servoing(arm)
        beyond: Array = arm.home.copy()
        joint = int(np.argmin(np.where(np.isfinite(arm.limits.upper), arm.limits.upper, np.inf)))
        if np.isfinite(arm.limits.upper[joint]):
            beyond[joint] = arm.limits.upper[joint] + 0.1
            await self.assert_refused_and_still(
                rig, servo.servo_joint(beyond), LimitViolation, because="a set-point beyond a joint limit"
            )
        await self.assert_refused_and_still(
            rig, servo.servo_joint(np.full(arm.model.dof, np.nan)), CommandRejected, because="a set-point of NaN"
        )
        motion = await self.under_way(rig)
        await refused(servo.servo_joint(arm.home), CommandRejected, because="a set-point during a motion")
        await motion

    @rule
    async def test_freedrive_refuses_motions_while_it_is_on(self, rig: ArmRig) -> None:
        arm = await self.connected(rig)
        if not isinstance(arm, Freedrive):
            pytest.skip("the arm has no Freedrive")
        await arm.set_freedrive(True)
        await self.assert_refused_and_still(
            rig, arm.move_joint(self.away(arm)), CommandRejected, because="a motion during freedrive"
        )
        await arm.set_freedrive(False)
        await self.assert_usable(rig, "after freedrive")


def _servoing(arm: Arm) -> Servoing:
    if not isinstance(arm, Servoing):
        pytest.skip("the arm has no Servoing")
    return arm


def _off_line(point: Array, start: Array, end: Array) -> float:
    direction = (end - start) / np.linalg.norm(end - start)
    along = np.clip((point - start) @ direction, 0.0, np.linalg.norm(end - start))
    return float(np.linalg.norm(point - start - along * direction))
