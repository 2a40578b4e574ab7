"""The readings of a machine tool for clients."""

from __future__ import annotations

from collections.abc import Mapping

from cellkit.devices import (
    Machine,
)
from cellkit.supervision.kinds.alarm_kind import MACHINE_ALARM, AlarmStates, value
from cellkit.supervision.kinds.reading import Item, Reading, Stamped
from cellkit.supervision.kinds.supervised_kind import SupervisedKind

_ITEMS = (
    Item("available", "flag"),
    Item("door", "text"),
    Item("chuck", "text"),
    Item("execution", "text"),
    Item("active_alarms", "texts"),
)


async def _read(machine: Machine) -> Stamped:
    state = await machine.state()
    return state.stamp, {
        "available": state.available,
        "door": state.door.value,
        "chuck": state.chuck.value,
        "execution": state.execution.value,
        "active_alarms": [f"{alarm.code}: {alarm.text}" for alarm in state.alarms],
    }


def _alarms(readings: Mapping[str, Reading]) -> AlarmStates:
    texts = value(readings, "active_alarms") or []
    return {MACHINE_ALARM: (bool(texts), "; ".join(texts))}


MACHINE = SupervisedKind(items=lambda _machine: _ITEMS, read=_read, alarms=(MACHINE_ALARM,), alarm_states=_alarms)
