"""The recorded values of a kind of device: one set of values for snapshots, recordings and cards of a view."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeAlias

from cellkit import registry
from cellkit.cell.build import BuiltCell
from cellkit.devices import Device

Values: TypeAlias = Mapping[str, Any]


def _all_of(_device: Device, values: Values) -> Values | None:
    return values or None


@dataclass(frozen=True, slots=True)
class RecordedKind:
    """The recorded values of a kind of device.

    ``quantity``: last part of the topic (``/ROLE/QUANTITY``). ``schema`` and ``description``: name and title of its
    messages; ``{role}`` in the name is replaced by the role. ``properties``: their JSON properties, from an example.
    ``sample``: the values of a role's device now, measured in the world. ``from_readings``: the same values from the
    readings of a real device (names as in supervision); None: not known. ``words``: the values as texts with units, by
    name. ``steady``: one message a snapshot; otherwise one message whenever a value changes. ``nested``: the values are
    one object named ``signals`` in the message.
    """

    quantity: str
    schema: str
    description: str
    properties: Callable[[Values], Mapping[str, Any]]
    sample: Callable[[BuiltCell, str], Values]
    words: Callable[[Values], dict[str, str]]
    from_readings: Callable[[Any, Values], Values | None] = _all_of
    steady: bool = True
    nested: bool = False

    def message(self, values: Values) -> Values:
        """Return the content of the message with these values, without its time."""
        return {"signals": values} if self.nested else values

    def values(self, message: Values) -> Values:
        """Return the values of a message."""
        found: Values = message["signals"] if self.nested else {k: v for k, v in message.items() if k != "time"}
        return found


@cache
def recorded(kind: str) -> RecordedKind | None:
    """Return the recorded values of a kind of device; None: it has none.

    Raises ``ConfigError`` for a row of a wrong type.
    """
    reference = registry.kind(kind).recording
    return None if reference is None else registry.load_part(kind, reference, RecordedKind)


@cache
def recorded_kinds() -> Mapping[str, tuple[str, RecordedKind]]:
    """Return title and recorded values of every kind that has recorded values, by the quantity of its topic."""
    rows = [(row.title, recorded(name)) for name, row in registry.kinds().items()]
    return {found.quantity: (title, found) for title, found in rows if found is not None}


def recorded_samples(built: BuiltCell) -> dict[str, Callable[[BuiltCell, str], Values]]:
    """Return, by role, the ``sample`` of every device whose kind is recorded."""
    kinds = {role: recorded(built.plan.kind(role).name) for role in built.cell.devices}
    return {role: kind.sample for role, kind in kinds.items() if kind is not None}
