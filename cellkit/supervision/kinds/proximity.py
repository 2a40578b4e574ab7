"""The readings of a distance sensor for clients."""

from __future__ import annotations

from cellkit.devices import (
    ProximitySensor,
)
from cellkit.supervision.kinds.reading import Item, Stamped
from cellkit.supervision.kinds.supervised_kind import SupervisedKind
from cellkit.timing import now


async def _read(sensor: ProximitySensor) -> Stamped:
    distance = await sensor.distance()
    return now(), {"distance": distance, "present": distance is not None}


PROXIMITY = SupervisedKind(
    items=lambda _sensor: (Item("distance", "number", "m"), Item("present", "flag")),
    read=_read,
)
