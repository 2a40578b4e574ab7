"""Poses, twists and wrenches in SI units, each with the frame it is expressed in.

Frames are right-handed (ISO 9787). ``base`` is the arm's mounting face, ``flange`` its mechanical
interface, ``tcp`` the tool centre point with z pointing out of the tool, ``world`` the cell's floor frame.
Arrays are float64 and read-only.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]
Vector3: TypeAlias = Sequence[float] | Array

_IDENTITY: Array = np.eye(4)  # copying it takes a fifth of the time of making a new one


def frozen(values: object, shape: tuple[int, ...] | None = None) -> Array:
    """Return a read-only float64 copy of ``values``.

    Raises ``ValueError`` for a wrong shape or a number that is not finite.
    """
    array: Array = np.array(values, dtype=np.float64)
    if shape is not None and array.shape != shape:
        raise ValueError(f"shape {array.shape}, expected {shape}")
    if np.count_nonzero(np.isfinite(array)) != array.size:
        raise ValueError("holds a number that is not finite")
    array.setflags(write=False)
    return array


def largest(values: Array) -> float:
    """Return the largest magnitude in an array.

    For few numbers plain floats are faster than numpy.
    """
    return max(map(abs, values.ravel().tolist()))


def rotation_from_rpy(roll: float, pitch: float, yaw: float) -> Array:
    """Return the (3, 3) rotation about the fixed axes x, y, z in that order: Rz(yaw) Ry(pitch) Rx(roll)."""
    cr, sr, cp, sp = math.cos(roll), math.sin(roll), math.cos(pitch), math.sin(pitch)
    cy, sy = math.cos(yaw), math.sin(yaw)
    return np.array(
        [
            [cy * cp, cy * sp * sr - sy * cr, cy * sp * cr + sy * sr],
            [sy * cp, sy * sp * sr + cy * cr, sy * sp * cr - cy * sr],
            [-sp, cp * sr, cp * cr],
        ]
    )


def rpy_from_rotation(rotation: Array) -> tuple[float, float, float]:
    """Return roll, pitch, yaw (rad) of a (3, 3) rotation; at pitch ±90° roll is set to zero."""
    pitch = math.asin(min(1.0, max(-1.0, -rotation[2, 0])))
    if abs(rotation[2, 0]) > 1.0 - 1e-12:
        return 0.0, pitch, math.atan2(-rotation[0, 1], rotation[1, 1])
    return math.atan2(rotation[2, 1], rotation[2, 2]), pitch, math.atan2(rotation[1, 0], rotation[0, 0])


def rotation_from_quaternion(quaternion: Sequence[float] | Array) -> Array:
    """Return the (3, 3) rotation of a quaternion (x, y, z, w) of any length.

    Raises ``ValueError`` for a quaternion of length zero.
    """
    x, y, z, w = (float(value) for value in quaternion)
    norm = x * x + y * y + z * z + w * w
    if norm < 1e-20:
        raise ValueError("a quaternion of length zero is no rotation")
    s = 2.0 / norm
    return np.array(
        [
            [1 - s * (y * y + z * z), s * (x * y - z * w), s * (x * z + y * w)],
            [s * (x * y + z * w), 1 - s * (x * x + z * z), s * (y * z - x * w)],
            [s * (x * z - y * w), s * (y * z + x * w), 1 - s * (x * x + y * y)],
        ]
    )


def quaternion_from_rotation(rotation: Array) -> tuple[float, float, float, float]:
    """Return the unit quaternion (x, y, z, w) of a (3, 3) rotation, with w >= 0."""
    (m00, m01, m02), (m10, m11, m12), (m20, m21, m22) = rotation.tolist()
    # Of the four candidates the largest one is well conditioned (Shepperd 1978).
    trace = m00 + m11 + m22
    best = max(trace, m00, m11, m22)
    if best == trace:
        w = 0.5 * math.sqrt(max(0.0, 1.0 + trace))
        k = 0.25 / w
        x = (m21 - m12) * k
        y = (m02 - m20) * k
        z = (m10 - m01) * k
    elif best == m00:
        x = 0.5 * math.sqrt(max(0.0, 1.0 + m00 - m11 - m22))
        k = 0.25 / x
        w = (m21 - m12) * k
        y = (m01 + m10) * k
        z = (m02 + m20) * k
    elif best == m11:
        y = 0.5 * math.sqrt(max(0.0, 1.0 - m00 + m11 - m22))
        k = 0.25 / y
        w = (m02 - m20) * k
        x = (m01 + m10) * k
        z = (m12 + m21) * k
    else:
        z = 0.5 * math.sqrt(max(0.0, 1.0 - m00 - m11 + m22))
        k = 0.25 / z
        w = (m10 - m01) * k
        x = (m02 + m20) * k
        y = (m12 + m21) * k
    sign = -1.0 if w < 0 else 1.0
    return sign * x, sign * y, sign * z, sign * w


def quaternions_from_rotations(rotations: Array) -> Array:
    """Return the unit quaternions (m, 4) of rotations (m, 3, 3), bit by bit as ``quaternion_from_rotation`` does."""
    (m00, m01, m02), (m10, m11, m12), (m20, m21, m22) = rotations.transpose(1, 2, 0)
    trace = m00 + m11 + m22
    x, y, z, xy, xz, yz = m21 - m12, m02 - m20, m10 - m01, m01 + m10, m02 + m20, m12 + m21
    # Row i is the quaternion (x, y, z, w), times four times its largest component, which is i.
    rows = np.array(
        [
            [1.0 + m00 - m11 - m22, xy, xz, x],
            [xy, 1.0 - m00 + m11 - m22, yz, y],
            [xz, yz, 1.0 - m00 - m11 + m22, z],
            [x, y, z, 1.0 + trace],
        ]
    )
    every = np.arange(len(rotations))
    best = np.array([3, 0, 1, 2])[np.argmax([trace, m00, m11, m22], axis=0)]
    largest = 0.5 * np.sqrt(np.maximum(0.0, rows[best, best, every]))
    result: Array = rows[best, :, every] * (0.25 / largest)[:, None]
    result[every, best] = largest
    result[result[:, 3] < 0] *= -1.0
    return result


def cross(a: Vector3, b: Vector3) -> Array:
    """Return the cross product of two vectors (3,), as ``np.cross`` does in ten times the time."""
    (ax, ay, az), (bx, by, bz) = map(float, a), map(float, b)
    return np.array([ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx])


def rotation_from_rotvec(rotvec: Vector3) -> Array:
    """Return the (3, 3) rotation about the direction of ``rotvec`` by its length (rad)."""
    x, y, z = (float(value) for value in rotvec)
    angle = math.sqrt(x * x + y * y + z * z)
    if angle < 1e-12:
        return np.array([[1.0, -z, y], [z, 1.0, -x], [-y, x, 1.0]])
    half = math.sin(angle / 2) / angle
    return rotation_from_quaternion((x * half, y * half, z * half, math.cos(angle / 2)))


def rotvec_from_rotation(rotation: Array) -> Array:
    """Return the (3,) rotation vector (rad) of a (3, 3) rotation, of length at most pi."""
    x, y, z, w = quaternion_from_rotation(rotation)
    sine = math.sqrt(x * x + y * y + z * z)
    scale = 2.0 if sine < 1e-12 else 2.0 * math.atan2(sine, w) / sine
    return np.array([x * scale, y * scale, z * scale])


def transform(rotation: Array, position: Vector3) -> Array:
    """Return the (4, 4) homogeneous transform of a rotation (3, 3) and a position (m)."""
    matrix = _IDENTITY.copy()
    matrix[:3, :3] = rotation
    matrix[:3, 3] = position
    return matrix


def inverse_transform(matrix: Array) -> Array:
    """Return the inverse of a (4, 4) homogeneous transform."""
    transposed = matrix[:3, :3].T
    return transform(transposed, -transposed.dot(matrix[:3, 3]))


@dataclass(frozen=True, slots=True, eq=False)
class Pose:
    """The position and orientation of one frame in another.

    ``matrix`` is the (4, 4) homogeneous transform; ``frame`` names the frame that it is expressed in. Raises
    ``ValueError`` when the matrix is not a rigid transform of finite numbers.
    """

    matrix: Array
    frame: str = "base"

    def __post_init__(self) -> None:
        matrix = frozen(self.matrix, (4, 4))
        rotation = matrix[:3, :3]
        if np.abs(rotation @ rotation.T - np.eye(3)).max() > 1e-6 or np.linalg.det(rotation) < 0:
            raise ValueError("the rotation part of the pose is not a rotation")
        object.__setattr__(self, "matrix", matrix)

    @classmethod
    def trusted(cls, matrix: Array, frame: str) -> Pose:
        """Return a pose without checking its matrix, which the caller has computed itself. For inner loops."""
        pose = cls.__new__(cls)
        matrix.setflags(write=False)
        object.__setattr__(pose, "matrix", matrix)
        object.__setattr__(pose, "frame", frame)
        return pose

    @classmethod
    def from_rpy(cls, xyz: Vector3, rpy: Vector3 = (0.0, 0.0, 0.0), frame: str = "base") -> Pose:
        """Return the pose of a position (m) and roll, pitch, yaw (rad) about the fixed axes x, y, z."""
        roll, pitch, yaw = frozen(rpy, (3,)).tolist()
        return cls.trusted(transform(rotation_from_rpy(roll, pitch, yaw), frozen(xyz, (3,))), frame)

    @classmethod
    def from_quaternion(cls, xyz: Vector3, quaternion: Sequence[float] | Array, frame: str = "base") -> Pose:
        """Return the pose of a position (m) and a quaternion (x, y, z, w)."""
        return cls(transform(rotation_from_quaternion(quaternion), frozen(xyz, (3,))), frame)

    @property
    def position(self) -> Array:
        """The position (3,) in m."""
        return self.matrix[:3, 3]

    @property
    def rotation(self) -> Array:
        """The rotation (3, 3)."""
        return self.matrix[:3, :3]

    @property
    def quaternion(self) -> tuple[float, float, float, float]:
        """The unit quaternion (x, y, z, w), w >= 0."""
        return quaternion_from_rotation(self.matrix[:3, :3])

    @property
    def rpy(self) -> tuple[float, float, float]:
        """Roll, pitch, yaw (rad) about the fixed axes x, y, z."""
        return rpy_from_rotation(self.matrix[:3, :3])

    def __matmul__(self, other: Pose) -> Pose:
        """Return the pose ``other``, which is given in this pose's own frame, expressed in ``self.frame``."""
        return Pose.trusted(self.matrix @ other.matrix, self.frame)

    def inverse(self, frame: str) -> Pose:
        """Return the pose of ``self.frame`` seen from this pose, whose own frame is named ``frame``."""
        return Pose.trusted(inverse_transform(self.matrix), frame)

    def offset(self, x: float = 0.0, y: float = 0.0, z: float = 0.0) -> Pose:
        """Return the pose moved along its own axes (m)."""
        matrix = self.matrix.copy()
        matrix[:3, 3] += matrix[:3, :3].dot((x, y, z))
        return Pose.trusted(matrix, self.frame)

    def shifted(self, x: float = 0.0, y: float = 0.0, z: float = 0.0) -> Pose:
        """Return the pose moved along the axes of the frame it is expressed in (m)."""
        matrix = self.matrix.copy()
        matrix[:3, 3] += (x, y, z)
        return Pose.trusted(matrix, self.frame)

    def distance(self, other: Pose) -> tuple[float, float]:
        """Return the distance (m) and the angle (rad) to another pose.

        Raises ``ValueError`` for a pose in another frame.
        """
        if self.frame != other.frame:
            raise ValueError(f"no distance from a pose in {self.frame} to one in {other.frame}")
        return (
            float(np.linalg.norm(self.position - other.position)),
            float(np.linalg.norm(rotvec_from_rotation(self.rotation.T @ other.rotation))),
        )

    def __repr__(self) -> str:
        x, y, z = self.position
        roll, pitch, yaw = (math.degrees(value) for value in self.rpy)
        return f"Pose({x:.4f} {y:.4f} {z:.4f} m, rpy {roll:.1f} {pitch:.1f} {yaw:.1f} deg, in {self.frame})"


@dataclass(frozen=True, slots=True, eq=False)
class Wrench:
    """A force (3,) in N and torque (3,) in N m at the origin of ``frame``, expressed in that frame."""

    force: Array
    torque: Array
    frame: str = "tcp"

    def __post_init__(self) -> None:
        object.__setattr__(self, "force", frozen(self.force, (3,)))
        object.__setattr__(self, "torque", frozen(self.torque, (3,)))

    @classmethod
    def trusted(cls, force: Array, torque: Array, frame: str) -> Wrench:
        """Return a wrench of arrays that the caller has computed itself, without checks and copies. For inner loops."""
        force.setflags(write=False)
        torque.setflags(write=False)
        wrench = cls.__new__(cls)
        _set_force(wrench, force)
        _set_torque(wrench, torque)
        _set_frame(wrench, frame)
        return wrench


# The slots themselves: a frozen dataclass refuses assignments, and ``object.__setattr__`` looks each name up.
_set_force, _set_torque, _set_frame = (getattr(Wrench, name).__set__ for name in Wrench.__slots__)
