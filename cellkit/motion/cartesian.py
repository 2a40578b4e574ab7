"""Planning of TCP motions along Cartesian paths: a joint curve q(s) together with a time law s(t).

The motion never leaves the path: where a joint would be too fast, the motion slows down on the path. The motion is
refused where the speed would have to be below 2 % of the commanded one, or where the configuration would have to jump.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from collections.abc import Sequence as Sequence_
from functools import lru_cache
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from cellkit.errors import PlanningError
from cellkit.geometry import Array, largest
from cellkit.joints import JointLimits
from cellkit.motion.joint_curve import GRID, JointCurve
from cellkit.motion.kinematics import ArmKinematics
from cellkit.motion.path import Path
from cellkit.motion.path_ik import Follower, singular
from cellkit.motion.time_law import PathLimits, Rows, TimeLaw, time_law
from cellkit.motion.trajectory import Hold, Trajectory

SLOWEST = 0.02
"""Share of the commanded speed below which a path counts as singular."""
SHORTEST = 1e-6
"""A shorter path (m) is no motion: the solver meets a pose within 6e-7 m, so its error would be the path."""


Ceiling: TypeAlias = Callable[[Array], Array]
"""The greatest joint accelerations (m, n) in rad/s² at joints (m, n)."""
_PARTS = np.repeat(np.eye(2), 3, axis=0)  # sums the three linear and the three angular components


class PathTrajectory:
    """A motion along a Cartesian path; made by :func:`plan_cartesian`. ``law`` is its time law s(t)."""

    def __init__(self, curve: JointCurve, law: TimeLaw, start: Array) -> None:
        self.law = law
        self.duration = law.duration
        self.start = start
        self._curve = curve
        self._length = float(curve.nodes[-1])
        self.end: Array = curve.at(self._length)[0]

    def sample(self, t: float) -> tuple[Array, Array]:
        """Return position (n,) in rad and velocity (n,) in rad/s at ``t`` s."""
        if 0.0 <= t < self.duration:
            s, speed, _ = self.law.at(t)
            at = self._curve.at(min(max(s, 0.0), self._length))
            return at[0], at[1] * speed
        return (self.end if t >= self.duration else self.start).copy(), np.zeros(self.end.shape)

    def position(self, t: float) -> list[float]:
        """Return the position (n,) in rad at ``t`` s, as plain floats."""
        if 0.0 <= t < self.duration:
            return self._curve.position(min(max(self.law.at(t)[0], 0.0), self._length))
        ends: list[float] = (self.end if t >= self.duration else self.start).tolist()
        return ends

    def acceleration(self, t: float) -> Array:
        """Return the acceleration (n,) in rad/s² at ``t`` s: q'' v² + q' a."""
        if not 0.0 <= t < self.duration:
            return np.zeros(self.end.shape)
        s, speed, change = self.law.at(t)
        at = self._curve.at(min(max(s, 0.0), self._length))
        result: Array = at[2] * speed**2 + at[1] * change
        return result


class Sequence:
    """A sequence of trajectories; each begins where the one before it ends.

    Raises ``ValueError`` for an empty sequence, or for a gap of more than 1e-3 rad.
    """

    def __init__(self, parts: Sequence_[Trajectory]) -> None:
        if not parts:
            raise ValueError("a sequence needs at least one trajectory")
        for before, after in pairwise(parts):
            if largest(before.end - after.start) > 1e-3:
                raise ValueError("a trajectory of the sequence does not begin where the one before it ends")
        self._parts = list(parts)
        self._times = [0.0]
        for part in parts:
            self._times.append(self._times[-1] + part.duration)
        self.duration: float = self._times[-1]
        self.start: Array = parts[0].start
        self.end: Array = parts[-1].end

    def _part(self, t: float) -> tuple[Trajectory, float]:
        i = min(max(bisect_right(self._times, t) - 1, 0), len(self._parts) - 1)
        return self._parts[i], t - self._times[i]

    def sample(self, t: float) -> tuple[Array, Array]:
        """Return position (n,) in rad and velocity (n,) in rad/s at ``t`` s."""
        part, time = self._part(t)
        return part.sample(time)

    def position(self, t: float) -> list[float]:
        """Return the position (n,) in rad at ``t`` s, as plain floats."""
        part, time = self._part(t)
        return part.position(time)

    def acceleration(self, t: float) -> Array:
        """Return the acceleration (n,) in rad/s² at ``t`` s."""
        part, time = self._part(t)
        return part.acceleration(time)


