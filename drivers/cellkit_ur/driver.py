"""The driver of Universal Robots' e-Series: states and orders by RTDE, motions by the driver's own control program."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from typing_extensions import override

from cellkit import masses
from cellkit.controller.planner import MotionPlanner
from cellkit.devices import Freedrive, Load, Motion, Servoing, StopCategory, Tool
from cellkit.devices.motion import CircularMotion, JointMotion, LinearMotion, PathMotion
from cellkit.errors import CommandRejected, PlanningError
from cellkit.geometry import Array
from cellkit.joints import JointLimits
from cellkit.motion.leading_joint import of_leading_joint
from cellkit.motion.trajectory import Trajectory, plan_joint, plan_stop
from cellkit.timing import now
from cellkit_ur.control import UrControl
from cellkit_ur.control_interface import CAPACITY, SET_POINT, SPEED_SLIDER, Order, load_program
from cellkit_ur.protocol.base_frame import six, to_vendor
from cellkit_ur.rtde_link import Row
from cellkit_ur.signals import UrSignals

SERVO_TAIL = 0.5  # s for which the last set-point is repeated: servoj lags behind by some tenths


class UrArm(UrControl, UrSignals, Servoing, Freedrive):
    """A UR e-Series arm under PolyScope 5, in remote control."""

    @cached_property
    def _planner(self) -> MotionPlanner:
        return MotionPlanner(self.kinematics)

    async def _make_ready(self) -> None:
        self._servo: tuple[Trajectory, float] | None = None
        self._servo_order = 0
        self._freedrive = False
        await super()._make_ready()

    def _on_row(self, row: Row) -> None:
        super()._on_row(row)
        if self._servo is not None:
            self._stream_set_point(row)

    async def _stop(self, category: StopCategory = StopCategory.TWO) -> None:
        self._servo, self._servo_order = None, 0
        self._freedrive = False
        await super()._stop(category)

    # --- motions --------------------------------------------------------------------------------------------------

    async def _execute(self, motion: Motion) -> None:
        self._begin()
        if self._freedrive:
            raise CommandRejected(self.name, "freedrive is on")
        await self._end_servo()
        await self._ensure_program()
        match motion:
            case JointMotion(joints):
                start, goal = self._row.target_q, joints.tolist()
                limits = self._planner.joint_limits(motion, np.array(start), self.tool.load + self.payload)
                await self._carry_out(
                    Order.MOVE_JOINTS,
                    goal,
                    acceleration=of_leading_joint(start, goal, limits.acceleration.tolist(), 1.0),
                    speed=of_leading_joint(start, goal, limits.velocity.tolist(), 1.0),
                )
            case LinearMotion(pose, speed, acceleration):
                await self._carry_out(Order.MOVE_LINEAR, to_vendor(pose.matrix), acceleration=acceleration, speed=speed)
            case CircularMotion(via, pose, speed, acceleration):
                await self._carry_out(
                    Order.MOVE_CIRCULAR,
                    to_vendor(via.matrix),
                    to_vendor(pose.matrix),
                    acceleration=acceleration,
                    speed=speed,
                )
            case PathMotion():
                await self._follow_path(motion)

    async def _follow_path(self, motion: PathMotion) -> None:
        if len(motion.waypoints) > CAPACITY:
            raise CommandRejected(self.name, f"a path has at most {CAPACITY} waypoints, not {len(motion.waypoints)}")
        last = len(motion.waypoints) - 1
        for index, waypoint in enumerate(motion.waypoints):
            await self._carry_out(
                Order.STORE_WAYPOINT,
                to_vendor(waypoint.pose.matrix),
                count=index,
                radius=waypoint.blend_radius if index < last else 0.0,
            )
        await self._carry_out(Order.FOLLOW_PATH, count=last + 1, acceleration=motion.acceleration, speed=motion.speed)

    # --- settings -------------------------------------------------------------------------------------------------

    async def _set_speed_override(self, share: float) -> None:
        self._send(SPEED_SLIDER, 1, share)
        await self._react(lambda row: abs(row.speed_share - share) < 1e-9, "does not apply the speed")

    async def _set_load(self, tool: Tool, payload: Load) -> None:
        tcp, both = six(tool.tcp.matrix), tool.load + payload
        centre = tuple(both.centre_of_gravity.tolist())
        xx, xy, xz, yy, yz, zz = masses.six(both.inertia)
        wanted = (*tcp, both.mass, *centre)
        self._exception = None
        self._upload(load_program(tcp, both.mass, centre, (xx, yy, zz, xy, xz, yz)))

        def taken(row: Row) -> bool:
            return self._failed() or _same_numbers((*row.tcp_offset, *row.load), wanted)

        await self._react(taken, "does not apply tool and load")
        if self._exception is not None:
            raise CommandRejected(self.name, f"tool and load: {self._exception.text}")

    # --- abilities ------------------------------------------------------------------------------------------------

    @override
    async def servo_joint(self, joints: Sequence[float] | Array) -> None:
        """Send set-points with every state that comes in, on a trajectory within the limits."""
        target = self._joints(joints)
        self._require_idle("servo_joint")
        self._begin()
        await self._ready()
        if self._freedrive:
            raise CommandRejected(self.name, "freedrive is on")
        try:
            await self._ensure_program()
            if self._servo is None:
                start = np.array(self._row.target_q)
                self._send(SET_POINT, 1, *start.tolist())
                await self._carry_out(Order.SERVO, self._row.target_q, taken=True)
                self._servo_order = self._number
                self._servo = (plan_joint(start, target, self._servo_limits()), now())
                return
            trajectory, since = self._servo
            position, speed = trajectory.sample(now() - since)
            self._servo = (self._planned(position, target, speed), now())
        except PlanningError as error:
            raise CommandRejected(self.name, str(error), state=self._state_text()) from None

    def _servo_limits(self) -> JointLimits:
        share = self._row.speed_share
        return self.limits.scaled(share) if share > 0.0 else self.limits

    def _planned(self, position: Array, target: Array, speed: Array) -> Trajectory:
        if self._row.speed_share == 0.0:
            return plan_stop(position, speed, self.limits)
        return plan_joint(position, target, self._servo_limits(), speed)

    def _stream_set_point(self, row: Row) -> None:
        assert self._servo is not None
        trajectory, since = self._servo
        if not row.fine:
            self._servo = None
            return
        elapsed = now() - since
        going = elapsed < trajectory.duration + SERVO_TAIL
        self._rtde.send(SET_POINT, int(going), *trajectory.position(elapsed))
        if not going:
            self._servo = None

    async def _end_servo(self) -> None:
        if self._servo is not None:
            trajectory, since = self._servo
            if now() - since < trajectory.duration:
                raise CommandRejected(self.name, "the arm still follows servo set-points; stop it first")
            self._servo = None
            self._send(SET_POINT, 0, *trajectory.position(trajectory.duration))
        number, self._servo_order = self._servo_order, 0
        if number and self._program_ours(self._row):
            await self._react(lambda row: row.carried_out == number or not row.fine, "does not end servoing")

    @override
    async def set_freedrive(self, on: bool) -> None:
        self._require_idle("set_freedrive")
        if on is self._freedrive:
            return
        self._begin()
        await self._ready()
        await self._end_servo()
        await self._ensure_program()
        await self._carry_out(Order.FREEDRIVE if on else Order.END_FREEDRIVE)
        self._freedrive = on


def _same_numbers(actual: Sequence[float], wanted: Sequence[float]) -> bool:
    """Return whether the numbers are the same; rotation vectors of half a turn have two signs."""
    return all(
        abs(a - b) < 1e-6 or (3 <= i < 6 and abs(a + b) < 1e-6)
        for i, (a, b) in enumerate(zip(actual, wanted, strict=True))
    )
