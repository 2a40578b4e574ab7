"""The robot that URScript programs move: cellkit's kernel, with the vendor's meaning of speeds, blends and stops."""

# ruff: noqa: D102  (what the methods mean stands in ``urscript.machine``)

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence

import numpy as np

from cellkit.devices.motion import CircularMotion, JointMotion, LinearMotion, PathMotion, Waypoint
from cellkit.errors import CellkitError
from cellkit.geometry import Array, Pose
from cellkit.motion.leading_joint import leading_angle, share_of_limits
from cellkit_ur.control_box import STEPTIME, ControlBox
from cellkit_ur.protocol.base_frame import Six, from_vendor
from cellkit_ur.protocol.state_packets import TextMessage
from cellkit_ur.script_machine_geometry import SpaceMachine
from cellkit_ur.script_motions import Accelerating, Blended, Braking, Follower, KernelMove
from cellkit_ur.urscript import Motion, RuntimeException

_SERVO_FOR = 0.008  # s that a servoj set-point may remain the newest beyond its own time
_DAMPING = 1e-4
_PATIENCE = 2  # control steps in which the next blended move may come
_LONGEST_PATH = 100  # blended moves that are stored; then the path is begun, so that a loop of them does not pile up


class KernelMachine(SpaceMachine):
    """The ``urscript.machine.Machine`` over the kernel. ``cycle()`` runs once per control step, after the programs."""

    steptime = STEPTIME

    def __init__(self, box: ControlBox) -> None:
        super().__init__(box)
        limits = self.kernel.kinematics.limits
        self._speeds: list[float] = limits.velocity.tolist()
        self._accelerations: list[float] = limits.acceleration.tolist()
        self._follower: Follower | None = None
        self._twist: tuple[Six, float] | None = None
        self._braking: asyncio.Task[None] | None = None
        self._path: list[Waypoint] = []
        self._path_speed = self._path_acceleration = 0.0
        self._waited = 0
        self._loose: KernelMove | None = None
        self.pauses = 0
        """Number of pauses of programs: after a pause, a motion begins anew."""
        self._steps = 0
        self._watchdogs: dict[str, tuple[float, str, int]] = {}
        """By variable: longest silence in s, the action after it, and the control step of the last sign of life.

        Control steps are counted, because those that this computer misses are no silence of the client's.
        """
        self.force_mode_on = False

    # --- the control step -----------------------------------------------------------------------------------------

    @property
    def active(self) -> bool:
        """Whether set-points are followed, so that control steps are needed without a program too."""
        return self._follower is not None or bool(self._path)

    def remember(self) -> None:
        """Store the measured joints of this control step."""
        self._history.append(self.joints())

    def cycle(self) -> str | None:
        """Carry out the motions that run beside the programs. Return the error if one failed."""
        self._steps += 1
        if self._path:
            self._waited += 1
            if self._waited >= _PATIENCE:
                self._loose = self._flush_path()
        if self._loose is not None and (self._loose.done or self._loose.error):
            error, self._loose = self._loose.error, None
            if error is not None:
                return error
        if self._follower is not None:
            return self._follow(self._follower)
        return None

    def _follow(self, follower: Follower) -> str | None:
        kernel = self.kernel
        if not kernel.guided:
            if not self.settled():
                return None
            if not follower.at_rest:
                try:
                    follower.position = kernel.commanded()[0].tolist()  # a stop may have come before the set-point
                    kernel.begin_guidance(self.steptime)
                except CellkitError as error:
                    self._follower = self._twist = None
                    return getattr(error, "message", str(error))
            else:
                self._follower = self._twist = None
                return None
        if self._twist is not None:
            self._steer(follower, *self._twist)
        share = kernel.speed_override
        limits = kernel.kinematics.limits
        target = follower.next([top * share for top in self._speeds], self._accelerations)
        problem = limits.violation(target)
        if problem is not None:
            self.brake()
            return f"a set-point leaves the joint limits: {problem}"
        kernel.guide(target)
        if follower.at_rest:
            self._follower = self._twist = None
            kernel.end_guidance()
        return None

    def _steer(self, follower: Follower, speed: Six, acceleration: float) -> None:
        """Steer to the joint speeds for a TCP speed, damped near singularities."""
        tool = self.kernel.tool.tcp.matrix
        jacobian = self.kernel.kinematics.jacobian(follower.position, tool)
        twist = np.array([-speed[0], -speed[1], speed[2], -speed[3], -speed[4], speed[5]])
        square = jacobian @ jacobian.T + _DAMPING * np.eye(6)
        joints = jacobian.T @ np.linalg.solve(square, twist)
        follower.at(joints.tolist(), max(self._accelerations))  # within the joints' own limits, not the path's

    # --- stops ----------------------------------------------------------------------------------------------------

    def settled(self) -> bool:
        """Return whether no stop is under way."""
        return self._braking is None or self._braking.done()

    def brake(self) -> asyncio.Task[None]:
        """Bring the arm to rest and end all set-points."""
        self._path.clear()
        self._loose = self._follower = self._twist = None
        if self.settled():
            self._braking = self.box.spawn(self.kernel.stop())
        assert self._braking is not None
        return self._braking

    def pause(self) -> None:
        """Note that the program is paused."""
        self.pauses += 1
        if not self.box.stopped_for_safety:
            self.brake()

    def resume(self) -> None:
        """Note that the program goes on."""
        self._watchdogs = {name: (period, action, self._steps) for name, (period, action, _) in self._watchdogs.items()}

    def end_program(self) -> None:
        """End every motion that the program has begun."""
        self._watchdogs.clear()
        self._history.clear()
        self.force_mode_on = False
        if self.kernel.moving or self._path or self._follower or self.kernel.freedrive:
            self.brake()

    def stopj(self, acceleration: float) -> Motion:
        return Braking(self.brake())

    def stopl(self, acceleration: float, acceleration_rotation: float) -> Motion:
        return Braking(self.brake())

    # --- moves ----------------------------------------------------------------------------------------------------

    def movej(self, joints: Six, acceleration: float, speed: float, time: float, radius: float) -> Motion:
        start = self.target_joints()
        if time > 0.0:
            speed = _speed_for(leading_angle(start, joints), acceleration, time)
        _positive(acceleration, speed)
        share = share_of_limits(start, joints, self._speeds, speed)
        hurry = share_of_limits(start, joints, self._accelerations, acceleration)
        self._waypoint = None
        return self._move(JointMotion(np.array(joints), share, hurry))

    def movel(self, pose: Six, acceleration: float, speed: float, time: float, radius: float) -> Motion:
        goal = from_vendor(pose)
        if time > 0.0:
            start = self.kernel.kinematics.forward(self.target_joints()) @ self.kernel.tool.tcp.matrix
            speed = _speed_for(float(np.linalg.norm(goal[:3, 3] - start[:3, 3])), acceleration, time)
        self._waypoint = pose
        return self._line(goal, acceleration, speed, radius)

    def movep(self, pose: Six, acceleration: float, speed: float, radius: float) -> Motion:
        self._waypoint = pose
        return self._line(from_vendor(pose), acceleration, speed, radius)

    def movec(self, via: Six, pose: Six, acceleration: float, speed: float, radius: float, fixed: bool) -> Motion:
        _positive(acceleration, speed)
        speed, acceleration = self._within(speed, acceleration)
        self._waypoint = pose
        middle, goal = (Pose.trusted(from_vendor(six), "base") for six in (via, pose))
        return self._move(CircularMotion(middle, goal, speed, acceleration))

    def _line(self, goal: Array, a: float, v: float, radius: float) -> Motion:
        _positive(a, v)
        v, a = self._within(v, a)
        pose = Pose.trusted(goal, "base")
        if radius <= 0.0 and not self._path:
            return self._move(LinearMotion(pose, v, a))
        if self._follower is not None:
            self.brake()
        if self._path:
            # The kernel has one speed for a path: the slowest of its parts.
            v, a = min(v, self._path_speed), min(a, self._path_acceleration)
        self._path.append(Waypoint(pose, max(0.0, radius)))
        self._path_speed, self._path_acceleration, self._waited = v, a, 0
        # A program that loops over blended lines would collect moves without end.
        return Blended() if radius > 0.0 and len(self._path) < _LONGEST_PATH else self._flush_path()

    def finish_path(self) -> Motion | None:
        if self._path:
            return self._flush_path()
        loose, self._loose = self._loose, None
        return loose

    def _flush_path(self) -> KernelMove:
        waypoints, self._path = self._path, []
        waypoints[-1] = Waypoint(waypoints[-1].pose)  # the arm stops at the end, whatever the radius
        return KernelMove(self, PathMotion(tuple(waypoints), self._path_speed, self._path_acceleration))

    def _move(self, motion: JointMotion | LinearMotion | CircularMotion) -> Motion:
        if self._path:
            self._loose = self._flush_path()
        if self._follower is not None:
            self.brake()
        return KernelMove(self, motion)

    def _within(self, speed: float, acceleration: float) -> tuple[float, float]:
        top = self.kernel.model.cartesian
        return min(speed, top.max_speed), min(acceleration, top.max_acceleration)

    # --- set-points -----------------------------------------------------------------------------------------------

    def servoj(self, joints: Six, time: float, lookahead: float, gain: float) -> None:
        self._twist = None
        self._following().towards(joints, time + _SERVO_FOR)

    def servoc(self, pose: Six, acceleration: float, speed: float, radius: float) -> None:
        joints = self.inverse(pose, self.target_joints(), self.tcp_offset())
        if joints is None:
            raise RuntimeException("no joint angles lead to this pose")
        self.servoj(joints, self.steptime, 0.1, 300.0)

    def speedj(self, speeds: Six, acceleration: float) -> Motion:
        self._twist = None
        follower = self._following()
        follower.at(speeds, acceleration)
        return Accelerating(follower)

    def speedl(self, speeds: Six, acceleration: float, acceleration_rotation: float) -> Motion:
        self._twist = (speeds, acceleration)
        follower = self._following()
        self._steer(follower, speeds, acceleration)
        return Accelerating(follower)

    def _following(self) -> Follower:
        if self._follower is None:
            position, _ = self.kernel.commanded()
            if self.kernel.moving and not self.kernel.guided:
                self.brake()
            self._follower = Follower(position.tolist(), [0.0] * len(position), self.steptime)
        return self._follower

    # --- the rest -------------------------------------------------------------------------------------------------

    def freedrive(self, axes: Sequence[int], feature: Six) -> None:
        try:
            self.kernel.set_freedrive(True)
        except CellkitError as error:
            raise RuntimeException(getattr(error, "message", str(error))) from None

    def end_freedrive(self) -> None:
        self.kernel.set_freedrive(False)

    def force_mode(self, frame: Six, selection: Sequence[int], wrench: Six, kind: int, limits: Six) -> None:
        if kind not in (1, 2, 3):
            raise RuntimeException(f"force_mode type {kind} is none of 1, 2, 3")
        self.force_mode_on = True  # accepted; the kernel is not compliant

    def end_force_mode(self) -> None:
        self.force_mode_on = False

    def protective_stop(self) -> None:
        self.kernel.protective_stop("protective stop by the program")

    def message(self, text: str) -> None:
        self.box.send_message(TextMessage(text))

    def popup(self, text: str, title: str, *, warning: bool, error: bool) -> None:
        self.box.send_message(TextMessage(f"{title}: {text}" if title else text))

    def set_watchdog(self, variable: str, frequency: float, action: str) -> None:
        if action not in ("ignore", "pause", "stop"):
            raise RuntimeException(f"rtde_set_watchdog knows ignore, pause and stop, not {action!r}")
        if action == "ignore" or frequency <= 0.0:
            self._watchdogs.pop(variable, None)
        else:
            self._watchdogs[variable] = (1.0 / frequency, action, self._steps)

    def fed(self, variables: Sequence[str]) -> None:
        """Note that these input registers were just written."""
        for variable in variables:
            if variable in self._watchdogs:
                period, action, _ = self._watchdogs[variable]
                self._watchdogs[variable] = (period, action, self._steps)

    def overdue(self) -> str | None:
        """Return the action of a watchdog that has waited too long; None while none has."""
        for period, action, last in self._watchdogs.values():
            if (self._steps - last) * self.steptime > period:
                return action
        return None


def _speed_for(distance: float, acceleration: float, time: float) -> float:
    """Return the speed with which a trapezoid over ``distance`` takes ``time``; the fastest if that is too short."""
    if acceleration <= 0.0 or distance <= 0.0:
        return distance / time or 1.0
    root = acceleration * acceleration * time * time - 4.0 * acceleration * distance
    return math.sqrt(acceleration * distance) if root <= 0.0 else 0.5 * (acceleration * time - math.sqrt(root))


def _positive(acceleration: float, speed: float) -> None:
    if not (acceleration > 0.0 and speed > 0.0):
        raise RuntimeException(f"acceleration {acceleration:g} and speed {speed:g} must both be above zero")
