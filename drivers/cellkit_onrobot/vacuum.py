"""The driver of the VG10: both channels grip and release together, and a part is what lets the vacuum build up."""

from __future__ import annotations

import asyncio
import contextlib

from cellkit.devices import VacuumGripper, VacuumState
from cellkit.devices.polling import Poller
from cellkit.errors import DeviceFault
from cellkit.models.gripper import VacuumGripperModel
from cellkit.transport import Network
from cellkit_onrobot.config import VgConfig
from cellkit_onrobot.link import OnRobotTool
from cellkit_onrobot.protocol import vg
from cellkit_onrobot.protocol.vg import ChannelCommand, Mode, VgStatus

GRIPPED, LOST = 0.7, 0.5
"""Shares of the vacuum that was asked for at which a part is taken as held, and as lost again; an assumption."""
RELEASED = 0.03 * vg.AMBIENT
"""Pa at which the vacuum counts as gone; an assumption."""


class VgGripper(OnRobotTool[VgConfig], VacuumGripper):
    """VG10. The weaker channel counts: a part is present when both have vacuum."""

    def __init__(self, name: str, model: VacuumGripperModel, config: VgConfig, network: Network) -> None:
        VacuumGripper.__init__(self, name, model)
        self._use(config, network)
        self._grip_command = ChannelCommand(Mode.GRIP, config.vacuum)
        self._sees = False

    async def _open_link(self) -> None:
        self._sees = False
        await self._open_modbus(self.model)
        self._poller = self._pending(Poller(self.name, self._read_status, self.config.poll_period, self._noticed))
        await self._poller.once()
        self._background(self._poller.run(), self._title())

    async def _read_status(self) -> VgStatus:
        return vg.decode_status(await self._client.read_holding(vg.VACUUM, vg.CHANNELS))

    def _noticed(self, status: VgStatus) -> None:
        """Report a lost part when the vacuum falls without a release command."""
        share = LOST if self._sees else GRIPPED
        self._sees = min(status.a, status.b) >= share * vg.target(self._grip_command)
        if self.holding and not self.busy and not self._sees:
            self._part_lost()

    async def _switch(self, on: bool) -> VacuumState:
        command = self._grip_command if on else ChannelCommand(Mode.RELEASE)
        await self._client.write_registers(vg.COMMAND, [vg.encode_channel(command)] * vg.CHANNELS)
        if on:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self.config.grip_time):
                    await self._poller.until(lambda _status: self._sees)
            return self._state()
        limit = self.config.release_time
        try:
            async with asyncio.timeout(limit):
                await self._poller.until(lambda status: max(status.a, status.b) <= RELEASED)
        except TimeoutError:
            text = f"the vacuum is still there {limit:g} s after the release"
            raise DeviceFault(self.name, text, code="vacuum stays") from None
        await asyncio.sleep(self.config.settle_time)
        await self._poller.once()
        return self._state()

    async def _stop(self) -> None:
        """Nothing of a cup moves; the vacuum stays as it is, so that a part is not dropped."""

    async def _read_state(self) -> VacuumState:
        return self._state()

    def _state(self) -> VacuumState:
        status = self._poller.latest
        return VacuumState(self._poller.stamp, min(status.a, status.b), self._sees)
