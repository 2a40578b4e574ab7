"""The virtual controller: a strict skin of the FCI over the kernel.

One client at a time has the robot. While it is connected a beat of one millisecond takes its newest command, checks
it, lets the arm follow and sends the state; without a client nothing ticks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import ClassVar

from typing_extensions import override

from cellkit.controller.arm_controller import ArmController
from cellkit.controller.plants.parallel_gripper import JawPlant
from cellkit.controller.virtual_controller import Endpoint, VirtualController
from cellkit.devices import Fault, OperationalMode, SafetyStatus
from cellkit.errors import EmergencyStop
from cellkit.transport import ByteStream
from cellkit_franka.protocol.errors import COLLISIONS, ERRORS
from cellkit_franka.protocol.robot import RecoveryStatus
from cellkit_franka.protocol.state import RobotMode
from cellkit_franka.settings import FciSettings
from cellkit_franka.urdf import robot_urdf
from cellkit_franka.virtual_gripper import GripperServer
from cellkit_franka.virtual_jaws import FreeJaws
from cellkit_franka.virtual_session import FciSession

RECOVERY_TIME = 0.1
"""s that the automatic recovery takes; an assumption."""


class VirtualFranka(VirtualController):
    """An FR3 with its hand. ``hand`` may be put over the jaws of a world before it starts."""

    ENDPOINTS: ClassVar[Mapping[str, Endpoint]] = {
        "robot": Endpoint("tcp", 1337, "robot commands (FCI); states and set-points over UDP"),
        "gripper": Endpoint("tcp", 1338, "gripper commands; states over UDP"),
    }

    def __init__(self, kernel: ArmController) -> None:
        super().__init__(kernel)
        self.settings = FciSettings(kernel.model.payload.value)
        self.hand = GripperServer(FreeJaws())
        self.urdf = robot_urdf(kernel.model)
        self.errors: frozenset[str] = frozenset()
        self.reflex_reason: frozenset[str] = frozenset()
        self.recovering = False
        self.stalled = False
        self._session: FciSession | None = None
        kernel.on_change(self._kernel_changed)

    def mount(self, jaws: JawPlant) -> None:
        """Let the hand drive the jaws of a world."""
        self.hand = GripperServer(jaws)

    async def _open(self) -> None:
        await self._serve("robot", self._client, client_first=True)
        await self._serve("gripper", self._gripper_client, client_first=True)

    async def _client(self, stream: ByteStream) -> None:
        if self._session is not None:
            return  # one client has the robot; a second one is disconnected before its first request
        self._session = session = FciSession(self, stream)
        try:
            await session.serve()
        finally:
            self._session = None
            await session.close()

    async def _gripper_client(self, stream: ByteStream) -> None:
        await self.hand.serve(stream, self.network, self.host)

    # --- modes and errors ---------------------------------------------------------------------------------------

    def robot_mode(self, moving: bool) -> RobotMode:
        """Return the mode in the state; ``moving``: whether a Move runs."""
        kernel = self.kernel
        if kernel.safety is SafetyStatus.EMERGENCY_STOP:
            return RobotMode.USER_STOPPED
        if self.recovering:
            return RobotMode.AUTOMATIC_ERROR_RECOVERY
        if self.errors:
            return RobotMode.REFLEX
        if kernel.freedrive or kernel.mode in (
            OperationalMode.MANUAL_REDUCED_SPEED,
            OperationalMode.MANUAL_HIGH_SPEED,
        ):
            return RobotMode.GUIDING
        if not kernel.mode.accepts_programs or not kernel.powered:
            return RobotMode.OTHER
        return RobotMode.MOVE if moving or kernel.moving else RobotMode.IDLE

    def fail(self, error: str) -> None:
        """End the motion with an error flag of the controller."""
        if error in COLLISIONS:
            self.errors = frozenset({error})
            self.kernel.protective_stop(ERRORS[error])
        else:
            self.kernel.raise_fault(Fault(error, ERRORS[error]))

    def _kernel_changed(self) -> None:
        kernel = self.kernel
        errors: set[str] = set()
        if kernel.safety is SafetyStatus.PROTECTIVE_STOP:
            errors |= (self.errors & COLLISIONS) or {"cartesian_reflex"}
        if kernel.fault is not None:
            # The kernel's own faults have no flag; what they are about comes nearest to this one.
            errors.add(kernel.fault.code if kernel.fault.code in ERRORS else "instability_detected")
        self.errors = frozenset(errors)
        if self._session is not None:
            self._session.robot_changed()

    async def recover(self) -> RecoveryStatus:
        """Carry out the automatic error recovery."""
        kernel = self.kernel
        if kernel.safety is SafetyStatus.EMERGENCY_STOP:
            try:
                await self._reset()  # released a moment ago
            except EmergencyStop:
                return RecoveryStatus.EMERGENCY_ABORTED
        if kernel.fault is not None and not kernel.fault.recoverable:
            return RecoveryStatus.MANUAL_REQUIRED
        if self.robot_mode(False) not in (RobotMode.REFLEX, RobotMode.IDLE):
            return RecoveryStatus.NOT_POSSIBLE
        if not self.errors:
            return RecoveryStatus.SUCCESS
        self.recovering = True
        try:
            await asyncio.sleep(RECOVERY_TIME)
            await kernel.reset()
        except EmergencyStop:
            return RecoveryStatus.EMERGENCY_ABORTED
        finally:
            self.recovering = False
        kernel.hold_here()
        return RecoveryStatus.SUCCESS

    # --- switches -----------------------------------------------------------------------------------------------

    def protective_stop(self) -> None:
        """Stop the arm as after a collision."""
        self.fail("cartesian_reflex")

    @override
    def example_fault(self) -> Fault:
        name = "power_limit_violation"
        self.fail(name)
        return Fault(name, ERRORS[name])

    def release_emergency_stop(self) -> None:
        """Release the user stop; the robot is idle again by itself, as the real robot is."""
        self.kernel.release_emergency_stop()
        self._background(self._reset())

    async def _reset(self) -> None:
        await self.kernel.reset()
        self.kernel.hold_here()

    @override
    def switches(self) -> dict[str, Callable[..., object]]:
        return super().switches() | {"unhome": self.forget_fingers}

    def forget_fingers(self) -> None:
        """Change the fingers: the hand refuses to move them until it is homed."""
        self.hand.homed = False

    def stall(self) -> None:
        """Accept Moves, but never begin them."""
        self.stalled = True
