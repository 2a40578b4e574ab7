"""The functions of the private protocol in the virtual control box."""

from __future__ import annotations

import struct
from collections.abc import Collection, Iterator
from contextlib import contextmanager

import numpy as np

from cellkit.errors import CommandRejected, PlanningError, ProtocolError, Unreachable
from cellkit.geometry import Array, inverse_transform
from cellkit_ufactory.protocol.commands import (
    AXES,
    QUEUED,
    JointMove,
    LineMove,
    Queueable,
    ServoCartesian,
    Sleep,
    Velocity,
    decode_queued,
    floats,
    pack_floats,
    padded,
)
from cellkit_ufactory.protocol.frames import INVALID, NOT_READY
from cellkit_ufactory.protocol.numbers import Caution, Function, Mode
from cellkit_ufactory.protocol.units import MM, pose_matrix, pose_values
from cellkit_ufactory.protocol.version import ControllerVersion
from cellkit_ufactory.virtual_box import ControlBox
from cellkit_ufactory.virtual_motion import KINEMATIC, Impossible
from cellkit_ufactory.virtual_queue import Entry, Notify
from cellkit_ufactory.virtual_setting_functions import Handler, setting_functions, switched
from cellkit_ufactory.virtual_signals import SignalFunctions


class FunctionRefused(Exception):
    """Raised for a command that is not carried out: with a warning, or because its mode does not take it."""

    def __init__(self, warning: Caution | None = None) -> None:
        self.warning = warning
        super().__init__(warning)


