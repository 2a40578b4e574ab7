"""Forward and inverse kinematics of a serial arm, with the compiled solver of roboticstoolbox.

Angles in rad, lengths in m; poses are (4, 4) transforms of the flange in the arm's base.

The solver is Levenberg-Marquardt with Chan's damping (S. Chan, P. Lawrence, "General Inverse Kinematics with the Error
Damped Pseudoinverse", 1988; J. Haviland, P. Corke, "Manipulator Differential Kinematics", 2022). It always receives a
start vector and makes exactly one search: its own restarts draw from a global generator, so two runs would differ. The
restarts here come from a seeded table and are the same in every run.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from cellkit.errors import Unreachable
from cellkit.geometry import Array, largest
from cellkit.joints import JointLimits
from cellkit.models.arm import ArmModel
from cellkit.motion.lru_cache import LruCache
from cellkit.motion.solver import Element, Turn, solver

TOLERANCE = 2e-13
"""Bound on half the squared pose error (m², rad²): 6.3e-7 m and 6.3e-7 rad at most."""
NEAR = 2.8
"""A configuration within this angle (rad) of the start in every joint is accepted without a further search."""
DAMPING = 0.1
"""Chan's lambda.

It gives the most solutions per iteration of {0.01, 0.03, 0.1, 0.3, 1}, over three arms and 1000 starts each.
"""
WARM_ITERATIONS = 20
RESTART_ITERATIONS = 16
"""A start that has not converged by then rarely converges later: a new start is cheaper."""
RESTARTS = 120
RELAXATIONS = 25
RELAXED = 0.01  # rad
TURN = 2.0 * math.pi
ENDLESS = 1e6  # rad; the solver needs finite limits
SHARED = 32
REMEMBERED = 512
"""The number of cached solutions of one arm."""
CHARACTERISTIC_LENGTH = 0.1
"""Length per angle (m/rad) that makes translation and rotation comparable in :meth:`ArmKinematics.dexterity`."""


class ArmKinematics:
    """Kinematics of one arm model: from joint angles to poses, and back.

    An object has no state apart from caches: it may serve any number of motions of any number of arms.
    """

    def __init__(self, model: ArmModel) -> None:
        self.model = model
        self.limits: JointLimits = model.joint_limits()
        self.dof = model.dof
        self._lower = np.maximum(self.limits.lower, -ENDLESS)
        self._upper = np.minimum(self.limits.upper, ENDLESS)
        self._weight = 1.0 / self.limits.velocity
        self._home = np.array(model.home)
        self._starts: dict[int, Array] = {}
        self._solutions: LruCache[tuple[bytes, bytes, int, int], Array] = LruCache(REMEMBERED)
        self._frames, self._axes = model.kinematics.frames(), model.kinematics.axes()
        self._flange = model.kinematics.flange.matrix()
        self.elements = _chain(self._frames, self._axes, self._flange, self._lower, self._upper)
        self._solver = solver(self.elements)
        self._handle, self._fk, self._jacobian, self._hessian, self._solve, _ = self._solver

    @classmethod
    def of(cls, model: ArmModel) -> ArmKinematics:
        """Return the kinematics of a model, shared by several parts of a cell and by several runs.

        Making them takes milliseconds. The key is the identity of the model, not its content; the last ``SHARED`` ones
        are cached.
        """
        # The value keeps the model alive, so that no other model gets its id.
        return _shared.get(id(model), lambda: cls(model))

    def forward(self, q: ArrayLike) -> Array:
        """Return the flange pose in base, (4, 4), of the joint angles ``q``, (n,); (m, 4, 4) for (m, n) with m > 1."""
        # A copy each time: the solver refuses read-only arrays and would read a strided one wrongly.
        result: Array = self._fk(self._handle, np.array(q, dtype=np.float64), None, None, 0)
        return result

    def jacobian(self, q: ArrayLike, tool: Array | None = None) -> Array:
        """Return the (6, n) Jacobian in base axes: linear (m/rad) over angular (rad/rad) velocity of the tool point.

        ``tool`` is the (4, 4) pose of the tool point in the flange; None means the flange itself.
        """
        result: Array = self._jacobian(self._handle, np.array(q, dtype=np.float64), tool)
        return result

    def joint_frames(self, q: Sequence[float] | Array) -> list[Array]:
        """Return the frame of every joint after its rotation, then the flange: n + 1 poses (4, 4) in base."""
        poses: list[Array] = []
        pose = np.eye(4)
        for fixed, axis, angle in zip(self._frames, self._axes, q, strict=True):
            turned = np.eye(4)
            turned[:3, :3] = _rotation(axis, float(angle))
            pose = pose @ fixed @ turned
            poses.append(pose)
        poses.append(pose @ self._flange)
        return poses

    def inverse(self, target: Array, near: ArrayLike, *, seed: int = 0, candidates: int = 2) -> Array:
        """Return joint angles (n,) within all limits that put the flange at ``target``, (4, 4) in base.

        The solver descends from ``near`` (n,), so that it finds a near configuration first. Only where a joint would
        have to turn further than 2.8 rad, it searches for ``candidates`` configurations and takes the nearest, measured
        in joint changes over joint speeds. 40 candidates make long moves 10 % shorter and cost 50 times as much. An arm
        with more than six joints keeps its elbow as near to its home position as the target allows: otherwise its
        posture would drift from motion to motion. The same arguments give the same bits. Position and rotation are met
        within 1e-6 m and 1e-6 rad.

        Raises ``Unreachable`` without a reason; :func:`cellkit.motion.unreachable_reason.solve_or_explain` gives the
        reason.
        """
        start = np.array(near, dtype=np.float64)
        key = (target.tobytes(), start.tobytes(), seed, candidates)
        return self._solutions.get(key, lambda: self._inverse(target, start, seed, candidates)).copy()

    def _inverse(self, target: Array, start: Array, seed: int, candidates: int) -> Array:
        q: Array
        q, solved, *_ = self._solve(
            self._handle, target, start, WARM_ITERATIONS, 1, TOLERANCE, 1, None, DAMPING, "chan"
        )
        if solved:
            step = q - start
            # The norm is cheaper than the largest change and never below it: mostly the first test is enough.
            if step.dot(step) < NEAR * NEAR or largest(step) < NEAR:
                return q if self.dof <= 6 else self._relaxed(target, q)
        q = self._search(target, start, q if solved else None, seed, candidates)
        return q if self.dof <= 6 else self._relaxed(target, q)

    def solve_from(self, target: Array, start: Array, iterations: int = WARM_ITERATIONS) -> Array | None:
        """Return the solution of one search from ``start`` (n,), or None. For inner loops.

        ``start`` must be a writable array of its own.
        """
        q, solved, *_ = self._solve(self._handle, target, start, iterations, 1, TOLERANCE, 1, None, DAMPING, "chan")
        return q if solved else None

    def solve_unlimited(self, target: Array, start: Array, iterations: int = 40) -> Array | None:
        """Return the same as :meth:`solve_from` with joint limits ignored."""
        q, solved, *_ = self._solve(self._handle, target, start, iterations, 1, TOLERANCE, 0, None, DAMPING, "chan")
        return q if solved else None

    def hessian(self, jacobian: Array) -> Array:
        """Return the (n, 6, n) derivative of a Jacobian (6, n) of this class: element [i, :, j] is dJ_j / dq_i."""
        result: Array = self._hessian(self._handle, None, jacobian, None)
        return result

    def dexterity(self, q: ArrayLike, tool: Array | None = None) -> tuple[float, int]:
        """Return the distance from a singularity and the index of the joint that causes it.

        The distance is the smallest singular value of the Jacobian (m/rad), with rotation weighed by 0.1 m per rad. The
        joint is the one that has to turn most for motion in the lost direction. Below 0.01 m/rad, 0.1 m/s in that
        direction need 10 rad/s.
        """
        jacobian = self.jacobian(q, tool).copy()
        jacobian[3:] *= CHARACTERISTIC_LENGTH
        _, values, right = np.linalg.svd(jacobian)
        smallest = min(6, self.dof) - 1
        return float(values[smallest]), int(np.argmax(np.abs(right[smallest])))

    def distance(self, q: Array, near: Array) -> float:
        """Return the weighted joint distance (s): the norm of joint changes over joint speed limits."""
        return float(np.linalg.norm((q - near) * self._weight))

    def starts(self, seed: int) -> Array:
        """Return (RESTARTS, n) start vectors for searches, within the limits and half a turn; the same for one seed."""
        starts = self._starts.get(seed)
        if starts is None:
            low, high = np.maximum(self._lower, -math.pi), np.minimum(self._upper, math.pi)
            # A joint whose range lies beyond half a turn keeps its own range.
            low, high = np.where(low < high, low, self._lower), np.where(low < high, high, self._upper)
            starts = low + np.random.default_rng(seed).random((RESTARTS, self.dof)) * (high - low)
            self._starts[seed] = starts
        return starts

    def _relaxed(self, target: Array, q: Array) -> Array:
        """Return ``q`` moved in the null space of the target towards the home position, joints over their speeds."""
        for _ in range(RELAXATIONS):
            scaled = self.jacobian(q) / self._weight
            wish = (self._home - q) * self._weight
            wish -= np.linalg.pinv(scaled) @ (scaled @ wish)
            change = wish / self._weight
            if np.abs(change).max() < RELAXED:
                break
            next_q = self.solve_from(target, q + 0.7 * change)
            if next_q is None:  # a joint limit blocks the step
                break
            q = next_q
        return q

    def _search(self, target: Array, near: Array, first: Array | None, seed: int, candidates: int) -> Array:
        best: Array | None = None
        count = 0
        starts = iter(self.starts(seed))
        q = first
        while count < candidates:
            if q is not None:
                q = self._unwound(q, near)
                if np.abs(q - near).max() < NEAR:
                    return q
                if best is None or self.distance(q, near) < self.distance(best, near):
                    best = q
                count += 1
            start = None if count >= candidates else next(starts, None)
            if start is None:
                break
            q = self.solve_from(target, start, RESTART_ITERATIONS)
        if best is None:
            # Near a singularity convergence is slow: allow more steps before giving up.
            q = self.solve_from(target, near.copy(), 300)
            if q is None:
                raise Unreachable("no joint configuration within the limits reaches the pose")
            best = self._unwound(q, near)
        return best

    def _unwound(self, q: Array, near: Array) -> Array:
        """Return ``q`` shifted by whole turns to be nearest to ``near`` within the limits."""
        turns = np.round((q - near) / TURN)
        if not turns.any():
            return q
        shifted = q - TURN * turns
        # The nearest angle may be one turn beyond a limit; the solver's own answer is within the limits.
        shifted = np.where(shifted < self._lower, shifted + TURN, shifted)
        shifted = np.where(shifted > self._upper, shifted - TURN, shifted)
        inside = (shifted >= self._lower) & (shifted <= self._upper)
        result: Array = np.where(inside, shifted, q)
        return result


def _rotation(axis: Array, angle: float) -> Array:
    """Return the (3, 3) rotation about a unit axis (Rodrigues)."""
    x, y, z = axis
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    turned: Array = np.eye(3) + math.sin(angle) * cross + (1.0 - math.cos(angle)) * (cross @ cross)
    return turned


_shared: LruCache[int, ArmKinematics] = LruCache(SHARED)


def _aligned(axis: Array) -> Array:
    """Return the (4, 4) rotation that turns z into ``axis``, exact for the coordinate axes."""
    pose = np.eye(4)
    other = np.eye(3)[int(np.argmin(np.abs(axis)))]
    first = np.cross(other, axis)
    first /= np.linalg.norm(first)
    pose[:3, :3] = np.column_stack([first, np.cross(axis, first), axis])
    return pose


def _chain(frames: list[Array], axes: list[Array], flange: Array, lower: Array, upper: Array) -> list[Element]:
    """Return fixed transforms and rotations about z in turn: the fewest elements, so the fastest evaluation."""
    elements: list[Element] = []
    fixed = np.eye(4)
    for frame, axis, low, high in zip(frames, axes, lower, upper, strict=True):
        aligned = _aligned(axis)
        elements += [fixed @ frame @ aligned, Turn(float(low), float(high))]
        fixed = aligned.T
    return [*elements, fixed @ flange]
