"""Snapshots of real devices. On the live path the world's plants do not move, so the devices themselves are read.

The devices are only read: a lost connection is left to the run (``Run.reconnects``) or to the supervisor of a served
cell. Reading causes traffic on every device's line, so its rate is lower than that of snapshots of a simulated cell.
Arms are drawn at their real joint positions. Drawn grippers and parts do not move, since no sensor reports the place of
real parts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from typing_extensions import override

from cellkit.cell.build import BuiltCell
from cellkit.controller.plants.arm import Setpoints
from cellkit.devices import Arm, Device, ForceTorqueSensor
from cellkit.geometry import Array, Wrench
from cellkit.joints import JointState
from cellkit.scenario.kinds.recorded_kind import recorded
from cellkit.scenario.observers import Snapshot
from cellkit.supervision.kinds.reading import Quality, Reading
from cellkit.supervision.readings import read
from cellkit.timing import now

RATE = 20.0
"""Highest rate at which a device is read, in Hz."""
PATIENCE = 1.0
"""s after which a device without an answer is read again."""


class LiveReadings:
    """The newest readings of all devices of a cell. Create it while the cell's event loop runs."""

    def __init__(self, built: BuiltCell, rate: float = RATE) -> None:
        self._built = built
        self._period = 1.0 / min(rate, RATE)
        self._values: dict[str, dict[str, Any]] = {}
        self._shown = {role: _Shown(plants.arm.state().position) for role, plants in built.plants.items()}
        for role, plants in built.plants.items():
            plants.arm.follow(self._shown[role])
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self._watch(role, device)) for role, device in built.cell.devices.items()]

    def values(self, role: str) -> Mapping[str, Any]:
        """Return a device's newest values by name, as in ``cellkit.supervision.readings``; empty without an answer."""
        return self._values.get(role, {})

    def close(self) -> None:
        """Stop reading."""
        for task in self._tasks:
            task.cancel()

    def seen(self, snapshot: Snapshot) -> Snapshot:
        """Return the snapshot with values of the devices in place of those of the plants; unknown ones are left out."""
        joints, wrenches, measured = {}, {}, {}
        for role, values in self._values.items():
            device = self._built.cell.devices[role]
            kind = recorded(self._built.plan.kind(role).name)
            found = None if kind is None else kind.from_readings(device, values)
            if found is not None:
                measured[role] = found
            if isinstance(device, Arm) and {"joint_positions", "joint_velocities"} <= set(values):
                joints[role] = _joints(snapshot.time, values)
            if isinstance(device, ForceTorqueSensor) and "wrench" in values:
                wrenches[self._carrier(role)] = Wrench(values["wrench"][:3], values["wrench"][3:], "flange")
        places = self._built.world.places()
        return replace(snapshot, places=places, joints=joints, wrenches=wrenches, measured=measured)

    async def _watch(self, role: str, device: Device) -> None:
        moment = now()
        while True:
            try:
                async with asyncio.timeout(PATIENCE):
                    readings = await read(device)
            except TimeoutError:
                readings = {}
            values = self._values[role] = _good(readings)
            if role in self._shown and "joint_positions" in values:
                self._shown[role].at = np.array(values["joint_positions"])
            moment = max(moment + self._period, now())
            await asyncio.sleep(moment - now())

    def _carrier(self, role: str) -> str:
        """Return the arm on whose flange a force/torque sensor is mounted."""
        return str(getattr(self._built.plan.file.devices[role], "on", None) or role)


def _good(readings: Mapping[str, Reading]) -> dict[str, Any]:
    """Return the values of good quality."""
    return {name: one.value for name, one in readings.items() if one.quality is Quality.GOOD}


def _joints(time: float, values: Mapping[str, Any]) -> JointState:
    return JointState(time, np.array(values["joint_positions"]), np.array(values["joint_velocities"]))


class _Shown(Setpoints):
    """Set-points that draw an arm at the joint positions of the real arm."""

    def __init__(self, at: Array) -> None:
        self.at = np.array(at)

    @override
    def sample(self, _t: float) -> tuple[Array, Array]:
        return self.at, np.zeros(self.at.shape)

    @override
    def position(self, _t: float) -> list[float]:
        return [float(one) for one in self.at]
