"""The open interface of a robot arm. All rules live here; a driver fills the hooks at the end."""

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

CRAMPED = 0.1  # rad from a joint's end
DEFAULT_TIMEOUT = 120.0  # s; a motion that never ends must not hang a cell


@dataclass(frozen=True, slots=True, eq=False)
class ArmState:
    """An arm at one moment; ``stamp`` is the source's own time in s. ``tcp`` is in frame ``base``."""

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

    Joint arrays have shape (n,) and are in rad. Poses are those of the TCP and carry their frame: ``base``,
    ``tcp`` (relative to where the TCP is) or a frame made known with ``set_frame``. ``speed`` is a share of the
    joint limits for joint motions (0 to 1], and m/s along the path for Cartesian ones.

    Every motion raises ``CommandRejected`` (or one of its kinds) when refused before anything moved,
    ``MotionAborted`` after a stop, ``MotionTimeout``, ``ProtectiveStop``, ``EmergencyStop``, ``DeviceFault``,
    ``ConnectionLost``.
    """

    def __init__(self, name: str, model: ArmModel) -> None:
        super().__init__(name)
        self.model = model
        self._frames: dict[str, Array] = {"base": np.eye(4)}
        self._tool = Tool()
        self._flange = np.eye(4)  # (4, 4) the flange seen from the TCP
        self._payload = Load()
        self._last_state: ArmState | None = None

    # --- what it is -------------------------------------------------------------------------------------------

    @cached_property
    def kinematics(self) -> ArmKinematics:
        """Forward and inverse kinematics of the bare arm, flange in base."""
        return ArmKinematics.of(self.model)

    @property
    def limits(self) -> JointLimits:
        """The joint limits."""
        return self.kinematics.limits

    @property
    def home(self) -> Array:
        """(n,) home position in rad, from the model: tool pointing down in front of the base."""
        return frozen(self.model.home)

    @property
    def frames(self) -> tuple[str, ...]:
        """The frames that a pose may be given in."""
        return (*self._frames, "tcp")

    @property
    def tool(self) -> Tool:
        """The tool that poses refer to."""
        return self._tool

    @property
    def payload(self) -> Load:
        """The load carried in addition to the tool."""
        return self._payload

    async def state(self) -> ArmState:
        """The arm as the device last reported it."""
        self._require_open()
        self._last_state = await self._read_state()
        return self._last_state

    # --- settings ---------------------------------------------------------------------------------------------

    def set_frame(self, name: str, pose: Pose) -> None:
        """Make a frame known, by its pose in a frame that is known already."""
        if name in ("base", "tcp", "flange"):
            raise CommandRejected(self.name, f"the frame {name!r} is the arm's own and cannot be set")
        self._frames[name] = self._frame(pose.frame) @ pose.matrix

    async def set_tool(self, tool: Tool) -> None:
        """Change the tool. Raises ``LimitViolation``, with both figures, when tool and payload together are too heavy,
        or the tool is made for another flange.
        """
        self._require_idle("set_tool")
        self._check_flange(tool)
        self._check_load(tool.load, self._payload)
        await self._set_load(tool, self._payload)
        self._tool, self._flange = tool, inverse_transform(tool.tcp.matrix)

    async def set_payload(self, load: Load) -> None:
        """Change the load carried beside the tool. Raises ``LimitViolation`` with both figures."""
        self._require_open()
        self._check_load(self._tool.load, load)
        await self._set_load(self._tool, load)
        self._payload = load
        self._emit("payload", mass=load.mass)

    async def set_speed_override(self, share: float) -> None:
        """Scale the speed of all motions, the running one too, to ``share`` of what is programmed (0 to 1)."""
        self._require_open()
        if not 0.0 <= share <= 1.0:
            raise LimitViolation(self.name, f"speed override {share:g} is outside 0 to 1")
        await self._set_speed_override(share)
        self._emit("speed_override", share=share)

    async def recover(self) -> None:
        """Clear a protective stop, a released emergency stop or a recoverable fault by the vendor's own sequence.

        Raises ``EmergencyStop`` while the button is still pressed and ``DeviceFault`` for what it cannot clear.
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
        """Move all joints to ``target`` (n,) in rad, together, as fast as ``speed`` allows (MoveAxesAbsolute)."""
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
        """Move the TCP to a pose, joint-interpolated, in the configuration nearest to now (MoveDirectAbsolute)."""
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
        """Move the TCP on a straight line (MoveLinearAbsolute). Defaults: the model's Cartesian limits."""
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
        """Move the TCP on an arc through the position of ``via`` (MoveCircularAbsolute)."""
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
        """Move the TCP through all waypoints on straight lines, blended within their radii, without stopping."""
        if not waypoints:
            raise CommandRejected(self.name, "move_path needs at least one waypoint")
        v, a = self._cartesian(speed, acceleration)
        state = await self._ready()
        near = state.joints.position
        resolved = []
        for number, waypoint in enumerate(waypoints, 1):
            if not (np.isfinite(waypoint.blend_radius) and waypoint.blend_radius >= 0):
                raise CommandRejected(self.name, f"waypoint {number}: blend radius {waypoint.blend_radius} m")
            goal = self._in_base(waypoint.pose, state)
            near = self._solve(goal, near, f"waypoint {number}: ")
            resolved.append(Waypoint(goal, waypoint.blend_radius))
        motion = PathMotion(tuple(resolved), v, a)
        targets = [waypoint.pose.matrix.ravel().tolist() for waypoint in resolved]
        await self._move("move_path", motion, timeout, replace, state, target=targets)

    async def nearest(self, candidates: Sequence[Pose]) -> Pose:
        """The one of several equally good poses that the arm reaches with the least joint travel from now.

        One at which a joint is all but at its end comes last: a straight way to or from there would end half-way.
        Raises ``OutOfReach``, with the reason for the last one, when it reaches none.
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
        what: str,
        motion: Motion,
        timeout: float,
        replace: bool,
        state: ArmState | None = None,
        **data: object,
    ) -> None:
        if state is None:
            await self._ready()
        await self._run(what, lambda: self._perform(motion), timeout=timeout, replace=replace, **data)

    async def _perform(self, motion: Motion) -> None:
        try:
            await self._execute(motion)
        except PlanningError as error:
            raise CommandRejected(self.name, str(error), state=self._state_text()) from None

    async def _ready(self) -> ArmState:
        """The state, once it allows a motion. A ``stop()`` that comes while it is read counts for the motion too."""
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
        """A set-point (n,) in rad that passed every rule of ``Servoing``; for drivers that have it."""
        target = self._joints(joints)
        self._require_idle("servo_joint")
        await self._ready()
        return target

    def _require_idle(self, what: str) -> None:
        self._require_open()
        if self.busy:
            raise CommandRejected(self.name, f"{what} is refused while a motion runs")

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

    def _share(self, what: str, value: float) -> None:
        if not 0.0 < value <= 1.0:
            raise LimitViolation(self.name, f"{what} {value:g} is outside (0, 1], the share of the joint limits")

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
        """Joints for a TCP pose in ``base``. Raises ``OutOfReach`` with the reason."""
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
        """Hook: the newest state the device has reported. Raise ``ConnectionLost`` when it is stale."""

    @abstractmethod
    async def _execute(self, motion: Motion) -> None:
        """Hook: carry out a checked motion and return when the arm stands at its end.

        Raise ``ProtectiveStop``, ``EmergencyStop``, ``DeviceFault``, ``CommandRejected`` or ``ConnectionLost``.
        The task may be cancelled, always after ``_stop()`` has returned.
        """

    @abstractmethod
    async def _stop(self, category: StopCategory = StopCategory.TWO) -> None:
        """Hook: bring the arm to rest and return once it stands. Must be harmless when nothing moves."""

    @abstractmethod
    async def _set_speed_override(self, share: float) -> None:
        """Hook: scale all speeds."""

    @abstractmethod
    async def _set_load(self, tool: Tool, payload: Load) -> None:
        """Hook: tell the controller its tool centre point and load."""

    @abstractmethod
    async def _recover(self) -> None:
        """Hook: the vendor's own sequence back to a state that accepts motions."""
