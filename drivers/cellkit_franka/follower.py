"""What the controller does with streamed commands: differentiates them, holds them against the limits, follows.

Every command is differentiated backwards, as the vendor's manual states: speed, acceleration and jerk each against its
limit. Where cycles are lost the joints go on with the same acceleration, as the manual also states; a command that
comes later is compared with the last one that came, over the cycles between them.
A command for joints in speeds or for the end effector becomes joint positions here; all go through the same checks of
the joints.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from cellkit.geometry import Array
from cellkit.motion.kinematics import ArmKinematics
from cellkit_franka.protocol.limits import (
    CYCLE,
    DECELERATION,
    ELBOW,
    LOWER_END,
    ROTATION,
    TRANSLATION,
    UPPER_END,
    VELOCITY_OFFSET,
)
from cellkit_franka.protocol.robot import Generator
from cellkit_franka.protocol.state import RobotCommand

JOINT = "joint_motion_generator_"
CARTESIAN = "cartesian_motion_generator_joint_"
START_POSE = 1e-3
"""rad or m that the first command may be off; an assumption, the vendor names no figure."""
_ROUNDING = 1.0 + 1e-6
_ELBOW_JOINT = 2
_RIGID = 1e-4
_ITERATIONS = 4
_CLOSE = 1e-9
_STEEP = 0.02
"""rad that a joint may turn in one step of the inverse kinematics; beyond, the pose is near a singularity."""


class Violation(Exception):
    """A command that the controller does not take; ``name`` is the error flag."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(name)


class Steps:
    """Time steps (s) for backward differences of commands that came an unequal number of cycles apart."""

    def __init__(self) -> None:
        self._before = self._earlier = CYCLE

    def next(self, cycles: int) -> tuple[float, float, float]:
        """Return the steps for speed, acceleration and jerk of a command ``cycles`` after the last (as a rule, 1)."""
        step, before, earlier = CYCLE * cycles, self._before, self._earlier
        self._before, self._earlier = step, before
        return step, 0.5 * (step + before), (step + before + earlier) / 3.0


class Joints:
    """Desired joints (7,) as far as they were commanded: positions, speeds, accelerations."""

    def __init__(self, kinematics: ArmKinematics, start: Sequence[float]) -> None:
        limits = kinematics.limits
        self.q: Sequence[float] = list(start)
        self.dq: Sequence[float] = [0.0] * len(start)
        self.ddq: Sequence[float] = [0.0] * len(start)
        self._steps = Steps()
        self._limits = list(
            zip(
                limits.lower.tolist(),
                limits.upper.tolist(),
                (limits.velocity * _ROUNDING).tolist(),
                (limits.acceleration * _ROUNDING).tolist(),
                (limits.jerk * _ROUNDING).tolist(),
                LOWER_END,
                UPPER_END,
                VELOCITY_OFFSET,
                DECELERATION,
                strict=True,
            )
        )

    def go(self, q: Sequence[float], cycles: int, names: str = JOINT) -> None:
        """Take positions (7,) that were commanded ``cycles`` after the last. Raises ``Violation``."""
        dt, dt_speed, dt_bend = self._steps.next(cycles)
        speeds, accelerations = [], []
        for to, at, dq, ddq, (lower, upper, top, bend, jerk, low_end, high_end, offset, braking) in zip(
            q, self.q, self.dq, self.ddq, self._limits, strict=True
        ):
            v = (to - at) / dt
            a = (v - dq) / dt_speed
            if not lower <= to <= upper:
                raise Violation(names + "position_limits_violation")
            room = high_end - at if v > 0.0 else at - low_end
            speed = abs(v)
            if speed > top or (speed > 1e-3 and (speed + offset) ** 2 > 2.0 * braking * room * _ROUNDING):
                raise Violation(names + "velocity_limits_violation")
            if abs(a) > bend:
                raise Violation(names + "velocity_discontinuity")
            if abs(a - ddq) > jerk * dt_bend:
                raise Violation(names + "acceleration_discontinuity")
            speeds.append(v)
            accelerations.append(a)
        self.q, self.dq, self.ddq = q, speeds, accelerations

    def ahead(self, cycles: int) -> Sequence[float]:
        """Where the joints (7,) would be so many cycles later, at the same acceleration."""
        if cycles <= 0:
            return self.q
        first, second = CYCLE * cycles, 0.5 * CYCLE * CYCLE * cycles * (cycles + 1)
        return [q + v * first + a * second for q, v, a in zip(self.q, self.dq, self.ddq, strict=True)]

    @property
    def standing(self) -> bool:
        """Whether the joints may be held from one cycle to the next without more deceleration than allowed."""
        return all(abs(dq) <= CYCLE * limits[3] for dq, limits in zip(self.dq, self._limits, strict=True))


