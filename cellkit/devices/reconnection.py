"""Connecting a lost device again, however long its outage lasts."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable

from cellkit.devices.arm import Arm
from cellkit.devices.device import Device, Lifecycle
from cellkit.errors import CellkitError
from cellkit.timing import now

RETRY = (1.0, 2.0, 4.0, 8.0)
"""s between attempts to connect again; the last value counts for all further attempts."""
LOOK = 0.1
"""s between two looks at the devices of a run."""


class Reconnection:
    """The attempts to connect one device again, with growing pauses between them."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._attempts, self._again = 0, now()

    async def look(self) -> None:
        """Try to connect the device if it is lost and an attempt is due."""
        if self._device.lifecycle is Lifecycle.LOST and now() >= self._again:
            if not await _connected(self._device):
                self._again = now() + RETRY[min(self._attempts, len(RETRY) - 1)]
                self._attempts += 1
        elif self._device.lifecycle is Lifecycle.OPEN:
            self._attempts, self._again = 0, now() + RETRY[0]


@contextlib.asynccontextmanager
async def connected_again(devices: Iterable[Device]) -> AsyncIterator[None]:
    """Connect the devices again whenever they are lost, until the end of the block."""
    tasks = [asyncio.get_running_loop().create_task(_watch(device)) for device in devices]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _watch(device: Device) -> None:
    reconnection = Reconnection(device)
    while True:
        await reconnection.look()
        await asyncio.sleep(LOOK)


async def _connected(device: Device) -> bool:
    try:
        await device.connect()
        if isinstance(device, Arm):
            with contextlib.suppress(CellkitError):  # the arm may be in a stop; the next motion checks its state anyway
                await device.set_tool(device.tool)  # a controller loses its tool data when it restarts
    except CellkitError:
        return False
    return True
