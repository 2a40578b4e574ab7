"""The motion of the arm at one moment: its joints, and what follows from them, computed when it is asked for."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from cellkit.controller.arm_controller import ArmController
from cellkit.devices.tool import Tool
from cellkit.geometry import Array
from cellkit.joints import JointState
from cellkit_ur.protocol.base_frame import Six, to_vendor

NOTHING: Six = (0.0,) * 6
_DIRECTIONS = np.array([-1.0, -1.0, 1.0, -1.0, -1.0, 1.0])  # cellkit's base → the vendor's base, for speeds


class ArmMotion:
    """Measured and commanded joints in rad and rad/s, and the TCP and the elbow in the vendor's base.

    ``commanded``: positions and speeds, as the kernel gives them.
    """

    def __init__(self, kernel: ArmController, joints: JointState, commanded: tuple[Array, Array]) -> None:
        self.kinematics = kernel.kinematics
        self.tool: Tool = kernel.tool
        self.joints = joints
        self._tcp: Six | None = None
        position, velocity = joints.position, joints.velocity
        target, target_speed = self._commanded = commanded
        self.q: tuple[float, ...] = tuple(position.tolist())
        """Measured joint positions."""
        self.qd: tuple[float, ...] = tuple(velocity.tolist())
        """Measured joint speeds."""
        self._exact = target is position and target_speed is velocity  # as in a world without dynamics
        if self._exact:
            self.commanded: tuple[tuple[float, ...], tuple[float, ...]] = self.q, self.qd
        else:
            self.commanded = tuple(target.tolist()), tuple(target_speed.tolist())

    def made_of(self, joints: JointState, commanded: tuple[Array, Array], tool: Tool) -> bool:
        """Return whether a motion is made of these very objects, as that of an arm at rest often is."""
        return (
            joints.position is self.joints.position
            and joints.velocity is self.joints.velocity
            and commanded[0] is self._commanded[0]
            and commanded[1] is self._commanded[1]
            and tool is self.tool
        )

    def same_as(self, other: ArmMotion) -> bool:
        """Return whether all that follows from two motions is the same to the last bit, also the sign of a zero."""
        return self.q == other.q and self._numbers() == other._numbers() and self.tool is other.tool

    def _numbers(self) -> bytes:
        joints, (target, target_speed) = self.joints, self._commanded
        return b"".join(part.tobytes() for part in (joints.position, joints.velocity, target, target_speed))

    @property
    def tcp(self) -> Six:
        """Measured TCP."""
        if self._tcp is None:  # ``cached_property`` takes a lock, which costs a fifth of the pose
            self._tcp = self._pose(self.joints.position)
        return self._tcp

    @cached_property
    def target_tcp(self) -> Six:
        """Commanded TCP."""
        return self.tcp if self._exact else self._pose(self._commanded[0])

    @cached_property
    def tcp_speed(self) -> Six:
        """Measured speed of the TCP."""
        return self._speed(self.joints.position, self.joints.velocity)

    @cached_property
    def target_tcp_speed(self) -> Six:
        """Commanded speed of the TCP."""
        return self.tcp_speed if self._exact else self._speed(*self._commanded)

    def _pose(self, position: Array) -> Six:
        return to_vendor(self.kinematics.forward(position).dot(self.tool.tcp.matrix))  # ``@`` takes twice as long

    def _speed(self, position: Array, speeds: Array) -> Six:
        if not speeds.any():
            return NOTHING
        twist = (self.kinematics.jacobian(position, self.tool.tcp.matrix) @ speeds) * _DIRECTIONS
        a, b, c, d, e, f = twist.tolist()
        return a, b, c, d, e, f

    @cached_property
    def elbow(self) -> tuple[float, ...]:
        """The position of the elbow."""
        x, y, z = self.kinematics.joint_frames(self.q)[2][:3, 3].tolist()
        return -x, -y, z
