"""Samples of arms and force sensors at a high rate, collected in blocks for a recorder.

While nothing changes and no client reads, a sample a second is enough: hundreds of equal ones cost as much as the rest
of the idle cell.
"""

from __future__ import annotations

import asyncio
from typing import Any

from cellkit.cell.cell import Cell
from cellkit.devices import Device
from cellkit.errors import DeviceError
from cellkit.supervision.kinds.supervised_kind import Sample
from cellkit.supervision.readings import kind_of, supervised
from cellkit.supervision.source_clock import SourceClock
from cellkit.timing import next_beat, now, sleep_until

REST = 1.0
"""s between two samples at rest."""
ATTENTIVE = 5.0
"""s for which samples are taken at the full rate after the last ``wake()``."""
MOST_BLOCK = 2000
"""Number of samples that may wait to be fetched; with more, the oldest are dropped and counted."""


def columns_of(device: Device) -> list[tuple[str, str]] | None:
    """Return names and units of the values that are sampled of a device; None: the device is not sampled."""
    columns = supervised(kind_of(device).name).columns
    return None if columns is None else columns(device)


class HighRateSampler:
    """Samples every device whose kind is recorded at a high rate: every ``period`` s for a while after ``wake()``."""

    def __init__(self, cell: Cell, period: float) -> None:
        self._period = period
        self._start = now()
        self._attentive_until = self._start + ATTENTIVE
        self._resting: set[asyncio.Future[None]] = set()
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

    def wake(self) -> None:
        """Sample at the full rate from now on: something changes, or a client reads."""
        self._attentive_until = now() + ATTENTIVE
        for future in self._resting:
            if not future.done():
                future.set_result(None)

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
            if now() >= self._attentive_until:
                await self._rest()
            else:
                await sleep_until(next_beat(self._start, self._period))

    async def _rest(self) -> None:
        """Wait for ``REST`` s or until the next ``wake()``."""
        woken = asyncio.get_running_loop().create_future()
        self._resting.add(woken)
        try:
            async with asyncio.timeout(REST):
                await woken
        except TimeoutError:
            pass
        finally:
            self._resting.discard(woken)
