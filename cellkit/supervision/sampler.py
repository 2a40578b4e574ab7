"""Reads every device at a steady rate, each in a task of its own, and connects lost devices again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from cellkit.cell.cell import Cell
from cellkit.devices import Device
from cellkit.devices.reconnection import Reconnection
from cellkit.supervision.kinds.reading import Quality, Reading
from cellkit.supervision.readings import read, unread
from cellkit.timing import next_beat, now, sleep_until

PATIENCE = 1.0
"""s after which a device that does not answer counts as not communicating."""

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
        reconnection = Reconnection(device)
        while True:
            await reconnection.look()
            self._on_read(device, await _read(device))
            # One grid for all devices: the loop wakes once for all of them.
            await sleep_until(next_beat(self._start, self._period))


async def _read(device: Device) -> Mapping[str, Reading]:
    try:
        async with asyncio.timeout(PATIENCE):
            return await read(device)
    except TimeoutError:
        return unread(device, Quality.NO_COMMUNICATION)