class Follower:
    """Follows the commands of one motion; ``joints`` is where the arm is to be."""

    def __init__(
        self, kinematics: ArmKinematics, generator: Generator, start: Sequence[float], end_effector: Array
    ) -> None:
        self.generator = generator
        self.joints = Joints(kinematics, start)
        self._kinematics = kinematics
        self._end_effector = end_effector
        self._fresh = True
        self.pose: Array = kinematics.forward(start) @ end_effector
        self.twist = np.zeros(6)
        self.bend = np.zeros(6)
        self._elbow = [start[_ELBOW_JOINT], 0.0, 0.0]
        self._steps = Steps()
        self._side = math.copysign(1.0, start[3])

    def follow(self, command: RobotCommand, cycles: int) -> None:
        """Take a command that came ``cycles`` after the last. Raises ``Violation``."""
        if self.generator is Generator.JOINT_POSITION:
            if self._fresh and _off(command.q, self.joints.q) > START_POSE:
                raise Violation("joint_position_motion_generator_start_pose_invalid")
            self.joints.go(command.q, cycles)
        elif self.generator is Generator.JOINT_VELOCITY:
            dt = CYCLE * cycles
            self.joints.go([q + dq * dt for q, dq in zip(self.joints.q, command.dq, strict=True)], cycles)
        elif self.generator is Generator.CARTESIAN_POSITION:
            self._go_to(_pose(command.pose), self._elbow_of(command), cycles)
        elif self.generator is Generator.CARTESIAN_VELOCITY:
            twist = np.array(command.twist)
            self._go_to(_moved(self.pose, twist * (CYCLE * cycles)), self._elbow_of(command), cycles)
        self._fresh = False

    def pose_ahead(self, cycles: int) -> Array:
        """(4, 4) where the end effector would be so many cycles later, at the same acceleration."""
        if cycles <= 0:
            return self.pose
        return _moved(self.pose, self.twist * (CYCLE * cycles) + self.bend * (0.5 * CYCLE**2 * cycles * (cycles + 1)))

    def _elbow_of(self, command: RobotCommand) -> float:
        if not command.valid_elbow:
            return self._elbow[0]
        angle, side = command.elbow
        if side != self._side:
            raise Violation("cartesian_motion_generator_elbow_sign_inconsistent")
        if self._fresh and abs(angle - self._elbow[0]) > START_POSE:
            raise Violation("cartesian_motion_generator_start_elbow_invalid")
        return angle

    def _go_to(self, pose: Array, elbow: float, cycles: int) -> None:
        dt, dt_speed, dt_bend = self._steps.next(cycles)
        change = _between(self.pose, pose)
        first = self._fresh and self.generator is Generator.CARTESIAN_POSITION
        if first and float(np.abs(change).max()) > START_POSE:
            raise Violation("cartesian_position_motion_generator_start_pose_invalid")
        twist = change / dt
        bend = (twist - self.twist) / dt_speed
        jolt = (bend - self.bend) / dt_bend
        for part, limits in ((slice(0, 3), TRANSLATION), (slice(3, 6), ROTATION)):
            for name, value, limit in zip(_CARTESIAN_NAMES, (twist, bend, jolt), limits, strict=True):
                if float(np.linalg.norm(value[part])) > limit * _ROUNDING:
                    raise Violation("cartesian_motion_generator_" + name)
        self._elbow_within(elbow, dt, dt_speed, dt_bend)
        self.joints.go(self._solved(pose, elbow), cycles, CARTESIAN)
        self.pose, self.twist, self.bend = pose, twist, bend

    def _elbow_within(self, elbow: float, dt: float, dt_speed: float, dt_bend: float) -> None:
        at, speed, bend = self._elbow
        v = (elbow - at) / dt
        a = (v - speed) / dt_speed
        j = (a - bend) / dt_bend
        if any(abs(value) > limit * _ROUNDING for value, limit in zip((v, a, j), ELBOW, strict=True)):
            raise Violation("cartesian_motion_generator_elbow_limit_violation")
        self._elbow = [elbow, v, a]

    def _solved(self, pose: Array, elbow: float) -> list[float]:
        """Joints (7,) for a pose with the elbow (joint 3) where it is to be: seven equations, by Newton's method."""
        q = np.array(self.joints.q)
        system = np.zeros((7, 7))
        system[6, _ELBOW_JOINT] = 1.0
        rest = np.zeros(7)
        for _ in range(_ITERATIONS):
            rest[:6] = _between(self._kinematics.forward(q) @ self._end_effector, pose)
            rest[6] = elbow - q[_ELBOW_JOINT]
            if float(np.abs(rest).max()) < _CLOSE:
                break
            system[:6] = self._kinematics.jacobian(q, self._end_effector)
            try:
                step = np.linalg.solve(system, rest)
            except np.linalg.LinAlgError:
                raise Violation(CARTESIAN + "velocity_limits_violation") from None
            if float(np.abs(step).max()) > _STEEP:
                raise Violation(CARTESIAN + "velocity_limits_violation")
            q = q + step
        result: list[float] = q.tolist()
        return result


