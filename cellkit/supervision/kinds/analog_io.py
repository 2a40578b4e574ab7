"""The readings and commands of analog signals for clients."""

from __future__ import annotations

from cellkit.cell.cell import Cell
from cellkit.devices import AnalogIO
from cellkit.errors import DeviceError
from cellkit.supervision.kinds.command import Argument, ArgumentKind, Arguments, Command, WrongArgument
from cellkit.supervision.kinds.digital_io import SIGNAL, check_output, signal_names
from cellkit.supervision.kinds.reading import Item, Reading, Stamped, Values, quality_of
from cellkit.supervision.kinds.supervised_kind import SupervisedKind
from cellkit.timing import now

VALUE = Argument("Value", ArgumentKind.NUMBER, "in the signal's unit")


async def _write(_cell: Cell, io: AnalogIO, given: Arguments) -> None:
    await io.write(given["Signal"], given["Value"])


def _check(cell: Cell, io: AnalogIO, given: Arguments) -> None:
    check_output(cell, io, given)
    output = io.outputs[given["Signal"]]
    low, high = sorted((output.low, output.high))
    if not low <= given["Value"] <= high:
        text = f"Value: {given['Value']:g} is outside {low:g} to {high:g} {output.unit}".rstrip()
        raise WrongArgument("Value", text)


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


ANALOG_IO = SupervisedKind(
    items=_items,
    read=_read,
    commands=(Command("SetOutput", "Set an analog output", _write, (SIGNAL, VALUE), check=_check),),
    details=signal_names,
)
