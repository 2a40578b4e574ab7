"""The readings and commands of a force/torque sensor for clients."""

from __future__ import annotations

from typing import Any

from cellkit.cell.cell import Cell
from cellkit.devices import (
    ForceTorqueSensor,
)
from cellkit.supervision.kinds.command import TIMEOUT, Argument, ArgumentKind, Arguments, Command
from cellkit.supervision.kinds.reading import Item, Stamped
from cellkit.supervision.kinds.supervised_kind import SupervisedKind

WANTED_FORCE = Argument("Force", ArgumentKind.NUMBER, "magnitude to wait for", "N", 0.0, 1e5)


async def _zero(_cell: Cell, sensor: ForceTorqueSensor, _given: Arguments) -> None:
    await sensor.zero()


async def _wait(_cell: Cell, sensor: ForceTorqueSensor, given: Arguments) -> dict[str, Any]:
    return {"force": await sensor.wait_for(given["Force"], timeout=given["Timeout"])}


async def _read(sensor: ForceTorqueSensor) -> Stamped:
    reading = await sensor.read()
    return reading.stamp, {"wrench": [*reading.wrench.force.tolist(), *reading.wrench.torque.tolist()]}


def _columns(_sensor: ForceTorqueSensor) -> list[tuple[str, str]]:
    return [*((f"f{axis}", "N") for axis in "xyz"), *((f"t{axis}", "N m") for axis in "xyz")]


async def _sample(sensor: ForceTorqueSensor) -> tuple[float, list[float]]:
    stamp, values = await _read(sensor)
    return stamp, values["wrench"]


FORCE_TORQUE = SupervisedKind(
    items=lambda _sensor: (Item("wrench", "numbers", "N"),),
    read=_read,
    commands=(
        Command("Zero", "Take the present load as zero", _zero, actuates=False),
        Command("WaitForForce", "Wait until a force is reached", _wait, (WANTED_FORCE, TIMEOUT), actuates=False),
    ),
    columns=_columns,
    sample=_sample,
)
