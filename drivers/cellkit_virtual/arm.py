"""The reference arm: the open interface over cellkit's own controller kernel."""

from __future__ import annotations

from collections.abc import Sequence

from typing_extensions import override

from cellkit.controller.arm_controller import EARLY, ArmController
from cellkit.controller.plants.arm import ArmPlant
from cellkit.devices import Arm, ArmState, Freedrive, Load, Motion, Servoing, StopCategory, Tool
from cellkit.errors import CommandRejected, PlanningError
from cellkit.geometry import Array
from cellkit.models.arm import ArmModel
from cellkit_virtual.link import Link, Linked


class VirtualArm(Linked, Arm, Servoing, Freedrive):
    """An arm over ``plant``. Its ``controller`` runs in this process; tests may cause stops and faults there."""

    def __init__(self, name: str, model: ArmModel, plant: ArmPlant, link: Link | None = None) -> None:
        super().__init__(name, model)
        self.controller = ArmController(name, model, plant)
        self._link = link or Link()

    def _on_loss(self, why: str) -> None:
        # A real controller notices the loss too and holds its arm; no motion goes on.
        self.controller.protective_stop("communication lost")
        self._link_lost(why)

    async def _read_state(self) -> ArmState:
        controller = self.controller
        joints = controller.joints()
        return ArmState(
            joints.stamp,
            joints,
            controller.tcp(joints),
            controller.mode,
            controller.safety,
            controller.speed_override,
            controller.moving,
            controller.fault,
        )

    async def _execute(self, motion: Motion) -> None:
        await self.controller.submit(motion)
        if self.controller.settling > EARLY:
            self._emit("settled", after=self.controller.settling)

    async def _stop(self, category: StopCategory = StopCategory.TWO) -> None:
        await self.controller.stop(category)

    async def _set_speed_override(self, share: float) -> None:
        self.controller.set_speed_override(share)

    async def _set_load(self, tool: Tool, payload: Load) -> None:
        self.controller.set_load(tool, payload)

    async def _recover(self) -> None:
        await self.controller.reset()

    @override
    async def servo_joint(self, joints: Sequence[float] | Array) -> None:
        target = await self._servo_target(joints)
        try:
            self.controller.servo(target)
        except PlanningError as error:
            raise CommandRejected(self.name, str(error), state=self._state_text()) from None

    @override
    async def set_freedrive(self, on: bool) -> None:
        self._require_idle("set_freedrive")
        self.controller.set_freedrive(on)
