"""Arms whose controller accepts only set-points: cellkit's kernel plans in the driver, the wire carries set-points."""

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
from cellkit.motion.stopping import commanded_stop
from cellkit.transport.network import Network

ConfigT = TypeVar("ConfigT", bound=DriverConfig)


class RemoteArm(ArmPlant):
    """The arm at the other end of the wire, as an ``ArmPlant`` for the kernel."""

    def __init__(self, start: Sequence[float]) -> None:
        position = np.array(start, dtype=np.float64)
        self._joints = JointState(0.0, position, np.zeros(len(position)))
        self._source: Setpoints | None = None

    @override
    def follow(self, source: Setpoints) -> None:
        self._source = source

    @override
    def state(self) -> JointState:
        """Return the joints that the controller has reported last."""
        return self._joints

    def report(self, joints: JointState) -> None:
        """Store the joints that the controller has reported."""
        self._joints = joints

    def setpoint(self, t: float) -> list[float]:
        """Return the joint positions (n,) in rad to send for cell time ``t`` (s)."""
        if self._source is None:
            positions: list[float] = self._joints.position.tolist()
            return positions
        return self._source.position(t)


class StreamingArm(WiredArm[ConfigT], Servoing):
    """An arm whose driver streams set-points.

    In each cycle the driver reports the received joints to ``remote`` and sends ``remote.setpoint(now())``. It passes
    stops and faults that the controller reports to ``kernel`` (``protective_stop``, ``press_emergency_stop``,
    ``raise_fault`` …). After a recovery it calls ``await kernel.reset()`` and ``kernel.hold_here()``.
    """

    def __init__(self, name: str, model: ArmModel, config: ConfigT, network: Network) -> None:
        super().__init__(name, model, config, network)
        self.remote = RemoteArm(model.home)
        self.kernel = ArmController(name, model, self.remote, stop=commanded_stop)

    async def _make_ready(self) -> None:
        """Prepare the controller for set-points, if that is necessary (driver hook)."""

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
        self._require_idle("servo_joint")  # again: a motion may have begun during the preparation
        try:
            self.kernel.servo(target)
        except PlanningError as error:
            raise CommandRejected(self.name, str(error), state=self._state_text()) from None
