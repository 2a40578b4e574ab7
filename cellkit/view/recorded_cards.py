"""The cards of a recorded run, built from its events and snapshots."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cellkit.recording import topics
from cellkit.recording.reader import Recording
from cellkit.scenario.kinds.recorded_kind import recorded_kinds
from cellkit.scenario.observers import Snapshot
from cellkit.view.device_summary import DeviceSummary, values_of
from cellkit.view.moment import Card

_LIFE = {"connected": "connected", "closed": "closed", "connection_lost": "connection lost", "recovered": "connected"}
_NO_DEVICES = frozenset({"run", "world", "process", "cell", "log"})


class RecordedCards:
    """The cards of a recorded run, from its events so far and a snapshot. Call the methods in the order of time."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._summaries: dict[str, DeviceSummary] = {}
        self._life: dict[str, str] = {}
        self.roles = roles(recording)
        self._kinds = {role: kind for what, (_, kind) in recorded_kinds().items() for role in recording.roles(what)}

    def event(self, record: Mapping[str, Any]) -> None:
        """Update the summary of the device that an event belongs to."""
        role, what = str(record["source"]), str(record["what"])
        self._life[role] = _LIFE.get(what, self._life.get(role, ""))
        self._summaries.setdefault(role, DeviceSummary()).event(record)

    def cards(self, snapshot: Snapshot) -> dict[str, Card]:
        """Return the card of every device at a snapshot, by role."""
        return {role: self._card(role, snapshot) for role in self.roles}

    def _card(self, role: str, snapshot: Snapshot) -> Card:
        life, summary = self._life.get(role, ""), self._summaries.get(role, DeviceSummary())
        level, error = summary.level, summary.error
        state, mode, safety = life or "no data yet", "", ""
        if life == "connection lost":
            level = "error"
        status = self._recording.message_at(topics.status(role), snapshot.time)
        if status is not None:
            state, mode, safety = status["state"], status["mode"], status["safety"]
            if life not in ("connected", ""):
                state += f", {life}"
            if status["fault"] or safety != "normal":
                level, error = "error", status["fault"] or error
        return Card(
            state=state,
            level=level,
            mode=mode,
            safety=safety,
            values=values_of(role, snapshot, self._kinds.get(role)),
            command=summary.command,
            error=error,
        )


def roles(recording: Recording) -> dict[str, str]:
    """Return the kind of every device by its role, as far as the recording shows it."""
    titles = {quantity: title for quantity, (title, _) in recorded_kinds().items()}
    kinds = {"joints": "arm"} | titles | {"calibration": "camera"}
    devices = {role: kind for what, kind in kinds.items() for role in recording.roles(what)}
    for event in recording.events:
        devices.setdefault(str(event["source"]), "device")
    return {role: kind for role, kind in devices.items() if role not in _NO_DEVICES}
