"""A virtual agent: it watches one machine, numbers what it sees, and answers with documents."""

from __future__ import annotations

from collections.abc import Collection

from cellkit.controller.plants.machine import MachineReport
from cellkit.devices.machine import MachineAlarm
from cellkit.timing import now
from cellkit_mtconnect.protocol.conditions import FAULT, NORMAL, UNKNOWN, WARNING
from cellkit_mtconnect.protocol.documents import (
    UNAVAILABLE,
    Assets,
    Component,
    ComponentStream,
    DataItem,
    Devices,
    DeviceStream,
    Errors,
    Header,
    Observation,
    Streams,
    camel,
)
from cellkit_mtconnect.protocol.errors import AgentError
from cellkit_mtconnect.protocol.times import EPOCH_SECONDS, time_text
from cellkit_mtconnect.protocol.writing import Version
from cellkit_mtconnect.virtual_buffer import Excerpt, Ring
from cellkit_mtconnect.virtual_machine import (
    AGENT_AVAILABILITY,
    ASSET_ITEMS,
    BLOCK,
    SYSTEM,
    WORDS,
    devices,
    values,
)

BUFFER_SIZE = 1024
SENDER = "cellkit"
FIRST_NAMED: Version = (2, 0)
"""The version since which the type of an asset that there is none of is UNAVAILABLE, before it was empty."""

IDENTIFIED_SINCE: Version = (2, 3)
"""The version since which active conditions have an id of their own."""


class Agent:
    """What a process that serves MTConnect knows; ``version`` is that of the documents."""

    def __init__(self, version: Version, size: int = BUFFER_SIZE) -> None:
        self.version = version
        self.lost: set[str] = set()
        """Data items whose source is gone."""
        self._size = size
        self._report: MachineReport | None = None
        self._instance = 0

    def start(self, report: MachineReport) -> None:
        """Start the process with a new number and an empty buffer; values are unknown until its adapter connects."""
        self._instance = max(self._instance + 1, EPOCH_SECONDS + int(now()))
        self.ring = Ring(self._size)
        self.devices = devices(self.version)
        self._places = {item.id: item for device in self.devices for item in device.all_items()}
        self._told: dict[str, str] = {}
        self._alarms: dict[str, MachineAlarm] = {}
        self._blocks = 0
        for item in self._places.values():
            self._tell(item.id, UNAVAILABLE)
        if AGENT_AVAILABILITY in self._places:
            self._tell(AGENT_AVAILABILITY, "AVAILABLE")
        self.update(report)

    # --- what it sees -----------------------------------------------------------------------------------------

    def update(self, report: MachineReport) -> None:
        """Observe the machine now; only changed values are added."""
        self._report = report
        for item, value in values(report).items():
            self._tell(item, UNAVAILABLE if item in self.lost else value)
        self._tell_conditions(report)

    def lose(self, items: Collection[str]) -> None:
        """From now on the sources of these data items alone are gone."""
        self.lost = set(items)
        if self._report is not None:
            self.update(self._report)

    def flood(self, count: int) -> None:
        """Let the machine run through ``count`` blocks of its program at once."""
        for _ in range(count):
            self._blocks += 1
            self._tell(BLOCK, f"N{self._blocks}")

    def _tell(self, item: str, value: str) -> None:
        if self._told.get(item) == value:
            return
        self._told[item] = value
        place = self._places[item]
        if place.category == "CONDITION":
            self._condition(UNKNOWN)
            return
        attributes = {}
        if item in ASSET_ITEMS:
            attributes["assetType"] = "" if self.version < FIRST_NAMED else UNAVAILABLE
        self.ring.add(item, camel(place.type), time_text(now()), value, attributes)

    def _tell_conditions(self, report: MachineReport) -> None:
        known = report.available and SYSTEM not in self.lost
        if not known:
            self._tell(SYSTEM, UNAVAILABLE)
            self._alarms = {}
            return
        alarms = {alarm.code: alarm for alarm in report.alarms}
        gone = [alarm for code, alarm in self._alarms.items() if code not in alarms]
        if not alarms and (gone or self._told[SYSTEM] == UNAVAILABLE):
            self._condition(NORMAL)
        elif alarms:
            for alarm in gone:
                self._condition(NORMAL, alarm.code)
        for code, alarm in alarms.items():
            if self._alarms.get(code) != alarm:
                self._condition(FAULT if alarm.severity == "fault" else WARNING, code, alarm.text)
        self._alarms, self._told[SYSTEM] = alarms, "known"

    def _condition(self, level: str, code: str = "", text: str = "") -> None:
        attributes = {"type": self._places[SYSTEM].type}
        if code:
            attributes["nativeCode"] = code
            if self.version >= IDENTIFIED_SINCE:
                attributes["conditionId"] = code
        self.ring.add(SYSTEM, level, time_text(now()), text, attributes)

    # --- what it answers --------------------------------------------------------------------------------------

    def find(self, name: str) -> Component | None:
        """Return a device by its name or uuid."""
        return next((device for device in self.devices if name in (device.name, device.uuid)), None)

    def probe(self, wanted: tuple[Component, ...]) -> Devices:
        """Return the description of some devices."""
        return Devices(self._header(), wanted)

    def current(self, items: Collection[str], at: int | None = None) -> Streams:
        """Everything as it is now, or was at a sequence number."""
        return self._streams(self.ring.current(items, at), self.ring.next)

    def sample(
        self, items: Collection[str], start: int | None, count: int, to: int | None = None
    ) -> tuple[Streams, Excerpt]:
        """Return what has happened from ``start`` on."""
        excerpt = self.ring.excerpt(items, start, count, to)
        return self._streams(excerpt.observations, excerpt.next), excerpt

    def assets(self) -> Assets:
        """There are none."""
        return Assets(self._header())

    def errors(self, error: AgentError) -> Errors:
        """Something was refused."""
        return Errors(self._header(), (error,))

    def _header(self, following: int = 0) -> Header:
        ring, (major, minor) = self.ring, self.version
        return Header(
            self._instance,
            time_text(now()),
            SENDER,
            f"{major}.{minor}.0.0",
            ring.size,
            following,
            ring.first,
            ring.next - 1,
        )

    def _streams(self, observations: Collection[Observation], following: int) -> Streams:
        by_item: dict[str, list[Observation]] = {}
        for one in observations:
            by_item.setdefault(one.item, []).append(one)
        found = []
        for device in self.devices:
            parts = [_component_stream(part, by_item) for part in device.walk()]
            told = tuple(part for part in parts if part.all())
            if told:
                found.append(DeviceStream(device.name, device.uuid, told))
        return Streams(self._header(following), tuple(found))


def _component_stream(component: Component, by_item: dict[str, list[Observation]]) -> ComponentStream:
    def of(category: str) -> tuple[Observation, ...]:
        items: list[DataItem] = [item for item in component.items if item.category == category]
        return tuple(one for item in items for one in by_item.get(item.id, ()))

    return ComponentStream(component.element, component.id, component.name, of("SAMPLE"), of("EVENT"), of("CONDITION"))


LOSABLE = {**WORDS, "conditions": SYSTEM}
"""Data items whose source can be lost, by words."""
