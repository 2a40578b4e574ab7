"""Moves and job selection of the virtual controller: their errors, and their motions of the arm."""

from __future__ import annotations

import math

from cellkit.devices.motion import JointMotion, LinearMotion
from cellkit.errors import PlanningError, ProtocolError
from cellkit.geometry import Array, Pose, inverse_transform
from cellkit_yaskawa.protocol.codes import Added, Command, Service
from cellkit_yaskawa.protocol.frames import Request
from cellkit_yaskawa.protocol.records import (
    BASE,
    CARTESIAN_SIZE,
    JOINT_MOVE,
    LINEAR_SPEED,
    PULSES_SIZE,
    ROBOT_FRAME,
    SELECTION_SIZE,
    SHARE,
    STRAIGHT_MOVE,
    STRAIGHT_STEP,
    TOOL_FRAME,
    TURN_SPEED,
    USER_FRAME,
    CartesianMove,
    JobSelection,
    Move,
)
from cellkit_yaskawa.virtual_data import BAD_ELEMENT, UNDEFINED, Refusal, require_instance, require_size
from cellkit_yaskawa.virtual_motion import Playback


class MoveCommands:
    """Commands 0x87, 0x8A and 0x8B."""

    def __init__(self, playback: Playback) -> None:
        self.playback = playback
        self.kernel, self.axes = playback.kernel, playback.axes

    def carry_out(self, request: Request) -> None:
        """Select a job or begin a move. Raises ``Refusal``."""
        if request.service != Service.SET_ALL:
            raise Refusal(*UNDEFINED)
        if request.command == Command.SELECT_JOB:
            self._select_job(request)
            return
        if request.attribute != 1:
            raise Refusal(*BAD_ELEMENT)
        try:
            if request.command == Command.MOVE_PULSE:
                self._move_pulse(request)
            else:
                self._move_cartesian(request)
        except ProtocolError:
            raise Refusal(Added.DATA_SIZE) from None

    def _select_job(self, request: Request) -> None:
        if request.attribute != 0:
            raise Refusal(*BAD_ELEMENT)
        require_instance(request, (1,))
        require_size(request, SELECTION_SIZE)
        selection = JobSelection.decode(request.data)
        self.playback.select(selection.name, selection.line)

    def _move_pulse(self, request: Request) -> None:
        require_instance(request, (JOINT_MOVE, STRAIGHT_MOVE))
        require_size(request, PULSES_SIZE)
        move = Move.decode(request.data)
        self.playback.require_ready()
        speed = self._checked(move, straight=request.instance == STRAIGHT_MOVE)
        joints = self.axes.joints(move.values)
        if self.kernel.model.joint_limits().violation(joints) or any(move.values[self.kernel.model.dof :]):
            raise Refusal(Added.DATA_RANGE)
        if request.instance == JOINT_MOVE:
            self.playback.move(JointMotion(joints, speed, 1.0))
        else:
            tcp = self.kernel.kinematics.forward(joints) @ self.kernel.tool.tcp.matrix
            self._straight(tcp, speed)

    def _straight(self, tcp: Array, speed: float) -> None:
        limits = self.kernel.model.cartesian
        goal = Pose.trusted(tcp, "base")
        self.playback.move(LinearMotion(goal, min(speed, limits.max_speed), limits.max_acceleration))

    def _move_cartesian(self, request: Request) -> None:
        require_instance(request, (JOINT_MOVE, STRAIGHT_MOVE, STRAIGHT_STEP))
        require_size(request, CARTESIAN_SIZE)
        target = CartesianMove.decode(request.data)
        self.playback.require_ready()
        speed = self._checked(target.move, straight=request.instance != JOINT_MOVE)
        tcp = self._target(target, step=request.instance == STRAIGHT_STEP)
        if request.instance != JOINT_MOVE:
            self._straight(tcp, speed)
            return
        kinematics, near = self.kernel.kinematics, self.kernel.joints().position
        try:
            joints = kinematics.inverse(tcp @ inverse_transform(self.kernel.tool.tcp.matrix), near)
        except PlanningError:
            raise Refusal(Added.DATA_RANGE) from None
        self.playback.move(JointMotion(joints, speed, 1.0))

    def _target(self, target: CartesianMove, *, step: bool) -> Array:
        """Return the TCP pose (4, 4) in the base of the model. A step counts from the arm's present position."""
        if target.coordinates == USER_FRAME:
            raise Refusal(0x3350)  # none is taught
        if target.coordinates not in (BASE, ROBOT_FRAME, TOOL_FRAME) or (target.coordinates == TOOL_FRAME and not step):
            raise Refusal(Added.COORDINATES)
        pose = self.axes.pose(target.move.values)
        if not step:
            return pose
        here = self.kernel.tcp(self.kernel.joints()).matrix
        pose[2, 3] -= self.axes.base_height
        if target.coordinates == TOOL_FRAME:
            moved: Array = here @ pose
            return moved
        moved = here.copy()
        moved[:3, :3] = pose[:3, :3] @ here[:3, :3]
        moved[:3, 3] += pose[:3, 3]
        return moved

    def _checked(self, move: Move, *, straight: bool) -> float:
        """Check groups and numbers of a move and return its speed: a share of the joint speeds, or m/s."""
        if move.robot != 1 or move.station != 0:
            raise Refusal(Added.CONTROL_GROUP)
        classes = (LINEAR_SPEED, TURN_SPEED) if straight else (SHARE,)
        if move.speed_class not in classes:
            raise Refusal(Added.SPEED)
        if move.speed == 0:
            raise Refusal(Added.NO_SPEED)
        if move.speed_class == SHARE and move.speed > 10_000:
            raise Refusal(Added.DATA_RANGE)
        if not 0 <= move.tool <= 63:
            raise Refusal(Added.TOOL_NUMBER)
        limits = self.kernel.model.cartesian
        if move.speed_class == TURN_SPEED:
            return limits.max_speed * min(1.0, math.radians(move.speed / 10.0) / limits.max_rotation_speed)
        return move.speed / 10_000.0
