"""The cards of a live run, built from world and events. Devices are never queried, since that would cause traffic."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cellkit.cell.build import BuiltCell
from cellkit.devices import Arm, Device, Gripper
from cellkit.devices.device import Lifecycle
from cellkit.devices.safety import OperationalMode, SafetyStatus
from cellkit.recording.live import LiveReadings
from cellkit.recording.status_topics import state_of
from cellkit.scenario.kinds.recorded_kind import recorded
from cellkit.scenario.observers import Snapshot
from cellkit.view.device_summary import DeviceSummary, values_of
from cellkit.view.moment import Card

_LIFE = {Lifecycle.OPEN: "connected", Lifecycle.CLOSED: "closed", Lifecycle.LOST: "connection lost"}


class Cards:
    """The cards of a live run, from its events so far and a snapshot."""

    def __init__(self, built: BuiltCell, readings: LiveReadings | None = None) -> None:
        self._built, self._readings = built, readings
        self._summaries = {role: DeviceSummary() for role in built.cell.devices}
        self._kernels = {role: built.factory.kernel(role) for role in built.plan.arms}

    def event(self, record: Mapping[str, Any]) -> None:
        """Update the summary of the device that an event belongs to."""
        summary = self._summaries.get(record["source"])
        if summary is not None:
            summary.event(record)

    def cards(self, snapshot: Snapshot) -> dict[str, Card]:
        """Return the card of every device at a snapshot, by role."""
        return {role: self._card(role, device, snapshot) for role, device in self._built.cell.devices.items()}

    def _card(self, role: str, device: Device, snapshot: Snapshot) -> Card:
        summary = self._summaries[role]
        level = summary.level
        state, mode, safety, error = _LIFE[device.lifecycle], "", "", summary.error
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
        elif isinstance(device, Arm) and self._readings is not None and device.lifecycle is Lifecycle.OPEN:
            state, mode, safety, fault = _live_state(self._readings.values(role))
            if fault or safety not in ("normal", ""):
                level, error = "error", fault or error
        elif isinstance(device, Gripper):
            state += ", holds a part" if device.holding else ", holds nothing"
        return Card(
            state=state,
            level=level,
            mode=mode,
            safety=safety,
            values=values_of(role, snapshot, recorded(self._built.plan.kind(role).name)),
            command=summary.command,
            error=error,
        )


def _live_state(values: Mapping[str, Any]) -> tuple[str, str, str, str]:
    """Return state, mode, safety state and fault of an arm on the live path, from its own readings."""
    if not values:
        return "no data", "", "", ""
    mode = OperationalMode(int(values.get("operational_mode", 0))).name.lower().replace("_", " ")
    stopped = (
        "emergency stop" if values.get("emergency_stop") else "protective stop" if values.get("protective_stop") else ""
    )
    state = "moving" if values.get("moving") else "standing"
    return state, mode, stopped or "normal", str(values.get("fault") or "")
