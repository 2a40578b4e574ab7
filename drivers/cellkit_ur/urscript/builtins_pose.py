"""Poses and kinematics."""

from __future__ import annotations

import math

from cellkit.geometry import (
    Array,
    inverse_transform,
    rotation_from_rotvec,
    rotation_from_rpy,
    rotvec_from_rotation,
    rpy_from_rotation,
    transform,
)
from cellkit_ur.urscript.builtins import costly
from cellkit_ur.urscript.errors import RuntimeException
from cellkit_ur.urscript.machine import Six
from cellkit_ur.urscript.runtime import Runtime
from cellkit_ur.urscript.values import PoseValue, Value, number, pose, six, three

GEOMETRY, KINEMATICS = 200, 5_000


def matrix(numbers: Six) -> Array:
    """Return the (4, 4) transform of a pose."""
    return transform(rotation_from_rotvec(numbers[3:]), numbers[:3])


def pose_of(transformation: Array) -> PoseValue:
    """Return the pose of a (4, 4) transform."""
    turn = rotvec_from_rotation(transformation[:3, :3])
    return PoseValue([*transformation[:3, 3].tolist(), *turn.tolist()])


@costly(GEOMETRY)
def pose_trans(_: Runtime, p_from: Value, p_from_to: Value) -> Value:
    """Return the pose ``p_from_to``, given in ``p_from``, in the frame that ``p_from`` is given in."""
    return pose_of(matrix(six(p_from)) @ matrix(six(p_from_to)))


@costly(GEOMETRY)
def pose_inv(_: Runtime, p_from: Value) -> Value:
    """Return the inverse of a pose."""
    return pose_of(inverse_transform(matrix(pose(p_from))))


@costly(GEOMETRY)
def pose_add(_: Runtime, p_1: Value, p_2: Value) -> Value:
    """Add positions and compose rotations."""
    first, second = six(p_1), six(p_2)
    turn = rotation_from_rotvec(first[3:]) @ rotation_from_rotvec(second[3:])
    return PoseValue(
        [*(a + b for a, b in zip(first[:3], second[:3], strict=True)), *rotvec_from_rotation(turn).tolist()]
    )


@costly(GEOMETRY)
def pose_sub(_: Runtime, p_to: Value, p_from: Value) -> Value:
    """Return the pose that ``pose_add`` must add to ``p_from`` to give ``p_to``."""
    to, start = six(p_to), six(p_from)
    turn = rotation_from_rotvec(start[3:]).T @ rotation_from_rotvec(to[3:])
    return PoseValue([*(a - b for a, b in zip(to[:3], start[:3], strict=True)), *rotvec_from_rotation(turn).tolist()])


@costly(GEOMETRY)
def interpolate_pose(_: Runtime, p_from: Value, p_to: Value, alpha: Value) -> Value:
    """Interpolate two poses: at ``p_from`` for 0, at ``p_to`` for 1."""
    start, end, share = pose(p_from), pose(p_to), number(alpha)
    first = rotation_from_rotvec(start[3:])
    turn = rotvec_from_rotation(first.T @ rotation_from_rotvec(end[3:])) * share
    between = transform(
        first @ rotation_from_rotvec(turn), [a + share * (b - a) for a, b in zip(start[:3], end[:3], strict=True)]
    )
    return pose_of(between)


@costly(GEOMETRY)
def point_dist(_: Runtime, p_from: Value, p_to: Value) -> Value:
    """Return the distance of two positions, m."""
    return math.dist(pose(p_from)[:3], pose(p_to)[:3])


@costly(GEOMETRY)
def rotvec2rpy(_: Runtime, rotation_vector: Value) -> Value:
    """Convert a rotation vector to roll, pitch, yaw."""
    return rpy_from_rotation(rotation_from_rotvec(three(rotation_vector)))


@costly(GEOMETRY)
def rpy2rotvec(_: Runtime, rpy_vector: Value) -> Value:
    """Convert roll, pitch, yaw to a rotation vector."""
    return tuple(rotvec_from_rotation(rotation_from_rpy(*three(rpy_vector))).tolist())


# --- kinematics -----------------------------------------------------------------------------------------------------


def solve(runtime: Runtime, x: Value, qnear: Value = None, tcp: Value = None) -> Six | None:
    """Return the joints for a pose of the TCP, None when the pose cannot be reached."""
    machine = runtime.machine
    near = machine.target_joints() if qnear is None else six(qnear)
    return machine.inverse(six(x), near, machine.tcp_offset() if tcp is None else pose(tcp))


@costly(KINEMATICS)
def get_inverse_kin(
    runtime: Runtime,
    x: Value,
    qnear: Value = None,
    maxPositionError: Value = 1e-10,  # noqa: N803
    maxOrientationError: Value = 1e-10,  # noqa: N803
    tcp: Value = None,
) -> Value:
    """Return the joints that reach a pose, nearest to ``qnear``."""
    number(maxPositionError), number(maxOrientationError)
    joints = solve(runtime, x, qnear, tcp)
    if joints is None:
        raise RuntimeException("no inverse kinematics solution: the pose is out of reach")
    return joints


@costly(KINEMATICS)
def get_inverse_kin_has_solution(
    runtime: Runtime,
    pose: Value,
    qnear: Value = None,
    maxPositionError: Value = 1e-10,  # noqa: N803
    maxOrientationError: Value = 1e-10,  # noqa: N803
    tcp: Value = None,
) -> Value:
    """Return whether a pose can be reached."""
    number(maxPositionError), number(maxOrientationError)
    return solve(runtime, pose, qnear, tcp) is not None


@costly(KINEMATICS)
def get_forward_kin(runtime: Runtime, q: Value = None, tcp: Value = None) -> Value:
    """Return the pose of the TCP at some joints, or its current pose."""
    machine = runtime.machine
    joints = machine.joints() if q is None else six(q)
    return PoseValue(machine.forward(joints, machine.tcp_offset() if tcp is None else pose(tcp)))


@costly(KINEMATICS)
def is_within_safety_limits(runtime: Runtime, qOrPose: Value) -> Value:  # noqa: N803
    """Return whether joints, or the solution for a pose, are within the limits."""
    joints = solve(runtime, qOrPose) if isinstance(qOrPose, PoseValue) else six(qOrPose)
    return joints is not None and runtime.machine.within_safety_limits(joints)