class Functions:
    """Handler of requests. Every reply is the state byte and the data of the function."""

    def __init__(self, box: ControlBox, version: ControllerVersion) -> None:
        self.box = box
        self.version = version
        self._plain = {
            **setting_functions(box),
            **self._states(),
            **self._kinematics(),
            **SignalFunctions(box).handlers(),
        }

    async def answer(self, function: int, body: bytes, notify: Notify) -> bytes:
        """Return the body of the reply; ``notify`` is called when a queued command begins and ends."""
        box = self.box
        try:
            data = await self._data(function, body, notify)
        except FunctionRefused as refusal:
            if refusal.warning is not None:
                box.warning = refusal.warning
                return bytes((box.status() | INVALID,))
            return bytes((box.status() | NOT_READY,))
        except (ProtocolError, ValueError, IndexError, struct.error):
            box.warning = Caution.PARAMETER
            return bytes((box.status() | INVALID,))
        return bytes((box.status(),)) + data

    async def _data(self, function: int, body: bytes, notify: Notify) -> bytes:
        if function in QUEUED:
            return self._move(function, body, notify)
        if function == Function.CLEAR_ERROR:
            _length(body, (0,))
            await self.box.clear_error()
            return b""
        if function == Function.FEEDBACK_CHECK:
            if self.box.queue.full:
                raise FunctionRefused(Caution.QUEUE_FULL)
            self.box.queue.put(Entry(None, notify))
            return b""
        if function in _UNSUPPORTED:
            raise FunctionRefused(Caution.NO_SOLUTION)
        if function not in self._plain:
            raise FunctionRefused(Caution.UNKNOWN_COMMAND)
        lengths, handler = self._plain[function]
        _length(body, lengths)
        return handler(body) or b""

    # --- motions ----------------------------------------------------------------------------------------------

    def _move(self, function: int, body: bytes, notify: Notify) -> bytes:
        """Take a command for the queue, or for the online modes; the reply has the number of commands that wait."""
        box = self.box
        command = decode_queued(function, body)
        if not isinstance(command, Sleep) and (command.speed <= 0.0 or command.acceleration <= 0.0):
            raise FunctionRefused(Caution.PARAMETER)
        if not isinstance(command, Sleep) and command.check > 0:
            return struct.pack(">HB", box.queue.count, self._judge(command))
        if not box.ready or box.mode not in _modes(command):
            raise FunctionRefused
        if box.mode is not Mode.POSITION:
            self._online(command)
        else:
            if box.queue.full:
                raise FunctionRefused(Caution.QUEUE_FULL)
            if isinstance(command, JointMove):
                with self._refusing():
                    box.vendor.joints(command)
            box.queue.put(Entry(command, notify))
        count = struct.pack(">H", box.queue.count)
        return count + b"\0" if len(body) in (43, 44, 67) else count

    def _judge(self, command: Queueable) -> int:
        """Return the error in which a motion from the arm's present joints would end; zero: none."""
        box = self.box
        try:
            start = box.kernel.joints().position
            for motion in box.vendor.motions([command]):
                start = box.kernel.planner.plan(motion, start, box.kernel.tool.tcp.matrix, box.kernel.load).end
        except Impossible as error:
            return error.code
        except PlanningError as error:
            return Impossible.of(error, command).code
        return 0

    def _online(self, command: Queueable) -> None:
        """Replace the motion that runs, in modes 6 and 7."""
        box = self.box
        with self._refusing():
            if isinstance(command, LineMove):
                joints = box.solve(box.vendor.goal(command))
                box.servo(joints, *self._online_shares(command))
            else:
                assert isinstance(command, JointMove)
                joints = box.vendor.joints(command)
                change = joints - box.kernel.joints().position
                box.servo(joints, *box.vendor.shares(change, command.speed, command.acceleration))

    def _online_shares(self, command: LineMove) -> tuple[float, float]:
        most = self.box.kernel.model.cartesian
        return (
            min(1.0, command.speed / MM / most.max_speed),
            min(1.0, command.acceleration / MM / most.max_acceleration),
        )

    @contextmanager
    def _refusing(self) -> Iterator[None]:
        """Refuse the function when the arm does not take its goal; an impossible goal stops the arm with an error."""
        try:
            yield
        except (Impossible, Unreachable) as error:
            self.box.fail(error.code if isinstance(error, Impossible) else KINEMATIC)
            raise FunctionRefused from None
        except CommandRejected:
            raise FunctionRefused from None

    def _servo_joint(self, body: bytes) -> None:
        self._take_set_points(Mode.SERVO)
        with self._refusing():
            self.box.servo(self.box.vendor.joints(floats(body, 10)[:AXES]))

    def _servo_cartesian(self, function: int) -> Handler:
        def handle(body: bytes) -> None:
            box = self.box
            point = ServoCartesian.decode(function, body)
            self._take_set_points(Mode.SERVO)
            line = LineMove(point.pose, 1.0, 1.0, None, point.tool, point.relative, point.axis_angle)
            with self._refusing():
                box.servo(box.solve(box.vendor.goal(line)))

        return handle

    def _velocity(self, function: int) -> Handler:
        def handle(body: bytes) -> None:
            wanted = Velocity.decode(function, body)
            joint = function == Function.JOINT_VELOCITY
            self._take_set_points(Mode.JOINT_VELOCITY if joint else Mode.CARTESIAN_VELOCITY)
            with self._refusing():
                self.box.drive(wanted)

        return handle

    def _take_set_points(self, mode: Mode) -> None:
        if not self.box.ready or self.box.mode is not mode:
            raise FunctionRefused

    # --- states and identity ----------------------------------------------------------------------------------

    def _states(self) -> dict[int, tuple[Collection[int], Handler]]:
        box, f = self.box, Function
        return {
            f.GET_VERSION: ((0,), lambda _: self.version.encode()),
            f.GET_SERIAL: ((0,), lambda _: f"{self.version.arm}\0{self.version.box}".encode().ljust(40, b"\0")),
            f.CHECK_VERIFICATION: ((0,), lambda _: b"\0"),
            f.RELOAD_DYNAMICS: ((0,), lambda _: None),
            f.SYSTEM_CONTROL: ((1,), lambda body: self._system(body[0])),
            f.MOTION_ENABLE: ((2,), lambda body: box.enable(body[0], switched(body[1]))),
            f.SET_STATE: ((1,), lambda body: box.set_state(body[0])),
            f.GET_STATE: ((0,), lambda _: bytes((box.state,))),
            f.GET_COMMAND_COUNT: ((0,), lambda _: struct.pack(">H", box.queue.count)),
            f.GET_ERROR: ((0,), lambda _: bytes((box.error, box.warning))),
            f.CLEAR_WARNING: ((0,), lambda _: setattr(box, "warning", 0)),
            f.SET_BRAKE: ((2,), lambda body: box.brake(body[0], switched(body[1]))),
            f.SET_MODE: ((1, 2), lambda body: box.set_mode(body[0])),
            f.SERVO_JOINT: ((40,), self._servo_joint),
            f.SERVO_CARTESIAN: ((36,), self._servo_cartesian(f.SERVO_CARTESIAN)),
            f.SERVO_CARTESIAN_AA: ((37,), self._servo_cartesian(f.SERVO_CARTESIAN_AA)),
            f.JOINT_VELOCITY: ((29, 33), self._velocity(f.JOINT_VELOCITY)),
            f.CARTESIAN_VELOCITY: ((25, 29), self._velocity(f.CARTESIAN_VELOCITY)),
            f.SET_FEEDBACK: ((1,), lambda _: None),
            f.GET_MOVEMENT: ((0,), lambda _: bytes((int(box.kernel.moving),))),
            f.SERVO_STATUS: ((0,), lambda _: bytes(16)),
            f.GET_POWER_VERSION: ((0,), lambda _: bytes(6)),
            f.GET_HARDWARE_TYPES: ((0,), lambda _: bytes((2, 2))),
        }

    def _system(self, value: int) -> None:
        """Shut down or reboot: for clients, the arm stops and loses power."""
        if value not in (1, 2):
            raise ValueError(f"system control {value} does not exist")
        self.box.enable(8, False)

    def _kinematics(self) -> dict[int, tuple[Collection[int], Handler]]:
        box, f = self.box, Function
        return {
            f.GET_TCP_POSE: ((0,), lambda _: pack_floats(pose_values(box.tcp()))),
            f.GET_TCP_POSE_AA: ((0,), lambda _: pack_floats(pose_values(box.tcp(), axis_angle=True))),
            f.GET_JOINTS: ((0, 1), self._joints),
            f.GET_JOINT_TORQUE: ((0,), lambda _: pack_floats((0.0,) * AXES)),
            f.GET_INVERSE: ((24, 25, 53), self._inverse),
            f.GET_FORWARD: ((28,), self._forward),
            f.IS_JOINT_LIMIT: ((28,), self._is_joint_limit),
            f.IS_TCP_LIMIT: ((24,), self._is_tcp_limit),
            f.GET_ROTATION_RADIUS: ((1,), self._rotation_radius),
            f.POSE_DIFFERENCE: ((50,), _pose_difference),
        }

    def _joints(self, body: bytes) -> bytes:
        """Return positions; with a parameter also velocities and efforts, in the number it states."""
        state = self.box.kernel.joints()
        parts = [state.position, state.velocity, np.zeros(len(state.position))]
        count = body[0] & 0x0F if body else 1
        if not 1 <= count <= len(parts):
            raise ValueError(f"{count} kinds of joint values do not exist")
        return b"".join(pack_floats(padded(part.tolist())) for part in parts[:count])

    def _inverse(self, body: bytes) -> bytes:
        near = np.array(floats(body, AXES, 25)[: self.box.kernel.model.dof]) if len(body) == 53 else None
        try:
            joints = self.box.solve(self.box.settings.to_base(pose_matrix(floats(body, 6))), near)
        except Unreachable:
            raise FunctionRefused(Caution.NO_SOLUTION) from None
        return pack_floats(padded(joints.tolist()))

    def _forward(self, body: bytes) -> bytes:
        kernel = self.box.kernel
        flange = kernel.kinematics.forward(floats(body, AXES)[: kernel.model.dof])
        return pack_floats(pose_values(self.box.settings.from_base(flange @ kernel.tool.tcp.matrix)))

    def _is_joint_limit(self, body: bytes) -> bytes:
        try:
            self.box.vendor.joints(floats(body, AXES))
        except Impossible:
            return b"\1"
        return b"\0"

    def _is_tcp_limit(self, body: bytes) -> bytes:
        try:
            goal = self.box.vendor.goal(LineMove(floats(body, 6), 1.0, 1.0))
            self.box.solve(goal)
        except (Impossible, Unreachable):
            return b"\1"
        return b"\0"

    def _rotation_radius(self, body: bytes) -> bytes:
        """Return the distance of the TCP from the axis of a joint, in mm."""
        kernel = self.box.kernel
        if not 1 <= body[0] <= kernel.model.dof:
            raise ValueError(f"joint {body[0]} does not exist")
        joints = kernel.joints()
        frame = kernel.kinematics.joint_frames(joints.position)[body[0] - 1]
        local = inverse_transform(frame) @ kernel.tcp(joints).matrix
        return pack_floats((MM * float(np.hypot(local[0, 3], local[1, 3])),))


