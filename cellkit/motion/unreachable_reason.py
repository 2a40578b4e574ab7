"""The reason why a pose cannot be reached, in words with figures.

Finding it takes some ms, so only callers that report it ask for it.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from cellkit.errors import Unreachable
from cellkit.geometry import Array, rotvec_from_rotation
from cellkit.motion.kinematics import ArmKinematics

STARTS = 12
CLOSE = 1e-4
"""Distance (m and rad) below which a pose counts as reached: only its neighbourhood is at fault."""


def solve_or_explain(kinematics: ArmKinematics, target: Array, near: ArrayLike, seed: int = 0) -> Array:
    """Return the joint angles of :meth:`ArmKinematics.inverse`.

    Raises ``Unreachable``; the message states by how much, which joint limit, or which orientation.
    """
    try:
        return kinematics.inverse(target, near, seed=seed)
    except Unreachable:
        raise Unreachable(explain(kinematics, target, np.array(near, dtype=np.float64), seed)) from None


def explain(kinematics: ArmKinematics, target: Array, near: Array, seed: int = 0) -> str:
    """Return one sentence why no configuration within the limits puts the flange at ``target``, (4, 4) in base.

    Tried in this order: with the joint limits ignored; the position alone; the orientation at that position.
    """
    starts = [near, *kinematics.starts(seed)[:STARTS]]
    limited = _limit_in_the_way(kinematics, target, starts)
    if limited is not None:
        return f"no configuration within the joint limits: {limited}"
    q, distance = nearest(kinematics, target, starts, rotation_weight=0.0)
    if distance > CLOSE:
        point = kinematics.forward(q)[:3, 3]
        shoulder = kinematics.joint_frames(q)[1][:3, 3]
        near_side = np.linalg.norm(target[:3, 3] - shoulder) < np.linalg.norm(point - shoulder)
        direction = "m too close to the arm's shoulder" if near_side else "m beyond the reach"
        x, y, z = point
        nearest_point = f"({x:.3f}, {y:.3f}, {z:.3f}) m in base"
        return f"{distance:.3f} {direction}: the nearest point the flange reaches is {nearest_point}"
    q, _ = nearest(kinematics, target, [q, *starts[:6]], rotation_weight=1e-3)
    angle = float(np.linalg.norm(_error(kinematics.forward(q), target)[3:]))
    if angle > CLOSE:
        return (
            f"the point is within reach, but not with this orientation: "
            f"the nearest orientation there is {math.degrees(angle):.1f} deg away"
        )
    value, joint = kinematics.dexterity(q)
    return (
        f"the pose is at a singularity (smallest singular value {value:.4f} m/rad, "
        f"joint {joint + 1} ({kinematics.limits.names[joint]})) and the solver does not settle there"
    )


def nearest(
    kinematics: ArmKinematics, target: Array, starts: list[Array], rotation_weight: float
) -> tuple[Array, float]:
    """Return joint angles (n,) within the limits that bring the flange nearest to ``target``, and the distance in m.

    ``rotation_weight`` in m²/rad² is the weight of the orientation; 0 ignores it. The result is the best of all
    ``starts``.
    """
    best = min((_descended(kinematics, target, start, rotation_weight) for start in starts), key=lambda pair: pair[1])
    left = kinematics.forward(best[0])[:3, 3] - target[:3, 3]
    return best[0], float(np.linalg.norm(left))


def _limit_in_the_way(kinematics: ArmKinematics, target: Array, starts: list[Array]) -> str | None:
    """Describe the joint whose limit is exceeded least among the configurations without limits, with both figures."""
    limits = kinematics.limits
    best: tuple[float, Array] | None = None
    for start in starts:
        q = kinematics.solve_unlimited(target, start.copy())
        if q is None:
            continue
        # The solver returns angles outside the limits with any number of turns; they are read within half a turn.
        outside = (q < limits.lower) | (q > limits.upper)
        q = np.where(outside, np.remainder(q + math.pi, 2.0 * math.pi) - math.pi, q)
        excess = float(np.maximum(limits.lower - q, q - limits.upper).max())
        if best is None or excess < best[0]:
            best = (excess, q)
    if best is None:
        return None
    return limits.violation(best[1], tolerance=0.0)


def _error(pose: Array, target: Array) -> Array:
    """Return the remaining error (6,): m over rad, base axes."""
    return np.concatenate([target[:3, 3] - pose[:3, 3], rotvec_from_rotation(target[:3, :3] @ pose[:3, :3].T)])


def _descended(kinematics: ArmKinematics, target: Array, start: Array, rotation_weight: float) -> tuple[Array, float]:
    """Return the local minimum of half the weighted squared error within the joint limits: a damped Newton method.

    The position part has its exact second derivative, dJ_j/dq_i = w_i x J_j for i <= j: the residual does not vanish
    here, and Gauss-Newton would converge slowly.
    """
    limits = kinematics.limits
    weights = np.array([1.0] * 3 + [rotation_weight] * 3)

    def cost(q: Array) -> tuple[float, Array]:
        error = _error(kinematics.forward(q), target)
        return 0.5 * float(weights @ (error * error)), error

    q = np.clip(start, limits.lower, limits.upper)
    value, error = cost(q)
    damping = 1e-3
    for _ in range(80):
        jacobian = kinematics.jacobian(q)
        gradient = -jacobian.T @ (weights * error)
        hessian = jacobian.T @ (weights[:, None] * jacobian)
        curving = np.einsum("k,ijk->ij", error[:3], np.cross(jacobian[3:].T[:, None, :], jacobian[:3].T[None, :, :]))
        upper = np.triu(curving)
        hessian -= upper + np.triu(upper, 1).T
        free = ~(((q <= limits.lower) & (gradient > 0)) | ((q >= limits.upper) & (gradient < 0)))
        if np.abs(gradient[free]).max(initial=0.0) < 1e-10:
            break
        reduced = hessian[np.ix_(free, free)]
        bend = min(0.0, float(np.linalg.eigvalsh(reduced)[0]))
        moved = False
        while damping < 1e6:
            step = np.zeros_like(q)
            step[free] = -np.linalg.solve(reduced + (damping - bend) * np.eye(int(free.sum())), gradient[free])
            trial = np.clip(q + step, limits.lower, limits.upper)
            new_value, new_error = cost(trial)
            if new_value < value:
                q, value, error, damping, moved = trial, new_value, new_error, max(damping / 5.0, 1e-9), True
                break
            damping *= 4.0
        if not moved:
            break
    return q, value
