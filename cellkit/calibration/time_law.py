"""The time law of joint motions: the speed, acceleration and jerk time that give the measured motion times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from cellkit.calibration.shape import Shape
from cellkit.geometry import Array
from cellkit.joints import JointLimits
from cellkit.motion.trajectory import plan_joint

SHORTEST_JERK_TIME = 1e-4
"""Jerk time (s) that stands for none: it adds a tenth of a millisecond to a motion."""
SIMILAR = 1.1
"""Moves whose accelerations and speeds differ by less than this factor have the same setting."""
ROUNDS = 4
"""Rounds of finding the joint that leads each move, and then the figures of that joint."""
Synchronised = Literal["angle", "time"]


@dataclass(frozen=True)
class TimeLaw:
    """Speed (n,) in rad/s and acceleration (n,) in rad/s² of the joints, and one jerk time in s (0: no limit)."""

    speed: Array
    acceleration: Array
    jerk_time: float

    def limits(self) -> JointLimits:
        """Return the law as limits of the planner, without limits of position."""
        count = len(self.speed)
        everywhere = np.full(count, np.inf)
        jerk = self.acceleration / max(self.jerk_time, SHORTEST_JERK_TIME)
        names = tuple(f"joint_{number + 1}" for number in range(count))
        return JointLimits(names, -everywhere, everywhere, self.speed, self.acceleration, jerk)

    def duration(self, shape: Shape) -> float:
        """Return the motion time (s) that the planner gives to a move."""
        return plan_joint(shape.move.start, shape.move.end, self.limits()).duration

    def errors(self, shapes: Sequence[Shape]) -> list[float]:
        """Return the error of every predicted motion time as a share of the measured one."""
        return [self.duration(shape) / shape.duration - 1.0 for shape in shapes if shape.duration is not None]


def shipped_law(limits: JointLimits) -> TimeLaw:
    """Return the law of an arm model."""
    return TimeLaw(limits.velocity, limits.acceleration, float(np.median(limits.acceleration / limits.jerk)))


def leader(shape: Shape, limit: Array | None) -> int:
    """Return the joint that leads a move: that of the largest angle, or of the largest angle per ``limit`` (n,)."""
    away = np.abs(shape.move.distance)
    return int((away if limit is None else away / limit).argmax())


def share(shape: Shape, joint: int) -> float:
    """Return the angle of a joint as a share of the largest one: all joints move in proportion."""
    away = np.abs(shape.move.distance)
    return float(away[joint] / away.max())


def jerk_time(shapes: Sequence[Shape]) -> float:
    """Return the median jerk time (s), 0 for moves without one."""
    return float(np.median([shape.jerk_time or 0.0 for shape in shapes]))


def law_by_angle(shapes: Sequence[Shape], shipped: TimeLaw) -> TimeLaw:
    """Fit one speed and one acceleration for all joints: those of the joint with the largest angle."""
    speeds = [shape.speed for shape in shapes if shape.speed is not None]
    accelerations = [shape.mean_acceleration for shape in shapes]
    speed = float(np.median(speeds)) if speeds else max(shape.peak for shape in shapes) * SIMILAR
    count = len(shipped.speed)
    return TimeLaw(np.full(count, speed), np.full(count, float(np.median(accelerations))), jerk_time(shapes))


def law_by_time(shapes: Sequence[Shape], shipped: TimeLaw) -> TimeLaw:
    """Fit speed and acceleration of every joint on the moves that it leads; other joints keep the shipped figures."""
    speed, acceleration = shipped.speed.copy(), shipped.acceleration.copy()
    for _ in range(ROUNDS):
        new_speed, new_acceleration = shipped.speed.copy(), shipped.acceleration.copy()
        for joint in range(len(speed)):
            speeds = led_speeds(shapes, joint, speed)
            rates = led_accelerations(shapes, joint, acceleration)
            if speeds:
                new_speed[joint] = float(np.median(speeds))
            if rates:
                new_acceleration[joint] = float(np.median(rates))
        speed, acceleration = new_speed, new_acceleration
    return TimeLaw(speed, acceleration, jerk_time(shapes))


def led_speeds(shapes: Sequence[Shape], joint: int, limit: Array | None) -> list[float]:
    """Return the constant speeds (rad/s) of a joint in the moves that it leads (see ``leader``)."""
    return [s.speed * share(s, joint) for s in shapes if s.speed is not None and leader(s, limit) == joint]


def led_accelerations(shapes: Sequence[Shape], joint: int, limit: Array | None) -> list[float]:
    """Return the accelerations (rad/s²) of a joint in the moves that it leads (see ``leader``)."""
    return [s.mean_acceleration * share(s, joint) for s in shapes if leader(s, limit) == joint]


@dataclass(frozen=True)
class _Pace:
    """Speed, acceleration and top speed of a move's leading joint, in rad/s and rad/s² or as shares of limits."""

    speed: float | None
    acceleration: float
    peak: float

    @classmethod
    def of(cls, shape: Shape, limits: TimeLaw | None) -> _Pace:
        """Return the pace of a move; with ``limits`` as shares of those of the joint that comes nearest to them."""
        acceleration = shape.mean_acceleration
        if limits is None:
            return cls(shape.speed, acceleration, shape.peak)
        away = np.abs(shape.move.distance)
        by_speed, by_acceleration = (
            float((away / away.max() / some).max()) for some in (limits.speed, limits.acceleration)
        )
        speed = None if shape.speed is None else shape.speed * by_speed
        return cls(speed, acceleration * by_acceleration, shape.peak * by_speed)

    def like(self, other: _Pace) -> bool:
        """Return whether both are of one setting. A short move never reaches a speed that differs."""
        if not _near(self.acceleration, other.acceleration):
            return False
        if self.speed is None or other.speed is None:
            return self.peak <= SIMILAR * other.peak
        return _near(self.speed, other.speed)


def settings(shapes: Sequence[Shape], limits: TimeLaw | None) -> list[list[Shape]]:
    """Group moves by commanded acceleration and speed, the slowest setting first.

    The pace of a move is that of the joint with the largest angle, or with ``limits`` a share of each joint's own.
    """
    groups: list[list[tuple[_Pace, Shape]]] = []
    paced = [(_Pace.of(shape, limits), shape) for shape in shapes]
    for pace, shape in sorted(paced, key=lambda pair: pair[0].speed is None):  # a known speed decides: it comes first
        home = next((group for group in groups if pace.like(group[0][0])), None)
        if home is None:
            groups.append([(pace, shape)])
        else:
            home.append((pace, shape))
    groups.sort(key=lambda group: float(np.median([pace.acceleration for pace, _ in group])))
    order = {id(shape): number for number, shape in enumerate(shapes)}
    return [sorted((shape for _, shape in group), key=lambda shape: order[id(shape)]) for group in groups]


def _near(one: float, two: float) -> bool:
    return max(one, two) <= SIMILAR * min(one, two)
