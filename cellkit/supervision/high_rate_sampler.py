"""Samples of arms and force sensors at a high rate, collected in blocks for a recorder."""

from __future__ import annotations

import asyncio
from typing import Any

from cellkit.cell.cell import Cell
from cellkit.devices import Device
from cellkit.errors import DeviceError
from cellkit.supervision.kinds.supervised_kind import Sample
from cellkit.supervision.readings import kind_of, supervised
from cellkit.supervision.source_clock import SourceClock
from cellkit.timing import now

MOST_BLOCK = 2000
"""Number of samples that may wait to be fetched; with more, the oldest are dropped and counted."""


def columns_of(device: Device) -> list[tuple[str, str]] | None:
    """Return names and units of the values that are sampled of a device; None: the device is not sampled."""
    columns = supervised(kind_of(device).name).columns
    return None if columns is None else columns(device)


class HighRateSampler:
    """Samples every device whose kind is recorded at a high rate, every ``period`` s."""

    def __init__(self, cell: Cell, period: float) -> None:
        self._period = period
        self._blocks: dict[str, list[list[float]]] = {}
        self._given_up: dict[str, int] = {}
        self._tasks = []
        for role, device in cell.devices.items():
            sample = supervised(kind_of(device).name).sample
            if sample is not None:
                self._blocks[role], self._given_up[role] = [], 0
                self._tasks.append(asyncio.get_running_loop().create_task(self._watch(device, sample)))

    async def close(self) -> None:
        """Stop sampling."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def fetch(self) -> list[dict[str, Any]]:
        """Return the samples since the last call.

        Each block has rows of time (s UTC) and values, and the number of samples that were dropped.
        """
        blocks = []
        for role, rows in self._blocks.items():
            if rows or self._given_up[role]:
                blocks.append({"device": role, "rows": list(rows), "lost": self._given_up[role]})
                rows.clear()
                self._given_up[role] = 0
        return blocks

    async def _watch(self, device: Device, sample: Sample) -> None:
        moment = now()
        last = -1.0
        clock = SourceClock()
        while True:
            try:
                stamp, values = await sample(device)
            except DeviceError:
                stamp, values = last, []
            if values and stamp != last:
                last = stamp
                rows = self._blocks[device.name]
                rows.append([clock.utc(stamp), *values])
                if len(rows) > MOST_BLOCK:
                    del rows[0]
                    self._given_up[device.name] += 1
            moment = max(moment + self._period, now())
            await asyncio.sleep(moment - now())
