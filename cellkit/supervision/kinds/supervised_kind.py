"""The readings, commands and alarms of a kind of device for clients."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from cellkit.cell.kinds.fields import DeviceSection
from cellkit.supervision.kinds.alarm_kind import SENSOR_FAILURE, AlarmKind, AlarmStates, sensor_alarms
from cellkit.supervision.kinds.command import Command
from cellkit.supervision.kinds.reading import Item, Reading, Stamped

Columns: TypeAlias = Callable[[Any], list[tuple[str, str]]]
Sample: TypeAlias = Callable[[Any], Awaitable[tuple[float, list[float]]]]


def _no_details(_device: Any, _section: DeviceSection) -> dict[str, Any]:
    return {}


@dataclass(frozen=True, slots=True)
class SupervisedKind:
    """A kind of device for clients.

    ``items``: the values of a device. ``read``: reads them and commands nothing. ``alarms``: its alarms beside a lost
    link; ``alarm_states``: sets and clears them from readings. ``settings``: commands that take effect while others
    run. ``recover``: the command that is allowed in a stop. ``details``: the parts of the description that only this
    kind has. ``columns`` (names and units) and ``sample``: the values that are recorded at a high rate.
    """

    items: Callable[[Any], tuple[Item, ...]]
    read: Callable[[Any], Awaitable[Stamped]]
    commands: tuple[Command, ...] = ()
    settings: tuple[Command, ...] = ()
    recover: Command | None = None
    alarms: tuple[AlarmKind, ...] = (SENSOR_FAILURE,)
    alarm_states: Callable[[Mapping[str, Reading]], AlarmStates] = sensor_alarms
    details: Callable[[Any, DeviceSection], dict[str, Any]] = _no_details
    columns: Columns | None = None
    sample: Sample | None = None