_UNSUPPORTED = frozenset((
    Function.RECORD_TRAJECTORY, Function.SAVE_TRAJECTORY, Function.LOAD_TRAJECTORY, Function.PLAY_TRAJECTORY,
    Function.GET_DH, Function.SET_DH, Function.RS485, Function.RS485_RAW, Function.FT_ENABLE, Function.FT_SET_MODE,
    Function.IDENTIFY_LOAD, Function.FT_LOAD_OFFSET, Function.FT_ZERO, Function.FT_ADMITTANCE, Function.FT_PID,
    Function.FT_FORCE_CONTROL, Function.FT_ADMITTANCE_MKB, Function.FT_ADMITTANCE_AXES,
))  # fmt: skip
"""Known functions without implementation here: recorded trajectories, a force sensor, a device at the serial port."""


def _pose_difference(body: bytes) -> bytes:
    """Return the second pose seen from the first one; each by roll, pitch, yaw or by axis and angle."""
    first, second = (pose_matrix(floats(body, 6, start), bool(body[48])) for start in (0, 24))
    difference: Array = second.copy()
    # The manual's example: positions are subtracted along the axes of the base.
    difference[:3, 3] -= first[:3, 3]
    difference[:3, :3] = first[:3, :3].T @ second[:3, :3]
    return pack_floats(pose_values(difference, bool(body[49])))


def _modes(command: Queueable) -> Collection[Mode]:
    if isinstance(command, JointMove) and command.radius is None:
        return (Mode.POSITION, Mode.JOINT_ONLINE)
    if isinstance(command, LineMove) and command.radius is None and not command.tool:
        return (Mode.POSITION, Mode.CARTESIAN_ONLINE)
    return (Mode.POSITION,)


def _length(body: bytes, lengths: Collection[int]) -> None:
    if len(body) not in lengths:
        raise ProtocolError("ufactory", f"{len(body)} bytes of parameters do not fit the function", data=body)
