"""Samples of arms and force sensors at a high rate, collected in blocks for a recorder."""

from __future__ import annotations

import asyncio
from typing import Any

from cellkit.cell.cell import Cell
from cellkit.devices import Arm, Device, ForceTorqueSensor
from cellkit.errors import DeviceError
from cellkit.supervision.readings import pose_numbers
from cellkit.supervision.source_clock import SourceClock
from cellkit.timing import now

MOST_BLOCK = 2000
"""Samples that may wait to be fetched; beyond it the oldest are given up, and counted."""


def columns_of(device: Device) -> list[tuple[str, str]] | None:
    """Names and units of what is sampled of a device; None: nothing is."""
    if isinstance(device, Arm):
        joints = [joint.name for joint in device.model.kinematics.joints]
        positions = [(f"{name}_position", "rad") for name in joints]
        velocities = [(f"{name}_velocity", "rad/s") for name in joints]
        pose = [("x", "m"), ("y", "m"), ("z", "m"), ("qx", ""), ("qy", ""), ("qz", ""), ("qw", "")]
        return [*positions, *velocities, *pose]
    if isinstance(device, ForceTorqueSensor):
        return [*((f"f{axis}", "N") for axis in "xyz"), *((f"t{axis}", "N m") for axis in "xyz")]
    return None


class HighRate:
    """Samples every arm and force sensor every ``period`` s."""

    def __init__(self, cell: Cell, period: float) -> None:
        self._period = period
        self._blocks: dict[str, list[list[float]]] = {}
        self._given_up: dict[str, int] = {}
        self._tasks = []
        for role, device in cell.devices.items():
            if columns_of(device) is not None:
                self._blocks[role], self._given_up[role] = [], 0
                self._tasks.append(asyncio.get_running_loop().create_task(self._watch(device)))

    async def close(self) -> None:
        """No further sample."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def fetch(self) -> list[dict[str, Any]]:
        """What has come since the last time: rows of time (s UTC) and values, and how many were given up."""
        blocks = []
        for role, rows in self._blocks.items():
            if rows or self._given_up[role]:
                blocks.append({"device": role, "rows": list(rows), "lost": self._given_up[role]})
                rows.clear()
                self._given_up[role] = 0
        return blocks

    async def _watch(self, device: Device) -> None:
        moment = now()
        last = -1.0
        clock = SourceClock()
        while True:
            try:
                stamp, values = await _sample(device)
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


async def _sample(device: Device) -> tuple[float, list[float]]:
    if isinstance(device, Arm):
        state = await device.state()
        joints = state.joints
        return state.stamp, [*joints.position.tolist(), *joints.velocity.tolist(), *pose_numbers(state.tcp)]
    assert isinstance(device, ForceTorqueSensor)
    reading = await device.read()
    return reading.stamp, [*reading.wrench.force.tolist(), *reading.wrench.torque.tolist()]
