"""What is wrong in the cell, as alarms that come and go; found from readings and events, never from commands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cellkit.cell.cell import Cell
from cellkit.devices import Device, DeviceEvent
from cellkit.registry import Kind
from cellkit.supervision.readings import Quality, Reading, kind_of
from cellkit.supervision.refusal import RefusalCode, RequestRefused
from cellkit.timing import utc


@dataclass(frozen=True, slots=True)
class AlarmKind:
    """A kind of alarm: its severity (1 to 1000, as OPC UA counts), and what it says by default."""

    name: str
    severity: int
    says: str


LINK_LOST = AlarmKind("link_lost", 850, "the link is lost")
EMERGENCY_STOP = AlarmKind("emergency_stop", 900, "an emergency stop is reported")
FAULT = AlarmKind("fault", 800, "a fault is reported")
PROTECTIVE_STOP = AlarmKind("protective_stop", 700, "a protective stop is reported")
GRASP_LOST = AlarmKind("grasp_lost", 600, "the part that was held is gone")
SENSOR_FAILURE = AlarmKind("sensor_failure", 650, "it cannot measure")
MACHINE_ALARM = AlarmKind("machine_alarm", 500, "the machine reports an alarm")


def alarms_of(device: Device) -> tuple[AlarmKind, ...]:
    """The alarms that a device can have."""
    kind = kind_of(device)
    if kind is Kind.ARM:
        return (LINK_LOST, EMERGENCY_STOP, PROTECTIVE_STOP, FAULT)
    if kind in (Kind.JAWS, Kind.VACUUM):
        return (LINK_LOST, GRASP_LOST, FAULT)
    if kind is Kind.MACHINE:
        return (LINK_LOST, MACHINE_ALARM)
    return (LINK_LOST, SENSOR_FAILURE)


@dataclass(slots=True)
class Alarm:
    """One alarm of one device; ``since`` in s UTC. ``acknowledged``: since it last came; ``by`` whom, if by anybody."""

    device: str
    kind: AlarmKind
    active: bool = False
    message: str = ""
    since: float = 0.0
    acknowledged: bool = True
    by: str = ""

    @property
    def name(self) -> str:
        """Unique in the cell."""
        return f"{self.device}.{self.kind.name}"

    def told(self) -> dict[str, Any]:
        """What outsiders learn."""
        return {
            "name": self.name,
            "device": self.device,
            "alarm": self.kind.name,
            "severity": self.kind.severity,
            "active": self.active,
            "message": self.message or self.kind.says,
            "since": self.since,
            "acknowledged": self.acknowledged,
            "by": self.by,
        }


class AlarmList:
    """All alarms of a cell. ``on_change(alarm)`` is called when one comes, goes or says something else."""

    def __init__(self, cell: Cell) -> None:
        self.alarms = {
            (role, kind.name): Alarm(role, kind) for role, device in cell.devices.items() for kind in alarms_of(device)
        }
        self.on_change: Callable[[Alarm], None] = lambda alarm: None
        self._why: dict[str, str] = {}
        cell.on_event(self._on_event)

    def active(self, device: str | None = None) -> list[Alarm]:
        """Those that are active, the most severe first."""
        found = [alarm for alarm in self.alarms.values() if alarm.active and device in (None, alarm.device)]
        return sorted(found, key=lambda alarm: -alarm.kind.severity)

    def acknowledge(self, name: str, user: str) -> None:
        """Somebody has seen it. Raises ``RequestRefused`` for an unknown one, or one that is acknowledged already."""
        alarm = next((one for one in self.alarms.values() if one.name == name), None)
        if alarm is None:
            raise RequestRefused(RefusalCode.UNKNOWN, f"no alarm {name!r}")
        if alarm.acknowledged:
            raise RequestRefused(
                RefusalCode.WRONG_STATE, f"{name} is acknowledged already{f' by {alarm.by}' if alarm.by else ''}"
            )
        alarm.acknowledged, alarm.by = True, user
        self.on_change(alarm)

    def look(self, device: Device, readings: Mapping[str, Reading]) -> None:
        """Take note of what was just read of a device."""
        qualities = {reading.quality for reading in readings.values()}
        lost = Quality.NO_COMMUNICATION in qualities
        self._set(device.name, LINK_LOST, lost, self._why.get(device.name, "") if lost else "")
        if lost:
            return  # what else is wrong is not known now: it stays as it was
        kind = kind_of(device)
        if kind is Kind.ARM:
            self._arm(device.name, readings)
        elif kind is Kind.MACHINE:
            texts = self._value(readings, "active_alarms") or []
            self._set(device.name, MACHINE_ALARM, bool(texts), "; ".join(texts))
        elif kind in (Kind.JAWS, Kind.VACUUM):
            self._set(device.name, FAULT, Quality.FAILURE in qualities)
            if self._value(readings, "holding"):
                self._set(device.name, GRASP_LOST, False)
        else:
            self._set(device.name, SENSOR_FAILURE, Quality.FAILURE in qualities)

    def _arm(self, role: str, readings: Mapping[str, Reading]) -> None:
        if Quality.FAILURE in {reading.quality for reading in readings.values()}:
            self._set(role, FAULT, True)
            return
        self._set(role, EMERGENCY_STOP, bool(self._value(readings, "emergency_stop")))
        self._set(role, PROTECTIVE_STOP, bool(self._value(readings, "protective_stop")))
        fault = self._value(readings, "fault") or ""
        self._set(role, FAULT, bool(fault), fault)

    def _value(self, readings: Mapping[str, Reading], item: str) -> Any:
        return readings[item].value if item in readings else None

    def _on_event(self, event: DeviceEvent) -> None:
        if event.what == "connection_lost":
            self._why[event.device] = str(event.data.get("why", ""))
            self._set(event.device, LINK_LOST, True, self._why[event.device])
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
        alarm.active, alarm.message = active, message or kind.says
        if not message:
            alarm.message = kind.says
        self.on_change(alarm)
