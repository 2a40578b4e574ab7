"""The readings and commands of analog signals for clients."""

from __future__ import annotations

from typing import Any

from cellkit.cell.cell import Cell
from cellkit.cell.kinds.fields import DeviceSection
from cellkit.devices import (
    AnalogIO,
)
from cellkit.errors import DeviceError
from cellkit.supervision.jobs import Job
from cellkit.supervision.kinds.command import Argument, ArgumentKind, Arguments, Command
from cellkit.supervision.kinds.reading import Item, Reading, Stamped, Values, quality_of
from cellkit.supervision.kinds.supervised_kind import SupervisedKind
from cellkit.supervision.refusal import RefusalCode, RequestRefused
from cellkit.timing import now
from cellkit.yamlfile import near_names

SIGNAL = Argument("Signal", ArgumentKind.TEXT, "the signal's name")
VALUE = Argument("Value", ArgumentKind.NUMBER, "in the signal's unit")


async def _write(_cell: Cell, io: AnalogIO, given: Arguments, _job: Job) -> dict[str, Any]:
    await io.write(given["Signal"], given["Value"])
    return {}


def _check(_cell: Cell, io: AnalogIO, given: Arguments) -> None:
    if given["Signal"] not in io.outputs:
        text = f"Signal: {io.name} has no output {given['Signal']!r}; {near_names(given['Signal'], io.outputs)}"
        raise RequestRefused(RefusalCode.ARGUMENT, text, 0)
    output = io.outputs[given["Signal"]]
    low, high = sorted((output.low, output.high))
    if not low <= given["Value"] <= high:
        text = f"Value: {given['Value']:g} is outside {low:g} to {high:g} {output.unit}".rstrip()
        raise RequestRefused(RefusalCode.ARGUMENT, text, 1)


async def _read(io: AnalogIO) -> Stamped:
    values: Values = {}
    for name in (*io.inputs, *io.outputs):
        try:
            values[name] = await io.read(name)
        except DeviceError as error:  # one broken wire does not concern the other signals
            values[name] = Reading(None, quality_of(error), now())
    return now(), values


def _items(io: AnalogIO) -> tuple[Item, ...]:
    return tuple(Item(name, "number", signal.unit) for name, signal in {**io.inputs, **io.outputs}.items())


def _details(io: AnalogIO, _section: DeviceSection) -> dict[str, Any]:
    return {"inputs": list(io.inputs), "outputs": list(io.outputs)}


ANALOG_IO = SupervisedKind(
    items=_items,
    read=_read,
    commands=(Command("SetOutput", "Set an analog output", _write, (SIGNAL, VALUE), check=_check),),
    details=_details,
)