_CARTESIAN_NAMES = ("velocity_limits_violation", "velocity_discontinuity", "acceleration_discontinuity")


def _off(one: Sequence[float], other: Sequence[float]) -> float:
    return max(abs(a - b) for a, b in zip(one, other, strict=True))


def is_rigid(numbers: Sequence[float]) -> bool:
    """Whether 16 column-major numbers are a rigid transformation."""
    pose = np.array(numbers).reshape(4, 4).T
    rotation = pose[:3, :3]
    return bool(
        np.isfinite(pose).all()
        and np.abs(pose[3] - (0.0, 0.0, 0.0, 1.0)).max() < _RIGID
        and np.abs(rotation @ rotation.T - np.eye(3)).max() < _RIGID
        and np.linalg.det(rotation) > 0.0
    )


def _pose(numbers: Sequence[float]) -> Array:
    if not is_rigid(numbers):
        raise Violation("cartesian_position_motion_generator_invalid_frame")
    return np.array(numbers).reshape(4, 4).T


def _between(start: Array, end: Array) -> Array:
    """(6,) translation (m) and rotation vector (rad), in base axes, from one pose to a near one."""
    turn = end[:3, :3] @ start[:3, :3].T
    axis = 0.5 * np.array([turn[2, 1] - turn[1, 2], turn[0, 2] - turn[2, 0], turn[1, 0] - turn[0, 1]])
    sine = float(np.linalg.norm(axis))
    if sine > 1e-12:
        axis *= math.atan2(sine, 0.5 * (float(np.trace(turn)) - 1.0)) / sine
    return np.concatenate([end[:3, 3] - start[:3, 3], axis])


def _moved(pose: Array, change: Array) -> Array:
    """Return a pose after a translation (m) and rotation vector (rad) in base axes."""
    result = pose.copy()
    angle = float(np.linalg.norm(change[3:]))
    if angle > 0.0:
        x, y, z = change[3:] / angle
        cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
        turn = np.eye(3) + math.sin(angle) * cross + (1.0 - math.cos(angle)) * (cross @ cross)
        result[:3, :3] = turn @ pose[:3, :3]
    result[:3, 3] += change[:3]
    return result
