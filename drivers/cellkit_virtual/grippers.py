"""The reference grippers, over the mechanics of a world."""

from __future__ import annotations

from cellkit.controller.plants.parallel_gripper import JawPlant
from cellkit.controller.plants.vacuum_gripper import SuctionPlant
from cellkit.devices import JawsState, ParallelGripper, VacuumGripper, VacuumState
from cellkit.models.gripper import ParallelGripperModel, VacuumGripperModel
from cellkit_virtual.link import Link, Linked


class VirtualParallelGripper(Linked, ParallelGripper):
    """Two jaws in a simulated world."""

    def __init__(self, name: str, model: ParallelGripperModel, jaws: JawPlant, link: Link | None = None) -> None:
        super().__init__(name, model)
        self._jaws = jaws
        self._link = link or Link()
        jaws.on_slip(self._part_lost)

    def _on_loss(self, why: str) -> None:
        self._jaws.halt()
        self._link_lost(why)

    async def _read_state(self) -> JawsState:
        state = self._jaws.state()
        return JawsState(state.stamp, state.width, state.force, state.moving)

    async def _drive(self, width: float, speed: float, force: float) -> JawsState:
        state = await self._jaws.drive(width, speed, force)
        return JawsState(state.stamp, state.width, state.force, state.moving)

    async def _stop(self) -> None:
        self._jaws.halt()


class VirtualVacuumGripper(Linked, VacuumGripper):
    """A suction cup in a simulated world."""

    def __init__(self, name: str, model: VacuumGripperModel, cup: SuctionPlant, link: Link | None = None) -> None:
        super().__init__(name, model)
        self._cup = cup
        self._link = link or Link()
        cup.on_slip(self._part_lost)

    async def _read_state(self) -> VacuumState:
        state = self._cup.state()
        return VacuumState(state.stamp, state.vacuum, state.part_present)

    async def _switch(self, on: bool) -> VacuumState:
        state = await self._cup.switch(on)
        return VacuumState(state.stamp, state.vacuum, state.part_present)

    async def _stop(self) -> None:
        """Keep the vacuum, so that a part is not dropped. No part of a cup moves."""
