"""The readings and commands of digital signals for clients."""

from __future__ import annotations

from typing import Any

from cellkit.cell.cell import Cell
from cellkit.cell.kinds.fields import DeviceSection
from cellkit.devices import AnalogIO, DigitalIO
from cellkit.supervision.kinds.command import TIMEOUT, Argument, ArgumentKind, Arguments, Command, WrongArgument
from cellkit.supervision.kinds.reading import Item, Stamped
from cellkit.supervision.kinds.supervised_kind import SupervisedKind
from cellkit.timing import now
from cellkit.yamlfile import near_names

SIGNAL = Argument("Signal", ArgumentKind.TEXT, "the signal's name")
VALUE = Argument("Value", ArgumentKind.FLAG, "on or off")
SECONDS = Argument("Seconds", ArgumentKind.NUMBER, "how long", "s", 0.0, 3600.0)


async def _write(_cell: Cell, io: DigitalIO, given: Arguments) -> None:
    await io.write(given["Signal"], given["Value"])


async def _pulse(_cell: Cell, io: DigitalIO, given: Arguments) -> None:
    await io.pulse(given["Signal"], given["Seconds"])


async def _wait(_cell: Cell, io: DigitalIO, given: Arguments) -> None:
    await io.wait_for(given["Signal"], given["Value"], timeout=given["Timeout"])


def check_output(_cell: Cell, io: DigitalIO | AnalogIO, given: Arguments) -> None:
    """Check that ``Signal`` is an output. Raises ``WrongArgument``."""
    if given["Signal"] not in io.outputs:
        text = f"Signal: {io.name} has no output {given['Signal']!r}; {near_names(given['Signal'], io.outputs)}"
        raise WrongArgument("Signal", text)


def _check_any(_cell: Cell, io: DigitalIO, given: Arguments) -> None:
    known = (*io.inputs, *io.outputs)
    if given["Signal"] not in known:
        text = f"Signal: {io.name} has no signal {given['Signal']!r}; {near_names(given['Signal'], known)}"
        raise WrongArgument("Signal", text)


async def _read(io: DigitalIO) -> Stamped:
    return now(), {name: await io.read(name) for name in (*io.inputs, *io.outputs)}


def signal_names(io: DigitalIO | AnalogIO, _section: DeviceSection) -> dict[str, Any]:
    """Return the names of the inputs and outputs."""
    return {"inputs": list(io.inputs), "outputs": list(io.outputs)}


IO = SupervisedKind(
    items=lambda io: tuple(Item(name, "flag") for name in (*io.inputs, *io.outputs)),
    read=_read,
    commands=(
        Command("SetOutput", "Set a digital output", _write, (SIGNAL, VALUE), check=check_output),
        Command("Pulse", "Set a digital output for a moment", _pulse, (SIGNAL, SECONDS), check=check_output),
        Command(
            "WaitFor",
            "Wait until a signal has a value",
            _wait,
            (SIGNAL, VALUE, TIMEOUT),
            actuates=False,
            check=_check_any,
        ),
    ),
    details=signal_names,
)
