"""Snapshots of real devices: on the live path the world's plants do not move, so the devices themselves are read.

They are read and nothing else: a lost link is left to whoever runs the cell. Reading is traffic on every device's line,
which is why it is slower than a snapshot of a simulated cell. Arms are drawn as the real ones stand; what is drawn of
grippers and parts does not move, since nobody sees real parts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from typing_extensions import override

from cellkit import registry
from cellkit.cell.build import BuiltCell
from cellkit.controller.plants.arm import Setpoints
from cellkit.devices import AnalogIO, Device, DigitalIO
from cellkit.geometry import Array, Wrench
from cellkit.joints import JointState
from cellkit.scenario.observers import Snapshot
from cellkit.supervision.kinds.reading import Quality, Reading
from cellkit.supervision.readings import kind_of, read
from cellkit.timing import now

RATE = 20.0
"""Hz at which a device is read, at most."""
PATIENCE = 1.0
"""s after which a device that does not answer is asked again."""
_NEEDED: Mapping[str, tuple[str, ...]] = {
    "arm": ("joint_positions", "joint_velocities"),
    "jaws": ("width",),
    "vacuum": ("vacuum",),
    "force_torque": ("wrench",),
    "machine": ("execution", "door", "chuck"),
}


class LiveReadings:
    """The newest readings of all devices of a cell; made while its event loop runs, with which it ends."""

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
        """What a device says now, by the names of ``cellkit.supervision.readings``; nothing where it says nothing."""
        return self._values.get(role, {})

    def close(self) -> None:
        """No further reading."""
        for task in self._tasks:
            task.cancel()

    def seen(self, snapshot: Snapshot) -> Snapshot:
        """The snapshot with what the devices say in place of what the plants do; what none says now is left out."""
        devices = self._built.cell.devices
        said = {role: (kind_of(devices[role]).name, values) for role, values in self._values.items()}
        said = {
            role: (kind, values) for role, (kind, values) in said.items() if set(_NEEDED.get(kind, ())) <= set(values)
        }
        of = {kind: {role: values for role, (one, values) in said.items() if one == kind} for kind in registry.kinds()}
        wrenches = {self._carrier(role): values["wrench"] for role, values in of["force_torque"].items()}
        return replace(
            snapshot,
            places=self._built.world.places(),
            joints={role: _joints(snapshot.time, values) for role, values in of["arm"].items()},
            widths={role: values["width"] for role, values in of["jaws"].items()},
            vacuums={role: values["vacuum"] for role, values in of["vacuum"].items()},
            wrenches={arm: Wrench(six[:3], six[3:], "flange") for arm, six in wrenches.items()},
            digital={role: values for role, values in of["io"].items() if values},
            analog={role: _shares(devices[role], values) for role, values in of["analog_io"].items()},
            machines={role: {key: values[key] for key in _NEEDED["machine"]} for role, values in of["machine"].items()},
        )

    async def _watch(self, role: str, device: Device) -> None:
        moment = now()
        while True:
            try:
                async with asyncio.timeout(PATIENCE):
                    readings = await read(device)
            except TimeoutError:
                readings = {}
            values = self._values[role] = _good(device, readings)
            if role in self._shown and "joint_positions" in values:
                self._shown[role].at = np.array(values["joint_positions"])
            moment = max(moment + self._period, now())
            await asyncio.sleep(moment - now())

    def _carrier(self, role: str) -> str:
        """The arm on whose flange a force/torque sensor sits."""
        return str(getattr(self._built.plan.file.devices[role], "on", None) or role)


def _good(device: Device, readings: Mapping[str, Reading]) -> dict[str, Any]:
    """Values that can be relied on; all signals of a device or, of digital ones, none."""
    values = {name: one.value for name, one in readings.items() if one.quality is Quality.GOOD}
    if isinstance(device, DigitalIO) and len(values) < len(readings):
        return {}
    return values


def _joints(time: float, values: Mapping[str, Any]) -> JointState:
    return JointState(time, np.array(values["joint_positions"]), np.array(values["joint_velocities"]))


def _shares(device: Device, values: Mapping[str, Any]) -> dict[str, float | None]:
    """Signals as shares of their range; None where there is no value."""
    assert isinstance(device, AnalogIO)
    signals = {**device.inputs, **device.outputs}
    return {name: signal.share(values[name]) if name in values else None for name, signal in signals.items()}


class _Shown(Setpoints):
    """Set-points of an arm that is drawn as the real one stands."""

    def __init__(self, at: Array) -> None:
        self.at = np.array(at)

    @override
    def sample(self, _t: float) -> tuple[Array, Array]:
        return self.at, np.zeros(self.at.shape)

    @override
    def position(self, _t: float) -> list[float]:
        return [float(one) for one in self.at]
