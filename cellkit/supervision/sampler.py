"""Reads every device at a steady rate, each in a task of its own, and connects lost devices again."""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import Callable, Mapping

from cellkit.cell.cell import Cell
from cellkit.devices import Arm, Device
from cellkit.devices.device import Lifecycle
from cellkit.errors import CellkitError
from cellkit.supervision.kinds.reading import Quality, Reading
from cellkit.supervision.readings import read, unread
from cellkit.timing import now, sleep_until

PATIENCE = 1.0
"""s after which a device that does not answer counts as not communicating."""
RETRY = (1.0, 2.0, 4.0, 8.0)
"""s between attempts to connect again; the last value counts for all further attempts."""

OnRead = Callable[[Device, Mapping[str, Reading]], None]


class Sampler:
    """Calls ``on_read(device, readings)`` every ``period`` s for every device, until ``close()``."""

    def __init__(self, cell: Cell, period: float, on_read: OnRead) -> None:
        self._period = period
        self._on_read = on_read
        self._start = now()
        self._tasks = [asyncio.get_running_loop().create_task(self._watch(device)) for device in cell.devices.values()]

    async def close(self) -> None:
        """Stop reading."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _watch(self, device: Device) -> None:
        attempts, again = 0, now()
        while True:
            if device.lifecycle is Lifecycle.LOST and now() >= again:
                if not await _reconnected(device):
                    again = now() + RETRY[min(attempts, len(RETRY) - 1)]
                    attempts += 1
            elif device.lifecycle is Lifecycle.OPEN:
                attempts, again = 0, now() + RETRY[0]
            self._on_read(device, await _read(device))
            # One grid for all devices: the loop wakes once for all of them.
            beats = math.floor((now() - self._start) / self._period + 1e-6) + 1
            await sleep_until(self._start + beats * self._period)


async def _read(device: Device) -> Mapping[str, Reading]:
    try:
        async with asyncio.timeout(PATIENCE):
            return await read(device)
    except TimeoutError:
        return unread(device, Quality.NO_COMMUNICATION)


async def _reconnected(device: Device) -> bool:
    try:
        await device.connect()
        if isinstance(device, Arm):
            with contextlib.suppress(CellkitError):  # the arm may be in a stop; the next motion checks its state anyway
                await device.set_tool(device.tool)  # a controller loses its tool data when it restarts
    except CellkitError:
        return False
    return True
