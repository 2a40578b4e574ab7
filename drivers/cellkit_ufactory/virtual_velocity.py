"""Modes 4 and 5: the arm follows speeds of its joints, or of its TCP, until the next command."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cellkit.controller.arm_controller import ArmController
from cellkit.geometry import Array
from cellkit.timing import Periodic, now
from cellkit_ufactory.protocol.commands import Velocity
from cellkit_ufactory.protocol.units import MM

PERIOD = 0.004  # s
DAMPING = 1e-3  # damping of the inverse of the Jacobian, so that a singularity slows the arm down
AT_REST = 1e-9  # rad/s


class VelocityDrive:
    """Drive that ramps the joints to the requested speeds and guides the kernel.

    ``fail`` is the callback for a joint limit.
    """

    def __init__(self, kernel: ArmController, fail: Callable[[], None]) -> None:
        self._kernel = kernel
        self._fail = fail
        self._beat: Periodic | None = None
        self._wanted: Velocity | None = None
        self._until = 0.0
        self._joints: Array = np.zeros(0)
        self._speed: Array = np.zeros(0)

    @property
    def active(self) -> bool:
        """Whether the arm follows speeds."""
        return self._beat is not None

    def set(self, wanted: Velocity) -> None:
        """Follow ``wanted`` from now on. Raises the errors of ``ArmController.begin_guidance``."""
        if self._beat is None:
            self._kernel.begin_guidance(PERIOD)
            self._joints = self._kernel.joints().position.copy()
            self._speed = np.zeros(len(self._joints))
            self._beat = Periodic(PERIOD, self._step)
        self._wanted = wanted
        self._until = now() + wanted.duration if wanted.duration > 0.0 else float("inf")

    def end(self) -> None:
        """Stop following; the kernel's stop brings the arm to rest."""
        if self._beat is not None:
            self._beat.close()
            self._beat = None

    def _step(self) -> None:
        kernel = self._kernel
        if not kernel.guided:  # the kernel has stopped the arm
            self.end()
            return
        limits = kernel.kinematics.limits
        most = limits.acceleration * PERIOD
        change = self._joint_speeds() - self._speed
        together = self._wanted is not None and len(self._wanted.speeds) > 6 and self._wanted.flag
        if together:  # all joints take as long as the slowest
            change /= max(1.0, float(np.max(np.abs(change) / most)))
        self._speed = np.clip(self._speed + np.clip(change, -most, most), -limits.velocity, limits.velocity)
        self._joints = self._joints + self._speed * PERIOD
        if limits.violation(self._joints) is not None:
            self._fail()
            return
        kernel.guide(self._joints.tolist())
        if float(np.abs(self._speed).max()) < AT_REST and (self._wanted is None or not any(self._wanted.speeds)):
            kernel.end_guidance()
            self.end()

    def _joint_speeds(self) -> Array:
        """Return the (n,) rad/s that are requested now."""
        if now() >= self._until:
            self._wanted = None
        wanted, count = self._wanted, len(self._joints)
        if wanted is None:
            return np.zeros(count)
        speeds = np.array(wanted.speeds)
        if len(speeds) > 6:
            return speeds[:count]
        kernel = self._kernel
        tool = kernel.tool.tcp.matrix
        twist = np.concatenate([speeds[:3] / MM, speeds[3:]])
        if wanted.flag:
            turn = (kernel.kinematics.forward(self._joints) @ tool)[:3, :3]
            twist = np.concatenate([turn @ twist[:3], turn @ twist[3:]])
        jacobian = kernel.kinematics.jacobian(self._joints, tool)
        square = jacobian @ jacobian.T + DAMPING**2 * np.eye(6)
        joint_speeds: Array = jacobian.T @ np.linalg.solve(square, twist)
        return joint_speeds
