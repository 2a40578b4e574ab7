"""Motions as lines of the vendor's program: whole percents, whole mm/s, never faster than asked for.

RMI has integers for speeds, accelerations and corner distances. They are rounded down, so that no limit of the caller
is passed; below one percent or 1 mm/s the line states its duration instead. Accelerations below 20 % cannot be said.
"""

from __future__ import annotations

import math

import numpy as np

from cellkit.devices import CircularMotion, JointMotion, LinearMotion, Motion, PathMotion
from cellkit.errors import PlanningError
from cellkit.geometry import Array, Pose, inverse_transform, rotvec_from_rotation
from cellkit.models.arm import CartesianLimits
from cellkit.motion.kinematics import ArmKinematics
from cellkit.motion.unreachable_reason import solve_or_explain
from cellkit_fanuc.geometry import shape_of, world_of
from cellkit_fanuc.protocol import frames, joints
from cellkit_fanuc.session import Line

SLOWEST_ACC = 20  # percent
WIDEST_CORNER = 100  # mm
LONGEST_TIME = 65535  # tenths of a second
ROUNDING = 1e-6  # of a step: 70 % must not become 69 for a last bit


class Unspeakable(PlanningError):
    """The vendor's instructions have no number for this."""


class LineWriter:
    """Writes lines for one arm. ``tool`` is the number of the tool frame that holds the TCP; user frame 0."""

    def __init__(self, kinematics: ArmKinematics, tool: int) -> None:
        self._kinematics = kinematics
        self._tool = tool
        self._shape = shape_of(kinematics.model)
        self._to_world = inverse_transform(world_of(kinematics.model))
        self._limits: CartesianLimits = kinematics.model.cartesian

    def lines(self, motion: Motion, start: Array, tcp: Array) -> list[Line]:
        """Return the lines of a motion from joints ``start`` (n,); ``tcp`` (4, 4) is the TCP in the flange.

        Raises ``PlanningError``.
        """
        if isinstance(motion, JointMotion):
            return [self._joint(motion, start)]
        back = inverse_transform(tcp)
        here = self._kinematics.forward(start) @ tcp
        if isinstance(motion, LinearMotion):
            target, _ = self._target(motion.goal, start, back)
            speed = self._speed(motion, here, motion.goal.matrix)
            return [("FRC_LinearMotion", {**target, **speed, **_stop()})]
        if isinstance(motion, CircularMotion):
            via, near = self._target(motion.via, start, back)
            target, _ = self._target(motion.goal, near, back)
            speed = self._speed(motion, here, motion.goal.matrix)
            fields = {**target, **{f"Via{key}": value for key, value in via.items()}, **speed, **_stop()}
            return [("FRC_CircularMotion", fields)]
        return self._path(motion, start, here, back)

    def _joint(self, motion: JointMotion, start: Array) -> Line:
        percent = _down(motion.speed * 100.0)
        speed: dict[str, object] = {"SpeedType": "Percent", "Speed": percent}
        if percent < 1:
            travel = np.abs(motion.joints - start) / self._kinematics.limits.velocity
            speed = _timed(float(travel.max()) / motion.speed)
        fields = {"JointAngle": joints.to_wire(motion.joints.tolist()), **speed, **_stop()}
        return "FRC_JointMotionJRep", {**fields, **_acc(motion.acceleration)}

    def _path(self, motion: PathMotion, start: Array, here: Array, back: Array) -> list[Line]:
        lines: list[Line] = []
        near, before = start, here
        last = len(motion.waypoints) - 1
        for number, waypoint in enumerate(motion.waypoints):
            target, near = self._target(waypoint.pose, near, back)
            speed = self._speed(motion, before, waypoint.pose.matrix)
            corner = min(_down(waypoint.blend_radius * 1000.0), WIDEST_CORNER)
            end = {"TermType": "CR", "TermValue": corner} if corner >= 1 and number < last else _stop()
            lines.append(("FRC_LinearMotion", {**target, **speed, **end}))
            before = waypoint.pose.matrix
        return lines

    def _target(self, goal: Pose, near: Array, back: Array) -> tuple[dict[str, dict[str, float]], Array]:
        """Return configuration and position of a TCP pose, and its joints."""
        solved = solve_or_explain(self._kinematics, goal.matrix @ back, near)
        bits = frames.configuration(solved.tolist(), self._shape).fields(self._tool, 0)
        return {"Configuration": {**bits}, "Position": frames.to_wire(self._to_world @ goal.matrix)}, solved

    def _speed(
        self, motion: LinearMotion | CircularMotion | PathMotion, before: Array, goal: Array
    ) -> dict[str, object]:
        acc = _acc(motion.acceleration / self._limits.max_acceleration)
        speed = _down(motion.speed * 1000.0)
        if speed >= 1:
            return {"SpeedType": "mmSec", "Speed": speed, **acc}
        metres = float(np.linalg.norm(goal[:3, 3] - before[:3, 3]))
        turn = float(np.linalg.norm(rotvec_from_rotation(before[:3, :3].T @ goal[:3, :3])))
        share = motion.speed / self._limits.max_speed
        return {**_timed(max(metres / motion.speed, turn / self._limits.max_rotation_speed / share)), **acc}


def _stop() -> dict[str, object]:
    return {"TermType": "FINE", "TermValue": 100}


def _acc(share: float) -> dict[str, object]:
    percent = _down(share * 100.0)
    if percent < SLOWEST_ACC:
        raise Unspeakable(f"an acceleration of {share * 100.0:.3g} %: FANUC's instructions begin at {SLOWEST_ACC} %")
    return {} if percent == 100 else {"ACC": percent}


def _timed(seconds: float) -> dict[str, object]:
    tenths = max(1, math.ceil(seconds * 10.0))
    if tenths > LONGEST_TIME:
        raise Unspeakable(f"a motion of {seconds:.0f} s: FANUC's instructions end at {LONGEST_TIME / 10:.0f} s")
    return {"SpeedType": "Time", "Speed": tenths}


def _down(value: float) -> int:
    return math.floor(value + ROUNDING)


def percent(share: float) -> int:
    """Return a share as whole percents, rounded down."""
    return _down(share * 100.0)
