"""The documents of an agent as data: devices, streams of observations, assets, errors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from cellkit_mtconnect.protocol.errors import AgentError

UNAVAILABLE = "UNAVAILABLE"
CONDITION_LEVELS = ("Normal", "Warning", "Fault", "Unavailable")
Attributes: TypeAlias = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Header:
    """The head of every document. ``instance`` changes when the agent starts anew; sequence numbers are of a buffer.

    Only streams have sequence numbers: ``next`` is the first one that is not in the document yet.
    """

    instance: int
    created: str = ""
    sender: str = ""
    version: str = ""
    buffer_size: int = 0
    next: int = 0
    first: int = 0
    last: int = 0


@dataclass(frozen=True, slots=True)
class DataItem:
    """A data item; ``category`` is SAMPLE, EVENT or CONDITION."""

    id: str
    type: str
    category: str
    name: str = ""
    sub_type: str = ""


@dataclass(frozen=True, slots=True)
class Component:
    """A part of a machine; ``element`` names its type, such as Device, Agent, Door, Chuck, Controller or Path."""

    element: str
    id: str
    name: str = ""
    uuid: str = ""
    items: tuple[DataItem, ...] = ()
    parts: tuple[Component, ...] = ()

    def walk(self) -> Iterator[Component]:
        """Iterate over the component and all its parts."""
        yield self
        for part in self.parts:
            yield from part.walk()

    def all_items(self) -> list[DataItem]:
        """Return the data items of it and its parts."""
        return [item for part in self.walk() for item in part.items]


@dataclass(frozen=True, slots=True)
class Observation:
    """A value of a data item at one moment.

    ``element`` is the type in camel case (DoorState), or a condition's level. ``attributes`` are those that have no
    field here.
    """

    item: str
    element: str
    sequence: int
    timestamp: str
    value: str = ""
    attributes: Attributes = ()

    def get(self, attribute: str) -> str:
        """Return an attribute, empty when it has none of that name."""
        return next((value for name, value in self.attributes if name == attribute), "")

    @property
    def code(self) -> str:
        """What tells a condition from others of the same data item: its conditionId (since 2.3) or nativeCode."""
        return self.get("conditionId") or self.get("nativeCode")


@dataclass(frozen=True, slots=True)
class ComponentStream:
    """The observations of one component, by category."""

    component: str
    id: str
    name: str = ""
    samples: tuple[Observation, ...] = ()
    events: tuple[Observation, ...] = ()
    conditions: tuple[Observation, ...] = ()

    def all(self) -> tuple[Observation, ...]:
        """Of all categories."""
        return (*self.samples, *self.events, *self.conditions)


@dataclass(frozen=True, slots=True)
class DeviceStream:
    """The observations of one device."""

    name: str
    uuid: str
    components: tuple[ComponentStream, ...] = ()


@dataclass(frozen=True, slots=True)
class Devices:
    """MTConnectDevices: the answer to a probe."""

    header: Header
    devices: tuple[Component, ...] = ()


@dataclass(frozen=True, slots=True)
class Streams:
    """MTConnectStreams: the answer to current and sample."""

    header: Header
    devices: tuple[DeviceStream, ...] = ()

    def observations(self) -> list[Observation]:
        """Return all of them, in the order of their sequence numbers: the document groups them by component."""
        found = [one for device in self.devices for part in device.components for one in part.all()]
        return sorted(found, key=lambda one: one.sequence)


@dataclass(frozen=True, slots=True)
class Assets:
    """MTConnectAssets; which ones there are is of no concern here."""

    header: Header
    count: int = 0


@dataclass(frozen=True, slots=True)
class Errors:
    """MTConnectError: a request was refused."""

    header: Header
    errors: tuple[AgentError, ...]


Document: TypeAlias = Devices | Streams | Assets | Errors


def camel(data_item_type: str) -> str:
    """Return the element of an event's or sample's type: DOOR_STATE becomes DoorState."""
    return "".join(word.capitalize() for word in data_item_type.split("_"))
