"""Grippers behind a server."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping

from cellkit.devices import JawsState, ParallelGripper, VacuumGripper, VacuumState
from cellkit.errors import DeviceError, DeviceFault
from cellkit.models.gripper import ParallelGripperModel, VacuumGripperModel
from cellkit.timing import now
from cellkit.transport import Network
from cellkit_opcua.device import NodeDevice
from cellkit_opcua.maps import Command, JawsMap, VacuumMap, Value
from cellkit_opcua.sensors import commands_of, values_of
from cellkit_opcua.watched import FOREVER, GLANCE

THERE = 0.0005  # m by which a width may be off
BEGIN = 0.5  # s within which jaws have begun a commanded motion, or have no way to go
STILL = 0.2  # s for which a width must stay the same to count as at rest, without a node that reports motion
SLIPPED = 0.002  # m by which jaws on a part close further only when the part is gone


class NodeJaws(NodeDevice[JawsMap], ParallelGripper):
    """A gripper with two jaws.

    They are at rest when ``moving`` reports it, or when their width has not changed for a while.
    """

    def __init__(self, name: str, model: ParallelGripperModel, config: JawsMap, network: Network) -> None:
        ParallelGripper.__init__(self, name, model)
        self._start(config, network)
        self._on_part: float | None = None

    def _mapped(self) -> Mapping[str, Value]:
        return values_of(self.config.nodes)

    def _commands(self) -> Mapping[str, Command]:
        return commands_of(self.config.commands)

    def _width(self) -> float:
        return float(self._converted("width", self.config.nodes.width))

    def _noticed(self) -> None:
        """Detect the loss of a held part."""
        if not self.holding or self.busy:
            self._on_part = None
            return
        with contextlib.suppress(DeviceError):  # the next read of the state raises the error
            if self.config.nodes.part is not None:
                lost = not self._bit("part", self.config.nodes.part)
            else:
                width = self._width()
                self._on_part = width if self._on_part is None else self._on_part
                lost = width < self._on_part - SLIPPED
            if lost:
                self._part_lost()

    async def _read_state(self) -> JawsState:
        nodes = self.config.nodes
        force = None if nodes.force is None else float(self._converted("force", nodes.force))
        return JawsState(self._stamp("width"), self._width(), force, self._bit("moving", nodes.moving, self.busy))

    async def _drive(self, width: float, speed: float, force: float) -> JawsState:
        await self._command(self.config.commands.move, width=width, speed=speed, force=force)
        if self.config.nodes.moving is None:
            await self._still()
        else:
            await self._until(lambda: self._moving() or abs(self._width() - width) <= THERE, BEGIN)
            await self._until(lambda: not self._moving(), FOREVER)
        return await self._read_state()

    def _moving(self) -> bool:
        return self._bit("moving", self.config.nodes.moving)

    async def _still(self) -> None:
        width, since, begun = self._width(), now(), now()
        while now() - since < STILL or now() - begun < BEGIN:
            await asyncio.sleep(GLANCE)
            if abs(self._width() - width) > THERE:
                width, since = self._width(), now()

    async def _stop(self) -> None:
        await self._command(self.config.commands.stop)
        await self._refresh()
        if self.config.nodes.moving is None:
            await self._still()
        else:
            await self._until(lambda: not self._moving(), FOREVER)


class NodeVacuum(NodeDevice[VacuumMap], VacuumGripper):
    """A vacuum gripper. Suction ends after a grip without a part; it stays on when a held part is lost."""

    def __init__(self, name: str, model: VacuumGripperModel, config: VacuumMap, network: Network) -> None:
        VacuumGripper.__init__(self, name, model)
        self._start(config, network)
        self._trying = False

    def _mapped(self) -> Mapping[str, Value]:
        return values_of(self.config.nodes)

    def _commands(self) -> Mapping[str, Command]:
        return commands_of(self.config.commands)

    def _sees(self) -> bool:
        return self._bit("part", self.config.nodes.part)

    def _noticed(self) -> None:
        if self.holding and not self.busy:
            with contextlib.suppress(DeviceError):  # the next read of the state raises the error
                if not self._sees():
                    self._part_lost()

    async def _read_state(self) -> VacuumState:
        vacuum = self.config.nodes.vacuum
        depth = None if vacuum is None else float(self._converted("vacuum", vacuum))
        return VacuumState(self._stamp("part"), depth, self._sees())

    async def _switch(self, on: bool) -> VacuumState:
        config = self.config
        if on:
            self._trying = not self.holding
            await self._command(config.commands.grip)
            await self._refresh()
            if not await self._until(self._sees, config.grip_time):
                await self._stop()
            self._trying = False
        else:
            await self._command(config.commands.release)
            await self._refresh()
            if not await self._until(lambda: not self._sees(), config.release_time):
                text = f"the vacuum is still present {config.release_time:g} s after suction was switched off"
                raise DeviceFault(self.name, text, code="vacuum-stays")
        return await self._read_state()

    async def _stop(self) -> None:
        """Keep a held part; a grip without a part ends. No part of a cup moves."""
        if self._trying:
            self._trying = False
            await self._command(self.config.commands.release)
