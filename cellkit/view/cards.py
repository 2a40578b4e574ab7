"""What is told of every device, from the world's side and its events: never by asking it, which would be traffic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from cellkit.cell.build import BuiltCell
from cellkit.controller.arm_controller import ArmController
from cellkit.devices import Arm, Device, Gripper
from cellkit.devices.device import Lifecycle
from cellkit.devices.safety import OperationalMode, SafetyStatus
from cellkit.recording.live import LiveReadings
from cellkit.scenario.watching import Snapshot
from cellkit.view.moment import Card, Level

_ENDS = {"done": "done", "failed": "failed", "aborted": "aborted"}
_LIFE = {Lifecycle.OPEN: "connected", Lifecycle.CLOSED: "closed", Lifecycle.LOST: "connection lost"}
_LOST = frozenset({"connection_lost", "grasp_lost"})


@dataclass(slots=True)
class _Told:
    """What the events of a device have told so far."""

    command: str = ""
    running: bool = False
    error: str = ""
    failed: bool = False


class Cards:
    """Keeps what the events tell, and puts it together with what a snapshot shows."""

    def __init__(self, built: BuiltCell, readings: LiveReadings | None = None) -> None:
        self._built, self._readings = built, readings
        self._told = {role: _Told() for role in built.cell.devices}
        self._kernels = {role: built.factory.kernel(role) for role in built.plan.arms}

    def event(self, record: Mapping[str, Any]) -> None:
        """One record of the trace."""
        told = self._told.get(record["source"])
        if told is None:
            return
        what = record["what"]
        if what == "command":
            told.command, told.running, told.failed = f"{record['command']}", True, False
        elif what in _ENDS:
            told.command, told.running = f"{record['command']} ({_ENDS[what]})", False
        if what in ("failed", "aborted") or what in _LOST:
            told.failed = what != "aborted"
            why = record.get("why") or what.replace("_", " ")
            told.error = f"{record['t']:.2f} s: {why}"

    def cards(self, snapshot: Snapshot) -> dict[str, Card]:
        """All devices as they are now."""
        return {role: self._card(role, device, snapshot) for role, device in self._built.cell.devices.items()}

    def _card(self, role: str, device: Device, snapshot: Snapshot) -> Card:
        told = self._told[role]
        level: Level = "attention" if told.failed else "ok"
        state, mode, safety, error = _LIFE[device.lifecycle], "", "", told.error
        if device.lifecycle is Lifecycle.LOST:
            level = "error"
        kernel = self._kernels.get(role)
        if kernel is not None:
            state, mode, safety = _state(kernel), kernel.mode.name.lower().replace("_", " "), kernel.safety.value
            if device.lifecycle is not Lifecycle.OPEN:
                state += f", {_LIFE[device.lifecycle]}"
            if kernel.safety is not SafetyStatus.NORMAL or kernel.fault is not None:
                level = "error"
            if kernel.fault is not None:
                error = f"fault {kernel.fault.code}: {kernel.fault.text}"
        elif isinstance(device, Arm) and self._readings is not None:
            said = self._readings.values(role)
            state, mode, safety, fault = _said(said)
            if fault or safety not in ("normal", ""):
                level, error = "error", fault or error
        elif isinstance(device, Gripper):
            state += ", holds a part" if device.holding else ", holds nothing"
        command = f"{told.command} (running)" if told.running else told.command
        return Card(
            state=state,
            level=level,
            mode=mode,
            safety=safety,
            values=_values(role, device, snapshot),
            command=command,
            error=error,
        )


def _state(kernel: ArmController) -> str:
    if kernel.fault is not None:
        return "fault"
    if not kernel.powered:
        return "drive power off"
    if kernel.freedrive:
        return "led by hand"
    return "moving" if kernel.moving else "standing"


def _said(values: Mapping[str, Any]) -> tuple[str, str, str, str]:
    """State, mode, safety state and fault of an arm that is really there, from what it says of itself."""
    if not values:
        return "says nothing", "", "", ""
    mode = OperationalMode(int(values.get("operational_mode", 0))).name.lower().replace("_", " ")
    stopped = (
        "emergency stop" if values.get("emergency_stop") else "protective stop" if values.get("protective_stop") else ""
    )
    state = "moving" if values.get("moving") else "standing"
    return state, mode, stopped or "normal", str(values.get("fault") or "")


def _values(role: str, device: Device, snapshot: Snapshot) -> dict[str, str]:
    values: dict[str, str] = {}
    if isinstance(device, Arm) and role in snapshot.joints:
        joints = snapshot.joints[role]
        values["joints"] = " ".join(f"{angle:.1f}" for angle in np.degrees(joints.position)) + " °"
    if role in snapshot.wrenches:
        force = float(np.linalg.norm(snapshot.wrenches[role].force))
        values["force at flange"] = f"{force:.1f} N"
    if role in snapshot.widths:
        values["opening"] = f"{snapshot.widths[role] * 1e3:.1f} mm"
    if role in snapshot.vacuums:
        values["vacuum"] = f"{snapshot.vacuums[role] / 1e3:.1f} kPa"
    for name, on in snapshot.digital.get(role, {}).items():
        values[name] = "on" if on else "off"
    for name, share in snapshot.analog.get(role, {}).items():
        values[name] = "broken wire" if share is None else f"{share:.1%}"
    for name, text in snapshot.machines.get(role, {}).items():
        values[name] = text.lower()
    return values
