"""The state of a controller's panel, in the terms of the open interface."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from cellkit.devices import Fault, OperationalMode, SafetyStatus
from cellkit.digits import whole_number
from cellkit_abb.protocol.errors import ERROR, SYSTEM_FAILURE
from cellkit_abb.protocol.rws import Item

_MODES = {
    "AUTO": OperationalMode.AUTOMATIC,
    "MANR": OperationalMode.MANUAL_REDUCED_SPEED,
    "MANF": OperationalMode.MANUAL_HIGH_SPEED,
}


@dataclass(frozen=True, slots=True)
class Panel:
    """State of the panel.

    ``state`` is ABB's ctrlstate, ``speed`` a share, ``seen`` the newest entry of the event log before the start.
    """

    state: str = ""
    mode: OperationalMode = OperationalMode.OTHER
    speed: float = 1.0
    running: bool = False
    seen: int = 0

    def updated(self, fields: Mapping[str, str]) -> Panel:
        """Return the panel after an answer or event with these fields."""
        panel = self
        if "ctrlstate" in fields:
            panel = replace(panel, state=fields["ctrlstate"])
        if "opmode" in fields:
            panel = replace(panel, mode=_MODES.get(fields["opmode"], OperationalMode.OTHER))
        if "speedratio" in fields:
            panel = replace(panel, speed=_share(fields["speedratio"], panel.speed))
        if "ctrlexecstate" in fields:
            panel = replace(panel, running=fields["ctrlexecstate"] == "running")
        return panel

    def started(self, seen: int) -> Panel:
        """Return the panel when the program is about to be started."""
        return replace(self, seen=seen, running=True)

    @property
    def safety(self) -> SafetyStatus:
        """The state of the safety system."""
        if self.state.startswith("emergencystop"):
            return SafetyStatus.EMERGENCY_STOP
        return SafetyStatus.PROTECTIVE_STOP if self.state == "guardstop" else SafetyStatus.NORMAL

    @property
    def may_run(self) -> bool:
        """Whether the program can be started without a person clearing a stop first."""
        return self.state in ("motoron", "motoroff") and self.mode.accepts_programs


def log_number(title: str) -> int:
    """Return the number of an event-log entry, the end of its title; 0 for a title without."""
    return whole_number(title.rpartition("/")[2], most=2**63) or 0


def read_fault(entries: Iterable[Item], seen: int) -> Fault | None:
    """Return the newest error in the event log after entry ``seen``, as a fault."""
    errors = [
        (log_number(item.title), item.fields)
        for item in entries
        if item.fields.get("msgtype") == str(ERROR) and log_number(item.title) > seen
    ]
    if not errors:
        return None
    _, newest = max(errors, key=lambda error: error[0])
    code = newest.get("code", "")
    return Fault(code, newest.get("title", ""), recoverable=code != str(SYSTEM_FAILURE.code))


def _share(percent: str, otherwise: float) -> float:
    try:
        share = float(percent) / 100
    except ValueError:
        return otherwise
    return share if 0.0 <= share <= 1.0 else otherwise
