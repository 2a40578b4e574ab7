"""From commands of the wire to motions of the kernel, as the control box understands them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from cellkit.controller.arm_controller import ArmController
from cellkit.devices import CircularMotion, JointMotion, LinearMotion, Motion, PathMotion, Waypoint
from cellkit.errors import PlanningError, SingularPath, Unreachable
from cellkit.geometry import Array, Pose
from cellkit.motion.path import Arc
from cellkit_ufactory.protocol.commands import CircleMove, HomeMove, JointMove, LineMove, Queueable, RelativeMove, Sleep
from cellkit_ufactory.protocol.units import MM, lead, pose_matrix
from cellkit_ufactory.virtual_settings import ControlBoxSettings

KINEMATIC, JOINT_LIMIT, SPEED_LIMIT, PLANNING, CIRCLE, BOUNDARY = 21, 23, 24, 25, 32, 35
WHOLE = 0.995  # share of a circle above which it is gone round in two halves: its ends would coincide
ROUNDING = 1e-5  # rad that float32 may put a joint beyond its limit


class Impossible(Exception):
    """A motion for which the control box stops with error ``code``."""

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(f"error {code}")

    @classmethod
    def of(cls, error: PlanningError, command: Queueable) -> Impossible:
        """What the kernel could not plan."""
        if isinstance(command, CircleMove) and not isinstance(error, Unreachable | SingularPath):
            return cls(CIRCLE)
        return cls(
            KINEMATIC
            if isinstance(error, Unreachable)
            else SPEED_LIMIT
            if isinstance(error, SingularPath)
            else PLANNING
        )


class MotionFactory:
    """Makes motions from where the arm stands, within the settings."""

    def __init__(self, kernel: ArmController, settings: ControlBoxSettings) -> None:
        self.kernel = kernel
        self.settings = settings

    def motions(self, commands: Sequence[Queueable]) -> list[Motion]:
        """The motions of one command, or of blended lines; none for a pause. Raises ``Impossible``."""
        command = commands[0]
        try:
            if len(commands) > 1:
                return [self._path([one for one in commands if isinstance(one, LineMove)])]
            if isinstance(command, LineMove):
                return [self._line(self.goal(command), command.speed, command.acceleration)]
            if isinstance(command, CircleMove):
                return self._circle(command)
        except PlanningError as error:
            raise Impossible.of(error, command) from None
        if isinstance(command, Sleep):
            return []
        if isinstance(command, RelativeMove) and not command.joint:
            return [self._line(self._shifted(command), command.speed, command.acceleration)]
        return [self._joint(self.joints(command), command.speed, command.acceleration)]

    def joints(self, command: JointMove | HomeMove | RelativeMove | Sequence[float]) -> Array:
        """(n,) where joints are to go. Raises ``Impossible`` beyond their limits."""
        kernel = self.kernel
        if isinstance(command, HomeMove):
            target = np.zeros(kernel.model.dof)
        elif isinstance(command, RelativeMove):
            target = kernel.joints().position + np.array(command.offset[: kernel.model.dof])
        else:
            values = command.joints if isinstance(command, JointMove) else command
            target = np.array(values[: kernel.model.dof])
        limits = kernel.kinematics.limits
        if limits.violation(target, ROUNDING) is not None or self.settings.beyond_range(target):
            raise Impossible(JOINT_LIMIT)
        target = np.clip(target, limits.lower, limits.upper)
        if self.settings.outside(kernel.kinematics.forward(target) @ kernel.tool.tcp.matrix):
            raise Impossible(BOUNDARY)
        return target

    def goal(self, command: LineMove) -> Array:
        """(4, 4) TCP pose in the base at which a line ends. Raises ``Impossible`` beyond the safety boundary."""
        pose = pose_matrix(command.pose, command.axis_angle)
        if command.tool:
            goal = self._tcp() @ pose
        elif command.relative:
            goal = self._moved(pose)
        else:
            goal = self.settings.to_base(pose)
        if self.settings.outside(goal):
            raise Impossible(BOUNDARY)
        return goal

    def shares(self, change: Array, speed: float, acceleration: float) -> tuple[float, float]:
        """Shares of the joint limits for speeds in rad/s and rad/s² of the leading axis of a change (n,)."""
        limits, settings = self.kernel.kinematics.limits, self.settings
        axis = lead(change.tolist(), limits.velocity.tolist())
        if settings.reduced:
            speed = min(speed, settings.reduced_joint_speed)
        acceleration = min(acceleration, settings.joint_max_acceleration)
        return (
            min(1.0, speed / float(limits.velocity[axis])),
            min(1.0, acceleration / float(limits.acceleration[axis])),
        )

    def _tcp(self) -> Array:
        return self.kernel.tcp(self.kernel.joints()).matrix

    def _shifted(self, command: RelativeMove) -> Array:
        goal = self._moved(pose_matrix(command.offset[:6], command.axis_angle))
        if self.settings.outside(goal):
            raise Impossible(BOUNDARY)
        return goal

    def _moved(self, pose: Array) -> Array:
        """Where the TCP is, moved and turned along the axes of the base."""
        goal = self._tcp().copy()
        goal[:3, 3] += pose[:3, 3]
        goal[:3, :3] = pose[:3, :3] @ goal[:3, :3]
        return goal

    def _joint(self, target: Array, speed: float, acceleration: float) -> JointMotion:
        return JointMotion(target, *self.shares(target - self.kernel.joints().position, speed, acceleration))

    def _line(self, goal: Array, speed: float, acceleration: float) -> LinearMotion:
        return LinearMotion(Pose(goal, "base"), *self._cartesian(speed, acceleration))

    def _path(self, lines: Sequence[LineMove]) -> PathMotion:
        waypoints = [Waypoint(Pose(self.goal(line), "base"), (line.radius or 0.0) / MM) for line in lines]
        waypoints[-1] = Waypoint(waypoints[-1].pose)
        return PathMotion(tuple(waypoints), *self._cartesian(lines[0].speed, lines[0].acceleration))

    def _circle(self, command: CircleMove) -> list[Motion]:
        here = self._tcp()
        first, second = (pose_matrix(pose, command.axis_angle) for pose in (command.first, command.second))
        first, second = (here @ p if command.tool else self.settings.to_base(p) for p in (first, second))
        arc, sweep = Arc(here, first, second), 2.0 * math.pi * command.percent / 100.0
        speeds = self._cartesian(command.speed, command.acceleration)
        if abs(sweep - arc.sweep) * arc.radius < 1e-6:
            return [CircularMotion(Pose(first), Pose(second), *speeds)]
        parts = math.ceil(command.percent / (100.0 * WHOLE)) + (command.percent > 100.0 * WHOLE)
        motions: list[Motion] = []
        for part in range(parts):
            middle, end = (sweep * (part + share) / parts for share in (0.5, 1.0))
            motions.append(CircularMotion(_at(arc, middle, second), _at(arc, end, second), *speeds))
        return motions

    def _cartesian(self, speed: float, acceleration: float) -> tuple[float, float]:
        """m/s and m/s² of mm/s and mm/s², within what the arm and the settings allow."""
        most, settings = self.kernel.model.cartesian, self.settings
        if settings.reduced:
            speed = min(speed, settings.reduced_tcp_speed)
        acceleration = min(acceleration, settings.tcp_max_acceleration)
        return min(most.max_speed, speed / MM), min(most.max_acceleration, acceleration / MM)


def _at(arc: Arc, angle: float, oriented: Array) -> Pose:
    """The pose at an angle (rad) of a circle from its start; turned as at the second point from there on."""
    s = arc.length * angle / arc.sweep
    pose: Array = arc.poses(np.array([s]))[0].copy()
    if angle >= arc.sweep:
        pose[:3, :3] = oriented[:3, :3]
    return Pose(pose, "base")
