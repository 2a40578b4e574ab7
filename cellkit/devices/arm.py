"""The open interface of a robot arm. All rules are in this class; a driver implements the hooks at its end."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cellkit.devices.actuator import Actuator
from cellkit.devices.motion import CircularMotion, JointMotion, LinearMotion, Motion, PathMotion, Waypoint
from cellkit.devices.safety import Fault, OperationalMode, SafetyStatus, StopCategory
from cellkit.devices.tool import Load, Tool
from cellkit.errors import (
    CommandRejected,
    DeviceFault,
    EmergencyStop,
    LimitViolation,
    MotionAborted,
    OutOfReach,
    PlanningError,
    ProtectiveStop,
)
from cellkit.geometry import Array, Pose, frozen, inverse_transform, largest
from cellkit.joints import JointLimits, JointState
from cellkit.models.arm import ArmModel
from cellkit.motion.kinematics import ArmKinematics
from cellkit.motion.unreachable_reason import solve_or_explain

CRAMPED = 0.1  # rad from a joint limit, within which ``nearest`` avoids a pose
DEFAULT_TIMEOUT = 120.0  # s; a motion that never ends must not block a cell


@dataclass(frozen=True, slots=True, eq=False)
class ArmState:
    """The state of an arm at one moment.

    ``stamp`` is the time of the source in s; ``joints`` has positions in rad and velocities in rad/s; ``tcp`` is in
    frame ``base``; ``speed_override`` is a share, 0 to 1.
    """

    stamp: float
    joints: JointState
    tcp: Pose
    mode: OperationalMode
    safety: SafetyStatus
    speed_override: float
    moving: bool
    fault: Fault | None = None

    def __str__(self) -> str:
        parts = [self.mode.name.lower().replace("_", " "), self.safety.value, "moving" if self.moving else "standing"]
        return ", ".join(parts + ([f"fault {self.fault.code}"] if self.fault else []))


class Arm(Actuator):
    """A robot arm with any number of joints.

    Joint arrays have shape (n,) and are in rad. A pose is a pose of the TCP and names its frame: ``base``, ``tcp``
    (relative to the present pose of the TCP) or a frame that ``set_frame`` has defined.

    Arguments of all motions: ``speed`` and ``acceleration`` are shares of the joint limits in (0, 1] for joint motions
    (``move_joint``, ``move_pose``), and in m/s and m/s² along the path for Cartesian ones, with the model's Cartesian
    limits as default. ``timeout`` is in s; after it the arm stops. ``replace=True`` stops a running command and takes
    its place; otherwise a motion during another one raises ``DeviceBusy``.

    Every motion returns when the arm is at rest at its end. It raises ``CommandRejected`` or a subclass
    (``LimitViolation``, ``OutOfReach``, ``DeviceBusy``) when it is refused before anything has moved,
    ``MotionAborted`` after a stop, ``MotionTimeout``, ``ProtectiveStop``, ``EmergencyStop``, ``DeviceFault`` and
    ``ConnectionLost``.
    """

    def __init__(self, name: str, model: ArmModel) -> None:
        super().__init__(name)
        self.model = model
        self._frames: dict[str, Array] = {"base": np.eye(4)}
        self._tool = Tool()
        self._flange = np.eye(4)  # (4, 4) pose of the flange in frame ``tcp``
        self._payload = Load()
        self._last_state: ArmState | None = None

    # --- model and state --------------------------------------------------------------------------------------

    @cached_property
    def kinematics(self) -> ArmKinematics:
        """Forward and inverse kinematics of the arm without a tool: the pose of the flange in frame ``base``."""
        return ArmKinematics.of(self.model)

    @property
    def limits(self) -> JointLimits:
        """The joint limits: position in rad, velocity in rad/s, acceleration in rad/s²."""
        return self.kinematics.limits

    @property
    def home(self) -> Array:
        """The home position of the model, (n,) in rad: the tool points down in front of the base."""
        return frozen(self.model.home)

    @property
    def frames(self) -> tuple[str, ...]:
        """The names of the frames in which a pose may be given."""
        return (*self._frames, "tcp")

    @property
    def tool(self) -> Tool:
        """The present tool: a pose is a pose of its TCP."""
        return self._tool

    @property
    def payload(self) -> Load:
        """The load that the arm carries in addition to the tool."""
        return self._payload

    async def state(self) -> ArmState:
        """Return the newest state that the device has reported.

        Raises ``ConnectionLost`` when that state is too old, and ``CommandRejected`` when the device is not connected.
        """
        self._require_open()
        self._last_state = await self._read_state()
        return self._last_state

    # --- settings ---------------------------------------------------------------------------------------------

    def set_frame(self, name: str, pose: Pose) -> None:
        """Define a frame by its pose in a frame that exists already.

        Raises ``CommandRejected`` for the arm's own frames (``base``, ``tcp``, ``flange``) and when ``pose`` is in an
        unknown frame.
        """
        if name in ("base", "tcp", "flange"):
            raise CommandRejected(self.name, f"the frame {name!r} is the arm's own and cannot be set")
        self._frames[name] = self._frame(pose.frame) @ pose.matrix

    async def set_tool(self, tool: Tool) -> None:
        """Change the tool: its TCP (frame ``flange``) and its load.

        Raises ``LimitViolation``, with both figures, when tool and payload together are too heavy or the tool is made
        for another flange, and ``CommandRejected`` while a motion runs.
        """
        self._require_idle("set_tool")
        self._check_flange(tool)
        self._check_load(tool.load, self._payload)
        await self._set_load(tool, self._payload)
        self._tool, self._flange = tool, inverse_transform(tool.tcp.matrix)

    async def set_payload(self, load: Load) -> None:
        """Change the load that the arm carries in addition to the tool.

        Raises ``LimitViolation``, with both figures, when tool and load together are too heavy.
        """
        self._require_open()
        self._check_load(self._tool.load, load)
        await self._set_load(self._tool, load)
        self._payload = load
        self._emit("payload", mass=load.mass)

    async def set_speed_override(self, share: float) -> None:
        """Scale the speed of all motions, including the running one, to ``share`` (0 to 1) of the programmed speed.

        Raises ``LimitViolation`` outside 0 to 1.
        """
        self._require_open()
        if not 0.0 <= share <= 1.0:
            raise LimitViolation(self.name, f"speed override {share:g} is outside 0 to 1")
        await self._set_speed_override(share)
        self._emit("speed_override", share=share)

    async def recover(self) -> None:
        """Clear a protective stop, a released emergency stop or a recoverable fault, with the vendor's own sequence.

        Raises ``EmergencyStop`` while the button is still pressed, and ``DeviceFault`` for a fault that it cannot
        clear.
        """
        self._require_open()
        await self._recover()
        self._emit("recovered")

    # --- motions ----------------------------------------------------------------------------------------------

    async def move_joint(
        self,
        target: Sequence[float] | Array,
        *,
        speed: float = 1.0,
        acceleration: float = 1.0,
        timeout: float = DEFAULT_TIMEOUT,
        replace: bool = False,
    ) -> None:
        """Move all joints to ``target`` (n,) in rad, synchronised (SRCI MoveAxesAbsolute).

        ``speed`` and ``acceleration`` are shares of the joint limits in (0, 1]; ``timeout`` is in s. Raises
        ``LimitViolation`` for a target outside the joint limits, and the errors of every motion (see the class).
        """
        joints = self._joints(target)
        self._share("speed", speed)
        self._share("acceleration", acceleration)
        await self._move(
            "move_joint", JointMotion(joints, speed, acceleration), timeout, replace, target=joints.tolist()
        )

    async def move_pose(
        self,
        target: Pose,
        *,
        speed: float = 1.0,
        acceleration: float = 1.0,
        timeout: float = DEFAULT_TIMEOUT,
        replace: bool = False,
    ) -> None:
        """Move the TCP to a pose, joint-interpolated (SRCI MoveDirectAbsolute).

        The arm takes the configuration that is nearest to the present joints. ``speed`` and ``acceleration`` are
        shares of the joint limits in (0, 1]; ``timeout`` is in s. Raises ``OutOfReach``, with the reason, and the
        errors of every motion (see the class).
        """
        self._share("speed", speed)
        self._share("acceleration", acceleration)
        state = await self._ready()
        goal = self._in_base(target, state)
        joints = self._solve(goal, state.joints.position)
        motion = JointMotion(joints, speed, acceleration, goal)
        await self._move("move_pose", motion, timeout, replace, state, target=goal.matrix.ravel().tolist())

    async def move_linear(
        self,
        target: Pose,
        *,
        speed: float | None = None,
        acceleration: float | None = None,
        timeout: float = DEFAULT_TIMEOUT,
        replace: bool = False,
    ) -> None:
        """Move the TCP to a pose on a straight line (SRCI MoveLinearAbsolute).

        ``speed`` is in m/s and ``acceleration`` in m/s²; their defaults are the model's Cartesian limits. ``timeout``
        is in s. Raises ``OutOfReach``, with the reason, and the errors of every motion (see the class).
        """
        v, a = self._cartesian(speed, acceleration)
        state = await self._ready()
        goal = self._in_base(target, state)
        self._solve(goal, state.joints.position)
        await self._move(
            "move_linear", LinearMotion(goal, v, a), timeout, replace, state, target=goal.matrix.ravel().tolist()
        )

    async def move_circular(
        self,
        via: Pose,
        target: Pose,
        *,
        speed: float | None = None,
        acceleration: float | None = None,
        timeout: float = DEFAULT_TIMEOUT,
        replace: bool = False,
    ) -> None:
        """Move the TCP to ``target`` on an arc through the position of ``via`` (SRCI MoveCircularAbsolute).

        ``speed`` is in m/s and ``acceleration`` in m/s²; their defaults are the model's Cartesian limits. ``timeout``
        is in s. Raises ``OutOfReach``, with the reason, and the errors of every motion (see the class).
        """
        v, a = self._cartesian(speed, acceleration)
        state = await self._ready()
        middle, goal = self._in_base(via, state), self._in_base(target, state)
        near = self._solve(middle, state.joints.position)
        self._solve(goal, near)
        motion = CircularMotion(middle, goal, v, a)
        await self._move("move_circular", motion, timeout, replace, state, target=goal.matrix.ravel().tolist())

    async def move_path(
        self,
        waypoints: Sequence[Waypoint],
        *,
        speed: float | None = None,
        acceleration: float | None = None,
        timeout: float = DEFAULT_TIMEOUT,
        replace: bool = False,
    ) -> None:
        """Move the TCP through all waypoints on straight lines, without a stop where a waypoint has a blend radius.

        The path leaves a corner by the waypoint's ``blend_radius`` (m) at most. ``speed`` is in m/s and
        ``acceleration`` in m/s²; their defaults are the model's Cartesian limits. ``timeout`` is in s. Raises
        ``OutOfReach``, with the number of the waypoint, and the errors of every motion (see the class).
        """
        if not waypoints:
            raise CommandRejected(self.name, "move_path needs at least one waypoint")
        v, a = self._cartesian(speed, acceleration)
        state = await self._ready()
        near = state.joints.position
        resolved = []
        for number, waypoint in enumerate(waypoints, 1):
            if not (np.isfinite(waypoint.blend_radius) and waypoint.blend_radius >= 0):
                text = f"waypoint {number}: blend radius {waypoint.blend_radius} m; it must be finite and at least 0 m"
                raise CommandRejected(self.name, text)
            goal = self._in_base(waypoint.pose, state)
            near = self._solve(goal, near, f"waypoint {number}: ")
            resolved.append(Waypoint(goal, waypoint.blend_radius))
        motion = PathMotion(tuple(resolved), v, a)
        targets = [waypoint.pose.matrix.ravel().tolist() for waypoint in resolved]
        await self._move("move_path", motion, timeout, replace, state, target=targets)

    async def nearest(self, candidates: Sequence[Pose]) -> Pose:
        """Return the pose, of several equally good ones, that the arm reaches with the least joint travel from now.

        A pose at which a joint is within 0.1 rad of its limit is chosen last: a straight line to or from such a pose
        would often end halfway. Raises ``OutOfReach``, with the reason for the last pose, when the arm reaches none of
        them, and ``CommandRejected`` without any pose.
        """
        state = await self._ready()
        best: tuple[bool, float, Pose] | None = None
        refusal: OutOfReach | None = None
        for candidate in candidates:
            try:
                joints = self._solve(self._in_base(candidate, state), state.joints.position)
            except OutOfReach as error:
                refusal = error
                continue
            travel = largest((joints - state.joints.position) / self.limits.velocity)
            room = np.minimum(joints - self.limits.lower, self.limits.upper - joints)
            cramped = bool(room.min() < CRAMPED)
            if best is None or (cramped, travel) < (best[0], best[1] - 1e-9):
                best = (cramped, travel, candidate)
        if best is None:
            raise refusal or CommandRejected(self.name, "nearest() needs at least one pose")
        return best[2]

    # --- the rules --------------------------------------------------------------------------------------------

    async def _move(
        self,
        command: str,
        motion: Motion,
        timeout: float,
        replace: bool,
        state: ArmState | None = None,
        **data: object,
    ) -> None:
        if state is None:
            await self._ready()
        await self._run(command, lambda: self._perform(motion), timeout=timeout, replace=replace, **data)

    async def _perform(self, motion: Motion) -> None:
        try:
            await self._execute(motion)
        except PlanningError as error:
            raise CommandRejected(self.name, str(error), state=self._state_text()) from None

    async def _ready(self) -> ArmState:
        """Return the state if it allows a motion, else raise. A ``stop()`` during the reading aborts the motion too."""
        asked = self._stops_asked
        state = await self.state()
        if self._stops_asked != asked:
            raise MotionAborted(self.name, "stopped by stop() before it began", state=str(state))
        if state.safety is SafetyStatus.EMERGENCY_STOP:
            raise EmergencyStop(self.name, "the emergency stop is active", state=str(state))
        if state.safety is SafetyStatus.PROTECTIVE_STOP:
            raise ProtectiveStop(self.name, "a protective stop is active; recover() clears it", state=str(state))
        if state.fault is not None:
            fault = state.fault
            raise DeviceFault(self.name, fault.text, code=fault.code, recoverable=fault.recoverable, state=str(state))
        if not state.mode.accepts_programs:
            mode = state.mode.name.lower().replace("_", " ")
            raise CommandRejected(self.name, f"is in mode {mode}; motions need an automatic mode", state=str(state))
        return state

    async def _servo_target(self, joints: Sequence[float] | Array) -> Array:
        """Return a set-point (n,) in rad that fulfils every rule of ``Servoing``; for drivers with this ability."""
        target = self._joints(joints)
        self._require_idle("servo_joint")
        await self._ready()
        return target

    def _require_idle(self, command: str) -> None:
        self._require_open()
        if self.busy:
            raise CommandRejected(self.name, f"{command} is refused while a motion runs")

    def _state_text(self) -> str | None:
        return None if self._last_state is None else str(self._last_state)

    def _joints(self, target: Sequence[float] | Array) -> Array:
        try:
            joints = frozen(target, (len(self.limits),))
        except (TypeError, ValueError) as error:
            raise CommandRejected(self.name, f"joint target: {error}") from None
        problem = self.limits.violation(joints)
        if problem:
            raise LimitViolation(self.name, f"target {problem}")
        return joints

    def _share(self, quantity: str, value: float) -> None:
        if not 0.0 < value <= 1.0:
            raise LimitViolation(self.name, f"{quantity} {value:g} is outside (0, 1], the share of the joint limits")

    def _cartesian(self, speed: float | None, acceleration: float | None) -> tuple[float, float]:
        limits = self.model.cartesian
        v = limits.max_speed if speed is None else speed
        a = limits.max_acceleration if acceleration is None else acceleration
        if not 0.0 < v <= limits.max_speed:
            raise LimitViolation(self.name, f"speed {v:g} m/s is outside (0, {limits.max_speed:g}] m/s")
        if not 0.0 < a <= limits.max_acceleration:
            raise LimitViolation(self.name, f"acceleration {a:g} m/s² is outside (0, {limits.max_acceleration:g}] m/s²")
        return v, a

    def _frame(self, name: str) -> Array:
        if name not in self._frames:
            known = ", ".join(sorted([*self._frames, "tcp"]))
            raise CommandRejected(self.name, f"unknown frame {name!r}; known: {known}")
        return self._frames[name]

    def _in_base(self, pose: Pose, state: ArmState) -> Pose:
        if not isinstance(pose, Pose):
            raise CommandRejected(self.name, f"a target must be a Pose, not {type(pose).__name__}")
        if pose.frame == "base":
            return pose
        frame = state.tcp.matrix if pose.frame == "tcp" else self._frame(pose.frame)
        return Pose.trusted(frame @ pose.matrix, "base")

    def _solve(self, goal: Pose, near: Array, prefix: str = "") -> Array:
        """Return the joints (n,) in rad for a TCP pose in ``base``. Raises ``OutOfReach`` with the reason."""
        try:
            return solve_or_explain(self.kinematics, goal.matrix @ self._flange, near)
        except PlanningError as error:
            raise OutOfReach(self.name, f"{prefix}{goal} {error}", state=self._state_text()) from None

    def _check_flange(self, tool: Tool) -> None:
        own = self.model.flange_code.value
        if tool.flange_code is not None and own is not None and tool.flange_code != own:
            raise LimitViolation(
                self.name,
                f"tool {tool.name} fits a flange {tool.flange_code} (ISO 9409-1), {self.model.name} has {own}; "
                "an adapter goes between them",
            )

    def _check_load(self, tool: Load, payload: Load) -> None:
        allowed = self.model.payload.value
        total = tool.mass + payload.mass
        if allowed is not None and total > allowed:
            raise LimitViolation(
                self.name,
                f"{total:.3g} kg on the flange (tool {tool.mass:.3g} kg + load {payload.mass:.3g} kg) "
                f"is above the {allowed:g} kg payload of {self.model.name}",
            )

    # --- hooks for drivers ------------------------------------------------------------------------------------

    @abstractmethod
    async def _read_state(self) -> ArmState:
        """Return the newest state that the device has reported. Must raise ``ConnectionLost`` when it is stale."""

    @abstractmethod
    async def _execute(self, motion: Motion) -> None:
        """Carry out a checked motion and return when the arm is at rest at its end.

        Must raise ``ProtectiveStop``, ``EmergencyStop``, ``DeviceFault``, ``CommandRejected`` or ``ConnectionLost``
        when it does not get there. The task may be cancelled, always after ``_stop()`` has returned.
        """

    @abstractmethod
    async def _stop(self, category: StopCategory = StopCategory.TWO) -> None:
        """Bring the arm to rest and return when it is at rest. Must do no harm when nothing moves."""

    @abstractmethod
    async def _set_speed_override(self, share: float) -> None:
        """Scale all speeds to ``share`` (0 to 1) of the programmed ones."""

    @abstractmethod
    async def _set_load(self, tool: Tool, payload: Load) -> None:
        """Set the tool centre point and the load of the controller."""

    @abstractmethod
    async def _recover(self) -> None:
        """Carry out the vendor's own sequence back to a state that accepts motions."""
