"""The scale for outsiders."""

from __future__ import annotations

from typing import Any

from acme_scale.interface import Scale
from cellkit.cell.cell import Cell
from cellkit.supervision.kinds.command import Arguments, Command
from cellkit.supervision.kinds.reading import Item, Stamped
from cellkit.supervision.kinds.supervised_kind import SupervisedKind


async def _read(scale: Scale) -> Stamped:
    weight = await scale.weight()
    return weight.stamp, {"mass": weight.mass}


async def _tare(_cell: Cell, scale: Scale, _given: Arguments) -> dict[str, Any]:
    await scale.tare()
    return {}


SCALE = SupervisedKind(
    items=lambda _scale: (Item("mass", "number", "kg"),),
    read=_read,
    commands=(Command("Tare", "Take the present mass as zero", _tare, actuates=False),),
)
