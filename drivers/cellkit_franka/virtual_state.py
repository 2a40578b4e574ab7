"""Fills the state datagram from the kernel, every cycle: as little work as the cycle needs."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from cellkit.controller.arm_controller import ArmController
from cellkit_franka.protocol.errors import flags
from cellkit_franka.protocol.robot import Controller, Generator
from cellkit_franka.protocol.state import RobotMode, StateWriter
from cellkit_franka.settings import FciSettings
from cellkit_franka.virtual_move import ActiveMove

_NOTHING = [0.0] * 7
_SETTLING = 50
"""cycles after a stop during which the arm may still settle; then the desired joints stay as they are."""


class ReportedRobot(Protocol):
    """What a state shows."""

    kernel: ArmController
    settings: FciSettings
    errors: frozenset[str]
    reflex_reason: frozenset[str]
    recovering: bool

    def robot_mode(self, moving: bool) -> RobotMode:
        """Return the mode in the state; ``moving``: whether a Move runs."""


class StateReporter:
    """``desired`` (7,): the joints that were commanded last, or where a stop has left the arm."""

    def __init__(self, robot: ReportedRobot) -> None:
        self._robot = robot
        self._kernel = robot.kernel
        self._writer = StateWriter()
        self._writer.put("O_ddP_O", (0.0, 0.0, -9.81))
        self._seen = b""
        self._stale = True
        self._settling = 0
        self.desired: list[float] = self._kernel.joints().position.tolist()
        self.refresh()

    def refresh(self) -> None:
        """Update the datagram after a change of settings, modes or errors."""
        robot = self._robot
        self._stale = True
        robot.settings.write(self._writer)
        self._errors, self._reason = flags(robot.errors), flags(robot.reflex_reason)
        self._end_effector = robot.settings.flange_to_end_effector

    def datagram(
        self,
        message_id: int,
        move: ActiveMove | None,
        generator: Generator,
        controller: Controller,
        success: float,
    ) -> bytes:
        """Return the state of this cycle."""
        joints = self._kernel.joints()
        q = joints.position.tolist()
        if move is not None and not move.stalled:
            follower = move.follower.joints
            self.desired, dq_d, ddq_d = list(move.desired), follower.dq, follower.ddq
            self._settling, self._stale = 0, True
        else:
            dq_d = ddq_d = _NOTHING
            if self._kernel.moving or self._kernel.freedrive:
                self._settling = _SETTLING
            elif self._settling:
                self._settling -= 1
            if self._settling:
                self.desired, self._stale = q, True
        seen = joints.position.tobytes()
        if self._stale or seen != self._seen:
            self._fill(q, joints.velocity.tolist(), dq_d, ddq_d, move)
            mode = self._robot.robot_mode(generator is not Generator.IDLE)
            self._writer.put_modes(generator, controller, self._errors, self._reason, mode, success)
            # The same again needs nothing but its number; what moved a moment ago is looked at once more.
            self._stale = move is not None or self._robot.recovering or self._settling > 0
            self._seen = seen
        return self._writer.datagram(message_id)

    def _fill(self, q: list[float], dq: list[float], dq_d: object, ddq_d: object, move: ActiveMove | None) -> None:
        writer, desired = self._writer, self.desired
        writer.put_joints(*q, *desired, *dq, *dq_d, *ddq_d)  # type: ignore[misc]
        writer.put("theta", q)
        writer.put("dtheta", dq)
        pose = self._pose(q)
        goal = pose if q == desired else self._pose(desired)
        writer.put("O_T_EE", pose)
        writer.put("O_T_EE_d", goal)
        writer.put("O_T_EE_c", goal)
        side = 1.0 if q[3] >= 0.0 else -1.0
        writer.put("elbow", (q[2], side))
        writer.put("elbow_d", (desired[2], side))
        writer.put("elbow_c", (desired[2], side))
        if move is not None:
            writer.put("tau_J_d", move.torques)
            self._cartesian(move)

    def _cartesian(self, move: ActiveMove) -> None:
        if move.generator in (Generator.CARTESIAN_POSITION, Generator.CARTESIAN_VELOCITY):
            follower = move.follower
            self._writer.put("O_T_EE_c", move.desired_pose.T.ravel().tolist())
            twist = follower.twist.tolist()
            self._writer.put("O_dP_EE_c", twist)
            self._writer.put("O_dP_EE_d", twist)
            self._writer.put("O_ddP_EE_c", follower.bend.tolist())

    def _pose(self, joints: list[float]) -> list[float]:
        pose = self._kernel.kinematics.forward(np.array(joints)) @ self._end_effector
        numbers: list[float] = pose.T.ravel().tolist()
        return numbers
