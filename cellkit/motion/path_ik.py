"""Joint angles along a Cartesian path: q(s), a quintic spline through inverse kinematics at few points.

At each node the angles come from the solver, and their first and second derivatives from the Jacobian: J q' = x', J q''
= x'' - J' q' (B. Siciliano et al., "Robotics: Modelling, Planning and Control", ch. 3). A quintic Hermite spline
through these is C2. Its error is largest in the middle of a segment, where it is checked against the path; segments are
halved until the error is below 0.02 mm and 0.02 deg.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from cellkit.errors import PlanningError, SingularPath, Unreachable
from cellkit.geometry import Array, inverse_transform, largest
from cellkit.motion.joint_curve import JointCurve, hermite, middles
from cellkit.motion.kinematics import ArmKinematics
from cellkit.motion.path import Path
from cellkit.motion.unreachable_reason import solve_or_explain

STEP = 0.16  # m between nodes at first
TURN = 0.5  # rad between nodes at first
JUMP = 0.7
"""Angle in rad: where a joint changes more between two nodes, they are too far apart or the configuration jumps."""
POSITION_TOLERANCE = 2e-5
ROTATION_TOLERANCE = 3.5e-4
START_TOLERANCE = 1e-3
"""Largest distance (m and rad) between the first pose of a path and the pose of the arm."""
MOST_NODES = 1500
DAMPING = 1e-11
_DAMPED = DAMPING * np.eye(6)
# The matrix maps the squares of a difference of poses, row by row, to the squares of its distance and of its angle: the
# Frobenius norm of a small difference of rotations is the angle times the root of 2.
_OFF: Array = np.array([(0.0, 0.5), (0.0, 0.5), (0.0, 0.5), (1.0, 0.0)] * 3 + [(0.0, 0.0)] * 4)


class Follower:
    """Finds the joint curve of one path; a new object is made for every path."""

    def __init__(self, kinematics: ArmKinematics, path: Path, q_start: Array, tool: Array | None) -> None:
        self._kinematics = kinematics
        self._path = path
        self._tool = tool
        self._untool = None if tool is None else inverse_transform(tool)
        self._q_start = q_start
        self._known: dict[float, Array] = {0.0: q_start}
        self._redundant = kinematics.dof > 6
        self._finest = max(path.length / 8192, 1e-6)

    def curve(self) -> JointCurve:
        """Return the curve. Raises ``PlanningError`` (a joint limit), ``Unreachable`` or ``SingularPath``."""
        nodes = self._first_nodes()
        while True:
            nodes = self._solved(nodes)
            s = np.array(nodes)
            coefficients = self._coefficients(s)
            wrong = self._wrong(s, coefficients)
            if not np.count_nonzero(wrong):
                return self._within_limits(JointCurve(s, coefficients))
            widths = np.diff(s)
            if len(nodes) > MOST_NODES or widths[wrong].min() < 2 * self._finest:
                i = int(np.argmax(wrong))
                raise self._singular(float(s[i]), "the joint angles cannot be followed there")
            refined = [nodes[0]]
            for i, node in enumerate(nodes[1:]):
                if wrong[i]:
                    refined.append(0.5 * (nodes[i] + node))
                refined.append(node)
            nodes = refined

    def place(self, s: float) -> str:
        """Describe the place ``s`` on the path in words."""
        x, y, z = self._path.poses(np.array([s]))[0, :3, 3]
        length = 1e3 * self._path.length
        return f"{1e3 * s:.1f} mm along the path of {length:.1f} mm, TCP at ({x:.3f}, {y:.3f}, {z:.3f}) m"

    def _check_start(self, flange: Array) -> None:
        gap = largest(self._kinematics.forward(self._q_start) - flange)
        if gap > START_TOLERANCE:
            raise PlanningError(f"the path does not begin where the arm is: {1e3 * gap:.1f} mm or mrad away")

    def _first_nodes(self) -> list[float]:
        knots = self._path.knots
        centres = np.array([0.5 * (begin + end) for begin, end in pairwise(knots)])
        nodes = [0.0]
        for begin, end, twist in zip(knots, knots[1:], self._path.twists(centres).tolist(), strict=False):
            width = end - begin
            count = max(1, math.ceil(width * max(1.0 / STEP, math.hypot(*twist[3:]) / TURN)))
            nodes += [begin + width * i / count for i in range(1, count)]
            nodes.append(end)
        return nodes

    def _solved(self, nodes: list[float]) -> list[float]:
        """Solve the new nodes, in order, and add nodes between them where the joints change much."""
        known = self._known
        if len(known) == 1:
            flanges = self._flanges(nodes)
            self._check_start(flanges[0])
            todo, targets = nodes[1:], flanges[1:]
        else:
            todo = [s for s in nodes if s not in known]
            targets = self._flanges(todo)
        pending = list(zip(todo, targets, strict=True))[::-1]
        solve = self._kinematics.solve_from
        solved = sorted(known)
        while pending:
            s, target = pending[-1]
            i = bisect_left(solved, s) - 1
            previous = solved[i]
            start = known[previous].copy()
            if self._redundant:
                start = self._integrated(start, previous, s)
            elif i > 0:
                start += (start - known[solved[i - 1]]) * ((s - previous) / (previous - solved[i - 1]))
            q = solve(target, start)
            if q is not None and largest(q - known[previous]) < JUMP:
                known[s] = q
                solved.insert(i + 1, s)
                pending.pop()
                continue
            if s - previous < 2 * self._finest:
                raise self._stuck(previous, s, target)
            middle = 0.5 * (previous + s)
            pending.append((middle, self._flanges([middle])[0]))
        return solved

    def _integrated(self, q: Array, begin: float, end: float) -> Array:
        """Return ``q`` moved along the path by the least joint motion (Runge-Kutta, fourth order).

        A redundant arm has a choice at every node; only this one fits the derivatives there.
        """
        h = end - begin
        twists = self._path.twists(np.array([begin, begin + 0.5 * h, end]))[:, :, None]

        def rate(angles: Array, twist: Array) -> Array:
            inverse = _damped_inverses(self._kinematics.jacobian(angles, self._tool)[None])[0]
            return (inverse @ twist)[:, 0]  # type: ignore[no-any-return]

        k1 = rate(q, twists[0])
        k2 = rate(q + 0.5 * h * k1, twists[1])
        k3 = rate(q + 0.5 * h * k2, twists[1])
        k4 = rate(q + h * k3, twists[2])
        moved: Array = q + (h / 6.0) * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
        return moved

    def _flanges(self, s: list[float]) -> Array:
        poses = self._path.poses(np.array(s))
        return poses if self._untool is None else poses @ self._untool

    def _coefficients(self, s: Array) -> Array:
        kinematics, path = self._kinematics, self._path
        angles = [self._known[x] for x in s.tolist()]
        jacobians = [kinematics.jacobian(x, self._tool) for x in angles]
        stacked = np.array(jacobians)
        inverses = _damped_inverses(stacked)
        first = inverses @ path.twists(s)[:, :, None]
        # J' is the Hessian multiplied by q' on its first axis.
        hessians = np.array([kinematics.hessian(x) for x in jacobians])
        m, n = len(angles), kinematics.dof
        changes = (first.transpose(0, 2, 1) @ hessians.reshape(m, n, 6 * n)).reshape(m, 6, n)
        second = inverses @ (path.bends(s)[:, :, None] - changes @ first)
        if n > 6:
            second += _self_motion(stacked, changes, inverses, first)
        return hermite(s[1:] - s[:-1], np.array(angles), first[:, :, 0], second[:, :, 0])

    def _wrong(self, s: Array, coefficients: Array) -> NDArray[np.bool_]:
        """Return (m,) whether each segment leaves the path in its middle."""
        reached = self._kinematics.forward(middles(coefficients)).reshape(-1, 4, 4)
        if self._tool is not None:
            reached = reached @ self._tool
        difference = (reached - self._path.poses(0.5 * (s[1:] + s[:-1]))).reshape(-1, 16)
        off = (difference * difference) @ _OFF
        wrong: NDArray[np.bool_] = (off[:, 0] > POSITION_TOLERANCE**2) | (off[:, 1] > ROTATION_TOLERANCE**2)
        return wrong

    def _within_limits(self, curve: JointCurve) -> JointCurve:
        limits = self._kinematics.limits
        s, q, _, _ = curve.grid
        outside = (q < limits.lower - 1e-6) | (q > limits.upper + 1e-6)
        if np.count_nonzero(outside):
            i = int(np.argmax(outside.any(axis=1)))
            raise PlanningError(f"{limits.violation(q[i])}, {self.place(float(s[i]))}")
        return curve

    def _stuck(self, s: float, beyond: float, target: Array) -> PlanningError:
        """Return the error that states why the path cannot be followed past ``s``."""
        kinematics = self._kinematics
        q = self._known[s]
        free = kinematics.solve_unlimited(target, q.copy())
        if free is not None:
            free = free - 2.0 * math.pi * np.round((free - q) / (2.0 * math.pi))
            problem = kinematics.limits.violation(free, tolerance=0.0)
            if problem and largest(free - q) < JUMP:
                return PlanningError(f"{problem}, {self.place(s)}")
        ahead = min(beyond + 0.01 * self._path.length, self._path.length)
        for x in (self._path.length, ahead):
            try:
                solve_or_explain(kinematics, self._flanges([x])[0], q)
            except Unreachable as error:
                return Unreachable(f"{error}. The path leaves the reach {self.place(s)}")
        return self._singular(s, "the arm would have to jump to another configuration")

    def _singular(self, s: float, why: str) -> SingularPath:
        near = max(x for x in self._known if x <= s)
        _, joint = self._kinematics.dexterity(self._known[near], self._tool)
        return singular(self, s, joint, self._kinematics.limits.names[joint], why)


def singular(follower: Follower, s: float, joint: int, name: str, why: str) -> SingularPath:
    """Return the error for a path through a singularity at ``s``; ``joint`` is an index."""
    return SingularPath(
        f"the path passes too near a singularity, {follower.place(s)}: {why} (joint {joint + 1}, {name}). "
        "A joint motion, a small turn of the tool or a path some centimetres aside avoids the singularity"
    )


def _damped_inverses(jacobians: Array) -> Array:
    """Return the damped pseudo-inverses (m, n, 6) of (m, 6, n): the least joint rates, finite at a singularity."""
    rows, columns = jacobians.shape[1:]
    transposed = jacobians.transpose(0, 2, 1)
    if columns < rows:
        tall: Array = np.linalg.inv(transposed @ jacobians + DAMPING * np.eye(columns)) @ transposed
        return tall
    wide: Array = transposed @ np.linalg.inv(jacobians @ transposed + _DAMPED)
    return wide


def _self_motion(jacobians: Array, changes: Array, inverses: Array, first: Array) -> Array:
    """Return the (m, n, 1) part of q'' that does not move the TCP, from d/ds of q' = J^T (J J^T)^-1 x'.

    It is (1 - J+ J) J'^T (J J^T)^-1 x'.
    """
    weights = inverses.transpose(0, 2, 1) @ first
    pulled = changes.transpose(0, 2, 1) @ weights
    part: Array = pulled - inverses @ (jacobians @ pulled)
    return part
