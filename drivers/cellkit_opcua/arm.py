"""An arm behind a server that moves the arm on a command."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import numpy as np

from cellkit.devices import Arm, ArmState, Fault, JointMotion, LinearMotion, Load, OperationalMode, StopCategory, Tool
from cellkit.devices.motion import Motion
from cellkit.devices.safety import SafetyStatus
from cellkit.errors import (
    CommandRejected,
    ConfigError,
    DeviceFault,
    EmergencyStop,
    MotionAborted,
    ProtectiveStop,
)
from cellkit.geometry import Array, Pose, frozen
from cellkit.joints import JointState
from cellkit.models.arm import ArmModel
from cellkit.timing import now
from cellkit.transport import Network
from cellkit_opcua.device import NodeDevice
from cellkit_opcua.maps import ArmMap, Command, Number, Value
from cellkit_opcua.sensors import commands_of, values_of
from cellkit_opcua.watched import FOREVER, GLANCE

BEGIN = 1.0  # s within which an arm has begun a commanded motion, or has no way to go
STILL = 0.15  # s for which all joints must keep their positions to count as at rest
STANDS = 2e-4  # rad within which they keep them
RECOVERY = 5.0  # s within which stops and faults must be gone after they were cleared


class NodeArm(NodeDevice[ArmMap], Arm):
    """Moves joints by a command, and straight lines where the map has a command for them.

    The TCP follows from the joints. The arm is at rest when ``moving`` reports it, or, without that node, when its
    joints have not changed for a while.
    """

    def __init__(self, name: str, model: ArmModel, config: ArmMap, network: Network) -> None:
        Arm.__init__(self, name, model)
        self._start(config, network)
        joints = config.nodes.joints
        if isinstance(joints, list) and len(joints) != len(self.limits):
            raise ConfigError(f"{name}: {model.name} has {len(self.limits)} joints, and nodes.joints {len(joints)}")
        self._before: tuple[float, Array] | None = None
        self._velocity: Array = np.zeros(len(self.limits))
        self._still_since = 0.0

    def _mapped(self) -> Mapping[str, Value]:
        nodes = self.config.nodes
        joints = nodes.joints
        several = {f"joints.{number}": node for number, node in enumerate(joints)} if isinstance(joints, list) else {}
        return values_of(nodes) | several

    def _commands(self) -> Mapping[str, Command]:
        return commands_of(self.config.commands)

    # --- state ------------------------------------------------------------------------------------------------

    def _position(self) -> tuple[float, Array]:
        """Return time (s) and joints (rad) of the last report."""
        joints = self.config.nodes.joints
        labels = ["joints"] if isinstance(joints, Number) else [f"joints.{i}" for i in range(len(joints))]
        nodes = [joints] if isinstance(joints, Number) else joints
        values = [self._converted(label, node) for label, node in zip(labels, nodes, strict=True)]
        try:
            return self._stamp(*labels), frozen(
                values[0] if isinstance(joints, Number) else values, (len(self.limits),)
            )
        except ValueError as error:
            raise DeviceFault(self.name, f"joints: {error}", code="value") from None

    async def _open_link(self) -> None:
        self._before, self._still_since = None, now()
        await super()._open_link()

    def _noticed(self) -> None:
        try:
            stamp, position = self._position()
        except DeviceFault:
            return  # the next read of the state raises the error
        if self._before is not None and stamp > self._before[0]:
            self._velocity = (position - self._before[1]) / (stamp - self._before[0])
            if np.abs(position - self._before[1]).max() > STANDS:
                self._still_since = now()
        self._before = stamp, position

    def _moving(self) -> bool:
        if self.config.nodes.moving is not None:
            return self._bit("moving", self.config.nodes.moving)
        return now() - self._still_since < STILL

    async def _read_state(self) -> ArmState:
        nodes = self.config.nodes
        stamp, position = self._position()
        moving = self._moving()
        velocity = self._velocity if moving else np.zeros(len(self.limits))
        tcp = Pose.trusted(self.kinematics.forward(position) @ self.tool.tcp.matrix, "base")
        override = (
            1.0 if nodes.speed_override is None else float(self._converted("speed_override", nodes.speed_override))
        )
        return ArmState(
            stamp,
            JointState(stamp, position, velocity),
            tcp,
            self._mode(),
            self._safety(),
            min(1.0, max(0.0, override)),
            moving,
            self._fault(),
        )

    def _mode(self) -> OperationalMode:
        choice = self.config.nodes.mode
        if choice is None:
            return OperationalMode.AUTOMATIC_EXTERNAL
        word = self._converted("mode", choice)
        return OperationalMode[word] if word in OperationalMode.__members__ else OperationalMode.OTHER

    def _safety(self) -> SafetyStatus:
        if self._bit("emergency_stop", self.config.nodes.emergency_stop):
            return SafetyStatus.EMERGENCY_STOP
        if self._bit("protective_stop", self.config.nodes.protective_stop):
            return SafetyStatus.PROTECTIVE_STOP
        return SafetyStatus.NORMAL

    def _fault(self) -> Fault | None:
        nodes = self.config.nodes
        if not self._bit("fault", nodes.fault):
            return None
        code = "" if nodes.fault_code is None else self._converted("fault_code", nodes.fault_code)
        text = "" if nodes.fault_text is None else self._converted("fault_text", nodes.fault_text)
        return Fault(
            code or "fault", text or "the controller reports a fault", self.config.commands.recover is not None
        )

    def _require_sound(self) -> None:
        """Raise the error that ends a motion, if any."""
        safety, fault = self._safety(), self._fault()
        if safety is SafetyStatus.EMERGENCY_STOP:
            raise EmergencyStop(self.name, "the emergency stop was pressed")
        if safety is SafetyStatus.PROTECTIVE_STOP:
            raise ProtectiveStop(self.name, "the controller has stopped protectively")
        if fault is not None:
            raise DeviceFault(self.name, fault.text, code=fault.code, recoverable=fault.recoverable)

    # --- motions ----------------------------------------------------------------------------------------------

    async def _execute(self, motion: Motion) -> None:
        commands = self.config.commands
        if isinstance(motion, JointMotion):
            await self._command(
                commands.move_joints,
                joints=motion.joints.tolist(),
                speed=motion.speed,
                acceleration=motion.acceleration,
            )
            goal = motion.joints
        elif isinstance(motion, LinearMotion) and commands.move_linear is not None:
            start = self._position()[1]
            pose = [*motion.goal.position.tolist(), *motion.goal.quaternion]
            await self._command(commands.move_linear, pose=pose, speed=motion.speed, acceleration=motion.acceleration)
            goal = self._solve(motion.goal, start)
        else:
            kind = type(motion).__name__.removesuffix("Motion").lower()
            raise CommandRejected(self.name, f"the map of its nodes has no command for a {kind} motion")
        await self._arrived(goal)

    async def _arrived(self, goal: Array) -> None:
        """Wait until the arm is at rest at ``goal``. Raises when it stops elsewhere, and the error that stopped it."""
        begun = now()
        while True:
            self._require_sound()
            off = float(np.abs(self._position()[1] - goal).max())
            if not self._moving():
                if off <= self.config.tolerance:
                    return
                if now() - begun > BEGIN:
                    raise MotionAborted(self.name, f"the arm stopped {off:.3f} rad from its goal")
            await asyncio.sleep(GLANCE)

    async def _stop(self, category: StopCategory = StopCategory.TWO) -> None:
        await self._command(self.config.commands.stop)
        await self._refresh()
        self._still_since = now()  # without a node that reports motion, rest must be measured
        await self._until(lambda: not self._moving(), FOREVER)

    async def _set_speed_override(self, share: float) -> None:
        command = self.config.commands.set_speed_override
        if command is None:
            raise CommandRejected(self.name, "the map of its nodes has no command for the speed override")
        await self._command(command, share=share)

    async def _set_load(self, tool: Tool, payload: Load) -> None:
        if self.config.commands.set_load is not None:
            await self._command(self.config.commands.set_load, mass=tool.load.mass + payload.mass)

    async def _recover(self) -> None:
        command = self.config.commands.recover
        if command is not None:
            await self._command(command)
        await self._until(lambda: self._safety() is SafetyStatus.NORMAL and self._fault() is None, RECOVERY)
        self._require_sound()
