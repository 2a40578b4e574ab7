"""The readings and commands of a code reader for clients."""

from __future__ import annotations

from typing import Any

from cellkit.cell.cell import Cell
from cellkit.devices import (
    CodeReader,
)
from cellkit.supervision.kinds.command import Arguments, Command
from cellkit.supervision.kinds.reading import Item, Stamped
from cellkit.supervision.kinds.supervised_kind import SupervisedKind
from cellkit.timing import now


async def _read_code(_cell: Cell, reader: CodeReader, _given: Arguments) -> dict[str, Any]:
    return {"code": await reader.read_code()}


async def _read(_reader: CodeReader) -> Stamped:
    return now(), {}  # a code is read only on request of a program or a client


CODE_READER = SupervisedKind(
    items=lambda _reader: (Item("last_code", "text"),),
    read=_read,
    commands=(Command("ReadCode", "Read a code; result: its text", _read_code, actuates=False),),
)
