"""What is told of every device, from the world's side and its events: never by asking it, which would be traffic."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cellkit.cell.build import BuiltCell
from cellkit.devices import Arm, Device, Gripper
from cellkit.devices.device import Lifecycle
from cellkit.devices.safety import OperationalMode, SafetyStatus
from cellkit.recording.live import LiveReadings
from cellkit.recording.status_topics import state_of
from cellkit.scenario.observers import Snapshot
from cellkit.view.device_summary import DeviceSummary, values_of
from cellkit.view.moment import Card

_LIFE = {Lifecycle.OPEN: "connected", Lifecycle.CLOSED: "closed", Lifecycle.LOST: "connection lost"}


class Cards:
    """Keeps what the events tell, and puts it together with what a snapshot shows."""

    def __init__(self, built: BuiltCell, readings: LiveReadings | None = None) -> None:
        self._built, self._readings = built, readings
        self._told = {role: DeviceSummary() for role in built.cell.devices}
        self._kernels = {role: built.factory.kernel(role) for role in built.plan.arms}

    def event(self, record: Mapping[str, Any]) -> None:
        """One record of the trace."""
        told = self._told.get(record["source"])
        if told is None:
            return
        told.event(record)

    def cards(self, snapshot: Snapshot) -> dict[str, Card]:
        """All devices as they are now."""
        return {role: self._card(role, device, snapshot) for role, device in self._built.cell.devices.items()}

    def _card(self, role: str, device: Device, snapshot: Snapshot) -> Card:
        told = self._told[role]
        level = told.level
        state, mode, safety, error = _LIFE[device.lifecycle], "", "", told.error
        if device.lifecycle is Lifecycle.LOST:
            level = "error"
        kernel = self._kernels.get(role)
        if kernel is not None:
            state, mode, safety = state_of(kernel), kernel.mode.name.lower().replace("_", " "), kernel.safety.value
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
        return Card(
            state=state,
            level=level,
            mode=mode,
            safety=safety,
            values=values_of(role, snapshot),
            command=told.command,
            error=error,
        )


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
