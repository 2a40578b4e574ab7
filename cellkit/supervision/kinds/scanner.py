"""The readings of a 2D scanner for clients."""

from __future__ import annotations

from cellkit.devices import (
    RangeScanner,
)
from cellkit.supervision.kinds.reading import Item, Stamped, Values
from cellkit.supervision.kinds.supervised_kind import SupervisedKind


async def _read(scanner: RangeScanner) -> Stamped:
    values: Values = {name: await scanner.violated(name) for name in scanner.fields}
    values["nearest"] = await scanner.distance(0.0, 6.3)
    return (await scanner.scan()).stamp, values


def _items(scanner: RangeScanner) -> tuple[Item, ...]:
    return (*(Item(name, "flag") for name in scanner.fields), Item("nearest", "number", "m"))


SCANNER = SupervisedKind(items=_items, read=_read)
