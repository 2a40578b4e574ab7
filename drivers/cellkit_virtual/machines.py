"""The reference machine tool and code reader, over a world's plants."""

from __future__ import annotations

import asyncio

from cellkit.controller.plants.code_reader import CodePlant
from cellkit.controller.plants.machine import MachinePlant
from cellkit.devices import CodeReader, Machine, MachineState
from cellkit.timing import now
from cellkit_virtual.link import Link, Linked

READING_TIME = 0.05
"""s from the trigger to the answer; an assumption."""


class VirtualMachine(Linked, Machine):
    """A machine tool that reports every change at once."""

    def __init__(self, name: str, plant: MachinePlant, link: Link | None = None) -> None:
        super().__init__(name)
        self._plant = plant
        self._link = link or Link()
        plant.on_change(self._notify_observers)

    async def _read_state(self) -> MachineState:
        report = self._plant.report()
        return MachineState(
            now(), report.available, report.door, report.chuck, report.execution, report.mode, report.alarms
        )


class VirtualCodeReader(Linked, CodeReader):
    """A reader that reads the code of the part in front of it."""

    def __init__(self, name: str, plant: CodePlant, link: Link | None = None) -> None:
        super().__init__(name)
        self._plant = plant
        self._link = link or Link()
        self.stalled = False
        """True: the reader never answers."""

    async def _read_code(self) -> str | None:
        await asyncio.sleep(READING_TIME)
        if self.stalled:
            await asyncio.get_running_loop().create_future()
        return self._plant.code()

    async def _stop(self) -> None:
        """Do nothing: no part of a reader moves."""
