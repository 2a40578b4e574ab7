"""Joint limits and joint states of revolute joints, in rad, rad/s, rad/s², rad/s³."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cellkit.geometry import Array, frozen


@dataclass(frozen=True, slots=True, eq=False)
class JointLimits:
    """The limits of every joint of an arm, each an array of shape (n,).

    A joint that turns without limit has ``lower`` -inf and ``upper`` +inf; without a limit of jerk ``jerk`` is inf.
    """

    names: tuple[str, ...]
    lower: Array
    upper: Array
    velocity: Array
    acceleration: Array
    jerk: Array

    def __post_init__(self) -> None:
        count = len(self.names)
        for field in ("lower", "upper", "jerk"):
            bounds = np.array(getattr(self, field), dtype=np.float64)
            if bounds.shape != (count,) or np.isnan(bounds).any():
                raise ValueError(f"{field}: expected {count} numbers")
            bounds.setflags(write=False)
            object.__setattr__(self, field, bounds)
        for field in ("velocity", "acceleration"):
            object.__setattr__(self, field, frozen(getattr(self, field), (count,)))
        for field in ("velocity", "acceleration", "jerk"):
            if (getattr(self, field) <= 0).any():
                raise ValueError(f"{field}: every limit must be above zero")
        if (self.lower >= self.upper).any():
            raise ValueError("a lower joint limit is not below its upper limit")

    def __len__(self) -> int:
        return len(self.names)

    def violation(self, positions: Sequence[float] | Array, tolerance: float = 1e-6) -> str | None:
        """Describe the first position outside its limits, in words with both figures; None when all are inside."""
        values = np.asarray(positions, dtype=np.float64)
        outside = (values < self.lower - tolerance) | (values > self.upper + tolerance)
        if not np.count_nonzero(outside):
            return None
        i = int(np.argmax(outside))
        return (
            f"joint {i + 1} ({self.names[i]}) at {np.degrees(values[i]):.2f} deg is outside "
            f"{np.degrees(self.lower[i]):.2f} to {np.degrees(self.upper[i]):.2f} deg"
        )

    def accelerating(self, acceleration: Array) -> JointLimits:
        """Return the same limits with another ``acceleration`` (n,)."""
        return JointLimits(self.names, self.lower, self.upper, self.velocity, acceleration, self.jerk)

    def scaled(self, speed: float = 1.0, acceleration: float = 1.0) -> JointLimits:
        """Return the same position limits with speed and acceleration (and jerk) reduced to a share."""
        return JointLimits(
            self.names,
            self.lower,
            self.upper,
            self.velocity * speed,
            self.acceleration * acceleration,
            self.jerk * acceleration,
        )


@dataclass(frozen=True, slots=True, eq=False)
class JointState:
    """The measured joints at one moment.

    ``position`` and ``velocity`` have the shape (n,); ``effort`` holds the torques where the device reports them.
    ``stamp`` is the source's own time in s.
    """

    stamp: float
    position: Array
    velocity: Array
    effort: Array | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "position", frozen(self.position))
        object.__setattr__(self, "velocity", frozen(self.velocity, self.position.shape))
        if self.effort is not None:
            object.__setattr__(self, "effort", frozen(self.effort, self.position.shape))

    @classmethod
    def trusted(cls, stamp: float, position: Array, velocity: Array, effort: Array | None = None) -> JointState:
        """Return a state of arrays that the caller has computed itself, neither checked nor copied. For inner loops."""
        position.setflags(write=False)
        velocity.setflags(write=False)
        if effort is not None:
            effort.setflags(write=False)
        state = cls.__new__(cls)
        _set_stamp(state, stamp)
        _set_position(state, position)
        _set_velocity(state, velocity)
        _set_effort(state, effort)
        return state


# The slots themselves: a frozen dataclass refuses assignments, and ``object.__setattr__`` looks each name up.
_set_stamp, _set_position, _set_velocity, _set_effort = (
    getattr(JointState, name).__set__ for name in JointState.__slots__
)
