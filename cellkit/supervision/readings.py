"""Reads the values of a device, whatever its kind, without commanding anything."""

from __future__ import annotations

from functools import cache
from typing import Any

from cellkit import registry
from cellkit.devices import Device
from cellkit.errors import DeviceError
from cellkit.registry import KindSpec
from cellkit.supervision.kinds.reading import Item, Quality, Reading, quality_of
from cellkit.supervision.kinds.supervised_kind import SupervisedKind
from cellkit.timing import now


def kind_of(device: Device) -> KindSpec:
    """Return the kind of a device, by the open interface that it has."""
    return _kind_of_class(type(device))


@cache
def _kind_of_class(device: type[Device]) -> KindSpec:
    candidates = [row for row in registry.kinds().values() if issubclass(device, _interface(row))]
    return max(candidates, key=lambda row: len(_interface(row).__mro__))  # the most derived interface


def _interface(row: KindSpec) -> type:
    interface: Any = registry.load_object(row.interface)
    return interface  # type: ignore[no-any-return]


@cache
def supervised(kind: str) -> SupervisedKind:
    """Return the row of a kind of device for clients. Raises ``ConfigError`` if the row has the wrong type."""
    return registry.load_part(kind, registry.kind(kind).supervision, SupervisedKind)


def items_of(device: Device) -> tuple[Item, ...]:
    """Return the descriptions of the values that a device has."""
    return supervised(kind_of(device).name).items(device)


async def read(device: Device) -> dict[str, Reading]:
    """Read all values of a device; the quality states why a value is missing."""
    try:
        stamp, values = await supervised(kind_of(device).name).read(device)
    except DeviceError as error:
        return unread(device, quality_of(error))
    return {item.name: _reading(values.get(item.name), stamp) for item in items_of(device)}


def unread(device: Device, quality: Quality) -> dict[str, Reading]:
    """Return readings without a value, for a device that could not be read."""
    return {item.name: Reading(None, quality, now()) for item in items_of(device)}


def _reading(value: Any, stamp: float) -> Reading:
    if isinstance(value, Reading):
        return value
    return Reading(value, Quality.NOT_SUPPORTED if value is None else Quality.GOOD, stamp)
