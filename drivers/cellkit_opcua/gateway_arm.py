"""An arm of another cell."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from cellkit.devices import (
    Arm,
    ArmState,
    CircularMotion,
    Fault,
    JointMotion,
    LinearMotion,
    Load,
    OperationalMode,
    StopCategory,
    Tool,
)
from cellkit.devices.motion import Motion
from cellkit.devices.safety import SafetyStatus
from cellkit.errors import ConnectionFailed
from cellkit.geometry import Array, Pose, frozen, inverse_transform
from cellkit.joints import JointState
from cellkit.models.arm import ArmModel
from cellkit.opcua.client.client import OpcuaClient
from cellkit.transport import Network
from cellkit_opcua.config import GatewayConfig
from cellkit_opcua.gateway import CATCH_UP, GatewayDevice
from cellkit_opcua.watched import FOREVER

THERE = 0.002  # rad between the joints after a job and the reported ones
SAME_MASS = 1e-6  # kg
BASE = "base"


class GatewayArm(GatewayDevice, Arm):
    """An arm of another cell. Poses are sent as poses of the tool in that cell, whatever the tool here is."""

    FOLDER = "MotionDevices"
    FRESH = "JointPositions"

    def __init__(self, name: str, model: ArmModel, config: GatewayConfig, network: Network) -> None:
        Arm.__init__(self, name, model)
        self._start_gateway(config, network, model)
        self._their_tool = np.eye(4)  # the TCP of the other cell, seen from the flange
        self._their_payload = 0.0  # the last one that was sent

    def _paths(self) -> Mapping[str, str]:
        arm, safety = f"MotionDevices/{self.role}", f"SafetyStates/{self.role}/ParameterSet"
        cartesian = ("TcpPose", "JointPositions", "JointVelocities", "Moving", "Fault")
        return (
            {name: f"{arm}/Cartesian/{name}" for name in cartesian}
            | {name: f"{safety}/{name}" for name in ("OperationalMode", "EmergencyStop", "ProtectiveStop")}
            | self._at("SpeedOverride")
        )

    async def _verify(self, client: OpcuaClient) -> None:
        await super()._verify(client)
        joined, paths = self._joined(), self._paths()
        position, pose = await client.read([joined.node(paths[name]) for name in ("JointPositions", "TcpPose")])
        if not (position.good and pose.good):
            raise ConnectionFailed(self.name, f"the pose of {self.role!r} is not known in its cell ({position.status})")
        if len(position.value) != len(self.limits):
            there = len(position.value)
            text = f"{self.role!r} has {there} joints in its cell, and {self.model.name} has {len(self.limits)}"
            raise ConnectionFailed(self.name, text)
        tcp = pose_of(pose.value, BASE).matrix
        self._their_tool = inverse_transform(self.kinematics.forward(frozen(position.value))) @ tcp

    # --- state ------------------------------------------------------------------------------------------------

    def _position(self) -> Array:
        return frozen(self._value("JointPositions"), (len(self.limits),))

    def _moving(self) -> bool:
        return bool(self._value("Moving"))

    async def _read_state(self) -> ArmState:
        stamp = self._stamp("JointPositions", "JointVelocities", "Moving")
        position = self._position()
        velocity = frozen(self._value("JointVelocities"), (len(self.limits),))
        tcp = Pose.trusted(self.kinematics.forward(position) @ self.tool.tcp.matrix, BASE)
        return ArmState(
            stamp,
            JointState(stamp, position, velocity),
            tcp,
            OperationalMode(self._value("OperationalMode")),
            self._safety(),
            float(self._value("SpeedOverride")) / 100.0,
            self._moving(),
            self._fault(),
        )

    def _safety(self) -> SafetyStatus:
        if self._value("EmergencyStop"):
            return SafetyStatus.EMERGENCY_STOP
        return SafetyStatus.PROTECTIVE_STOP if self._value("ProtectiveStop") else SafetyStatus.NORMAL

    def _fault(self) -> Fault | None:
        code, separator, text = str(self._value("Fault") or "").partition(": ")
        return Fault(code, text) if separator else None

    # --- commands ---------------------------------------------------------------------------------------------

    def _theirs(self, goal: Pose) -> list[float]:
        """Return a pose of our TCP as seven numbers for the other cell's TCP."""
        return numbers_of(Pose.trusted(goal.matrix @ self._flange @ self._their_tool, BASE))

    async def _execute(self, motion: Motion) -> None:
        if isinstance(motion, JointMotion):
            await self._job("MoveJoints", motion.joints.tolist(), motion.speed)
            goal: Pose | None = None
            joints: Array | None = motion.joints
        elif isinstance(motion, LinearMotion):
            await self._job("MoveLinear", self._theirs(motion.goal), BASE, motion.speed)
            goal, joints = motion.goal, None
        elif isinstance(motion, CircularMotion):
            via, end = self._theirs(motion.via), self._theirs(motion.goal)
            await self._job("MoveCircular", via, end, BASE, motion.speed)
            goal, joints = motion.goal, None
        else:
            poses = [number for waypoint in motion.waypoints for number in self._theirs(waypoint.pose)]
            radii = [waypoint.blend_radius for waypoint in motion.waypoints]
            await self._job("MovePath", poses, radii, BASE, motion.speed)
            goal, joints = motion.waypoints[-1].pose, None
        await self._refresh()
        await self._until(lambda: self._arrived(joints, goal), CATCH_UP)

    def _arrived(self, joints: Array | None, goal: Pose | None) -> bool:
        """Return whether the reported position has reached the goal; it may follow a job's end a moment later."""
        position = self._position()
        if joints is not None:
            return not self._moving() and float(np.abs(position - joints).max()) < THERE
        assert goal is not None
        tcp = Pose.trusted(self.kinematics.forward(position) @ self.tool.tcp.matrix, BASE)
        metres, angle = tcp.distance(goal)
        return not self._moving() and metres < THERE and angle < THERE

    async def _stop(self, category: StopCategory = StopCategory.TWO) -> None:
        if await self._stop_there():
            await self._until(lambda: not self._moving(), FOREVER)

    async def _set_speed_override(self, share: float) -> None:
        await self._job("SetSpeedOverride", 100.0 * share)
        await self._refresh()
        await self._until(lambda: abs(float(self._value("SpeedOverride")) / 100.0 - share) < 1e-3, CATCH_UP)

    async def _set_load(self, tool: Tool, payload: Load) -> None:
        """Send the mass of the held part. The tool belongs to the other cell and is not sent."""
        if abs(payload.mass - self._their_payload) > SAME_MASS:
            await self._job("SetPayload", payload.mass)
            self._their_payload = payload.mass

    async def _recover(self) -> None:
        await self._job("Recover")
        await self._refresh()
        await self._until(lambda: self._safety() is SafetyStatus.NORMAL and self._fault() is None, CATCH_UP)


def pose_of(numbers: list[float], frame: str) -> Pose:
    """Return the pose of x y z (m) and a unit quaternion x y z w."""
    return Pose.from_quaternion((numbers[0], numbers[1], numbers[2]), numbers[3:7], frame)


def numbers_of(pose: Pose) -> list[float]:
    """Return x y z (m) and the unit quaternion x y z w of a pose."""
    return [*pose.position.tolist(), *(float(number) for number in pose.quaternion)]
