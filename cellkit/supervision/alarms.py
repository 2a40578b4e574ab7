"""The alarms of a cell, set and cleared by readings and events. No command is sent to find an alarm."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cellkit.cell.cell import Cell
from cellkit.devices import Device, DeviceEvent
from cellkit.supervision.kinds.alarm_kind import GRASP_LOST, LINK_LOST, AlarmKind
from cellkit.supervision.kinds.reading import Quality, Reading
from cellkit.supervision.readings import kind_of, supervised
from cellkit.supervision.refusal import RefusalCode, RequestRefused
from cellkit.timing import utc


def alarms_of(device: Device) -> tuple[AlarmKind, ...]:
    """Return the kinds of alarms that a device can have."""
    return (LINK_LOST, *supervised(kind_of(device).name).alarms)


@dataclass(slots=True)
class Alarm:
    """One alarm of one device.

    ``since`` is in s UTC. ``acknowledged``: since the alarm last became active; ``by``: the user who acknowledged it,
    or empty.
    """

    device: str
    kind: AlarmKind
    active: bool = False
    message: str = ""
    since: float = 0.0
    acknowledged: bool = True
    by: str = ""

    @property
    def name(self) -> str:
        """The alarm's name, unique in the cell."""
        return f"{self.device}.{self.kind.name}"

    def as_dict(self) -> dict[str, Any]:
        """Return the alarm as plain data for clients."""
        return {
            "name": self.name,
            "device": self.device,
            "alarm": self.kind.name,
            "severity": self.kind.severity,
            "active": self.active,
            "message": self.message or self.kind.message,
            "since": self.since,
            "acknowledged": self.acknowledged,
            "by": self.by,
        }


class AlarmList:
    """All alarms of a cell. ``on_change(alarm)`` is called when an alarm is set, is cleared or changes its message."""

    def __init__(self, cell: Cell) -> None:
        self.alarms = {
            (role, kind.name): Alarm(role, kind) for role, device in cell.devices.items() for kind in alarms_of(device)
        }
        self.on_change: Callable[[Alarm], None] = lambda alarm: None
        self._reasons: dict[str, str] = {}
        cell.on_event(self._on_event)

    def active(self, device: str | None = None) -> list[Alarm]:
        """Return the active alarms, the most severe first; those of one device, or all."""
        active = [alarm for alarm in self.alarms.values() if alarm.active and device in (None, alarm.device)]
        return sorted(active, key=lambda alarm: -alarm.kind.severity)

    def acknowledge(self, name: str, user: str) -> None:
        """Acknowledge an alarm.

        Raises ``RequestRefused`` for an unknown alarm and for one that is acknowledged already.
        """
        alarm = next((alarm for alarm in self.alarms.values() if alarm.name == name), None)
        if alarm is None:
            raise RequestRefused(RefusalCode.UNKNOWN, f"no alarm {name!r} exists")
        if alarm.acknowledged:
            raise RequestRefused(
                RefusalCode.WRONG_STATE, f"{name} is acknowledged already{f' by {alarm.by}' if alarm.by else ''}"
            )
        alarm.acknowledged, alarm.by = True, user
        self.on_change(alarm)

    def look(self, device: Device, readings: Mapping[str, Reading]) -> None:
        """Set and clear the alarms of a device from its newest readings."""
        qualities = {reading.quality for reading in readings.values()}
        lost = Quality.NO_COMMUNICATION in qualities
        self._set(device.name, LINK_LOST, lost, self._reasons.get(device.name, "") if lost else "")
        if lost:
            return  # with a lost link, the other alarms are not known: they stay as they are
        for alarm, (active, message) in supervised(kind_of(device).name).alarm_states(readings).items():
            self._set(device.name, alarm, active, message)

    def _on_event(self, event: DeviceEvent) -> None:
        if event.what == "connection_lost":
            self._reasons[event.device] = str(event.data.get("why", ""))
            self._set(event.device, LINK_LOST, True, self._reasons[event.device])
        elif event.what == "grasp_lost":
            self._set(event.device, GRASP_LOST, True)
        elif event.what == "command" and event.data.get("command") in ("grip", "release", "move"):
            self._set(event.device, GRASP_LOST, False)

    def _set(self, role: str, kind: AlarmKind, active: bool, message: str = "") -> None:
        alarm = self.alarms.get((role, kind.name))
        if alarm is None or (alarm.active, alarm.message if active else "") == (active, message if active else ""):
            return
        if alarm.active != active:
            alarm.since = utc()
            if active:
                alarm.acknowledged, alarm.by = False, ""
        alarm.active, alarm.message = active, message or kind.message
        self.on_change(alarm)