def plan_cartesian(
    kinematics: ArmKinematics,
    path: Path,
    q_start: ArrayLike,
    tool: Array | None = None,
    *,
    limits: JointLimits | None = None,
    cartesian: PathLimits | None = None,
    ceiling: Ceiling | None = None,
) -> PathTrajectory | Hold:
    """Plan a motion of the tool point along ``path``, from rest to rest, within joint and Cartesian limits.

    ``q_start`` (n,) in rad must be where the path begins (1 mm, 1 mrad); ``tool`` is the (4, 4) tool point in the
    flange. ``limits`` and ``cartesian`` default to those of the arm model; pass scaled ones for slower motion.
    ``ceiling`` lowers the joint accelerations by posture.

    Raises ``PlanningError`` for another start or a joint limit on the path, ``Unreachable`` where the path leaves the
    reach, ``SingularPath`` where the path comes too near a singularity; each message states the place.
    """
    start = np.array(q_start, dtype=np.float64)
    joint = kinematics.limits if limits is None else limits
    tcp = PathLimits.of(kinematics.model.cartesian) if cartesian is None else cartesian
    problem = kinematics.limits.violation(start)
    if problem:
        raise PlanningError(f"the arm is outside its limits: {problem}")
    if path.length < SHORTEST:
        return Hold(start)
    follower = Follower(kinematics, path, start, tool)
    curve = follower.curve()
    rows = _rows(curve, path, joint, tcp, ceiling)
    slowness = rows.slowness()
    slowest = slowness.max(axis=1)
    shares = slowness[:, -2:].max(axis=1) / slowest  # of the commanded speed
    slow = int(shares.argmin())
    if shares[slow] < SLOWEST:
        i = int(slowness[slow].argmax())
        share = 100.0 * shares[slow]
        raise singular(follower, float(rows.s[slow]), i, joint.names[i], f"it would slow down to {share:.2g} %")
    return PathTrajectory(curve, time_law(rows, 1.0 / slowest, tcp.smoothing), start)


def plan_paths(
    kinematics: ArmKinematics,
    paths: Sequence_[Path],
    q_start: ArrayLike,
    tool: Array | None = None,
    *,
    limits: JointLimits | None = None,
    cartesian: PathLimits | None = None,
    ceiling: Ceiling | None = None,
) -> Trajectory:
    """Plan motions along several paths with a stop between them, each as in :func:`plan_cartesian`.

    The paths are those of :func:`cellkit.motion.blending.blend`.
    """
    parts: list[Trajectory] = []
    start = np.array(q_start, dtype=np.float64)
    for path in paths:
        parts.append(plan_cartesian(kinematics, path, start, tool, limits=limits, cartesian=cartesian, ceiling=ceiling))
        start = parts[-1].end
    return parts[0] if len(parts) == 1 else Sequence(parts)


def _rows(curve: JointCurve, path: Path, joint: JointLimits, tcp: PathLimits, ceiling: Ceiling | None) -> Rows:
    """Return joints, then the TCP, then its orientation, at the grid points of the curve."""
    s, q, first, second = curve.grid
    velocity, acceleration = _row_limits(joint, tcp)
    if ceiling is not None:
        nodes = curve.nodes
        posture = ceiling(np.array([q[0], *q[GRID :: GRID + 1]]))
        acceleration = np.tile(acceleration, (len(s), 1))
        for i, column in enumerate(posture.T):
            np.minimum(acceleration[:, i], np.interp(s, nodes, column), out=acceleration[:, i])
    return Rows(s, _with_lengths(first, path.twists(s)), _with_lengths(second, path.bends(s)), velocity, acceleration)


def _with_lengths(joints: Array, tcp: Array) -> Array:
    """Return ``joints`` (m, n), then the lengths of the linear and of the angular part of ``tcp`` (m, 6).

    The result has the shape (m, n + 2).
    """
    n = joints.shape[1]
    rows = np.empty((len(joints), n + 2))
    rows[:, :n] = joints
    np.sqrt((tcp * tcp) @ _PARTS, out=rows[:, n:])
    return rows


@lru_cache(256)
def _row_limits(joint: JointLimits, tcp: PathLimits) -> tuple[Array, Array]:
    return (
        np.append(joint.velocity, (tcp.speed, tcp.rotation_speed)),
        np.append(joint.acceleration, (tcp.acceleration, tcp.rotation_acceleration)),
    )
