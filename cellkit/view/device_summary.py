"""The texts of a card that live and recorded runs share: newest command and error, measured values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from cellkit.scenario.kinds.recorded_kind import RecordedKind
from cellkit.scenario.observers import Snapshot
from cellkit.view.moment import Level

_ENDS = frozenset({"done", "failed", "aborted"})
_FAILURES = frozenset({"failed", "aborted", "connection_lost", "grasp_lost"})


@dataclass(slots=True)
class DeviceSummary:
    """The newest command and error of one device, from its events so far."""

    command: str = ""
    error: str = ""
    failed: bool = False

    def event(self, record: Mapping[str, Any]) -> None:
        """Apply one event of this device."""
        what = str(record["what"])
        if what == "command":
            self.command, self.failed = f"{record['command']} (running)", False
        elif what in _ENDS:
            self.command = f"{record['command']} ({what})"
        elif what == "connected":
            self.failed = False
        if what in _FAILURES:
            self.failed = what != "aborted"
            self.error = f"{record['t']:.2f} s: {record.get('why') or what.replace('_', ' ')}"

    @property
    def level(self) -> Level:
        """``attention`` after a failure until the next command or the next connection, else ``ok``."""
        return "attention" if self.failed else "ok"


def values_of(role: str, snapshot: Snapshot, kind: RecordedKind | None) -> dict[str, str]:
    """Return the measured values of a device as texts with units, by name; ``kind``: what is recorded of its kind."""
    values: dict[str, str] = {}
    if role in snapshot.joints:
        angles = np.degrees(snapshot.joints[role].position)
        values["joints"] = " ".join(f"{angle:.1f}" for angle in angles) + " °"
    if role in snapshot.wrenches:
        values["force at flange"] = f"{float(np.linalg.norm(snapshot.wrenches[role].force)):.1f} N"
    if kind is not None and role in snapshot.measured:
        values |= kind.words(snapshot.measured[role])
    return values
