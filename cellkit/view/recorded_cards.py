"""What is told of every device of a recorded run, from its events and snapshots."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from cellkit.recording import topics
from cellkit.recording.reader import Recording
from cellkit.scenario.watching import Snapshot
from cellkit.view.moment import Card, Level

_ENDS = frozenset({"done", "failed", "aborted"})
_LIFE = {"connected": "connected", "closed": "closed", "connection_lost": "connection lost", "recovered": "connected"}
_OTHERS = frozenset({"run", "world", "process", "cell", "log"})


class RecordedCards:
    """Keeps what the events have told so far. Give it them in order, between the snapshots."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._command: dict[str, str] = {}
        self._error: dict[str, str] = {}
        self._failed: dict[str, bool] = {}
        self._life: dict[str, str] = {}
        self.roles = roles(recording)

    def event(self, record: Mapping[str, Any]) -> None:
        """One record of the trace."""
        role, what = str(record["source"]), str(record["what"])
        self._life[role] = _LIFE.get(what, self._life.get(role, ""))
        if what == "command":
            self._command[role], self._failed[role] = f"{record['command']} (running)", False
        elif what in _ENDS:
            self._command[role] = f"{record['command']} ({what})"
        if what in ("failed", "aborted", "connection_lost", "grasp_lost"):
            self._failed[role] = what != "aborted"
            self._error[role] = f"{record['t']:.2f} s: {record.get('why') or what.replace('_', ' ')}"

    def cards(self, snapshot: Snapshot) -> dict[str, Card]:
        """All devices as they are at a snapshot."""
        return {role: self._card(role, snapshot) for role in self.roles}

    def _card(self, role: str, snapshot: Snapshot) -> Card:
        life, error = self._life.get(role, ""), self._error.get(role, "")
        level: Level = "attention" if self._failed.get(role) else "ok"
        state, mode, safety = life or "says nothing yet", "", ""
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
            values=values_of(role, snapshot),
            command=self._command.get(role, ""),
            error=error,
        )


def roles(recording: Recording) -> dict[str, str]:
    """Kind of every device by its role, as far as the recording shows it."""
    kinds = {
        "joints": "arm",
        "width": "parallel gripper",
        "vacuum": "vacuum gripper",
        "signals": "digital signals",
        "analog": "analog signals",
        "state": "machine",
        "calibration": "camera",
    }
    found = {role: kind for what, kind in kinds.items() for role in recording.roles(what)}
    for event in recording.events:
        found.setdefault(str(event["source"]), "device")
    return {role: kind for role, kind in found.items() if role not in _OTHERS}


def values_of(role: str, snapshot: Snapshot) -> dict[str, str]:
    """What is measured at a device, in words with units."""
    values: dict[str, str] = {}
    if role in snapshot.joints:
        angles = np.degrees(snapshot.joints[role].position)
        values["joints"] = " ".join(f"{angle:.1f}" for angle in angles) + " °"
    if role in snapshot.wrenches:
        values["force at flange"] = f"{float(np.linalg.norm(snapshot.wrenches[role].force)):.1f} N"
    if role in snapshot.widths:
        values["opening"] = f"{max(0.0, snapshot.widths[role]) * 1e3:.1f} mm"
    if role in snapshot.vacuums:
        values["vacuum"] = f"{snapshot.vacuums[role] / 1e3:.1f} kPa"
    for name, on in snapshot.digital.get(role, {}).items():
        values[name] = "on" if on else "off"
    for name, share in snapshot.analog.get(role, {}).items():
        values[name] = "broken wire" if share is None else f"{share:.1%}"
    for name, text in snapshot.machines.get(role, {}).items():
        values[name] = text.lower()
    return values
