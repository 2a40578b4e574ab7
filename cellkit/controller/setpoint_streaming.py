"""Arms whose vendor takes nothing but set-points: cellkit's kernel plans on this side, the wire carries the rest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from typing_extensions import override

from cellkit.controller.arm_controller import ArmController
from cellkit.controller.plants.arm import ArmPlant, Setpoints
from cellkit.devices.abilities import Servoing
from cellkit.devices.motion import Motion
from cellkit.devices.safety import StopCategory
from cellkit.devices.wired import DriverConfig, WiredArm
from cellkit.errors import CommandRejected, PlanningError
from cellkit.geometry import Array
from cellkit.joints import JointState
from cellkit.models.arm import ArmModel
from cellkit.transport.network import Network

ConfigT = TypeVar("ConfigT", bound=DriverConfig)


class RemoteArm(ArmPlant):
    """The mechanics at the other end of the wire, as the kernel's plant (an ``ArmPlant``)."""

    def __init__(self, start: Sequence[float]) -> None:
        position = np.array(start, dtype=np.float64)
        self._joints = JointState(0.0, position, np.zeros(len(position)))
        self._source: Setpoints | None = None

    @override
    def follow(self, source: Setpoints) -> None:
        self._source = source

    @override
    def state(self) -> JointState:
        """What was last reported."""
        return self._joints

    def report(self, joints: JointState) -> None:
        """The controller has told where its joints are."""
        self._joints = joints

    def setpoint(self, t: float) -> list[float]:
        """(n,) joint positions in rad to send for cell time ``t`` (s)."""
        if self._source is None:
            positions: list[float] = self._joints.position.tolist()
            return positions
        return self._source.position(t)


class StreamingArm(WiredArm[ConfigT], Servoing):
    """Each cycle a driver reports to ``remote`` what has arrived, and sends ``remote.setpoint(now())``.

    What the controller says of stops and faults goes to ``kernel`` (``protective_stop``, ``press_emergency_stop``,
    ``raise_fault`` …); after a recovery, ``await kernel.reset()`` and ``kernel.hold_here()``.
    """

    def __init__(self, name: str, model: ArmModel, config: ConfigT, network: Network) -> None:
        super().__init__(name, model, config, network)
        self.remote = RemoteArm(model.home)
        self.kernel = ArmController(name, model, self.remote)

    async def _make_ready(self) -> None:
        """Hook: whatever the controller needs before it follows set-points."""

    async def _execute(self, motion: Motion) -> None:
        await self._make_ready()
        await self.kernel.submit(motion)

    async def _stop(self, category: StopCategory = StopCategory.TWO) -> None:
        await self.kernel.stop(category)

    async def _set_speed_override(self, share: float) -> None:
        self.kernel.set_speed_override(share)

    @override
    async def servo_joint(self, joints: Sequence[float] | Array) -> None:
        target = await self._servo_target(joints)
        await self._make_ready()
        self._require_idle("servo_joint")  # it may have taken a while
        try:
            self.kernel.servo(target)
        except PlanningError as error:
            raise CommandRejected(self.name, str(error), state=self._state_text()) from None
