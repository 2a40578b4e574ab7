"""What can be asked of digital and analog signals."""

from __future__ import annotations

from typing import Any

from cellkit.cell.cell import Cell
from cellkit.devices import AnalogIO, DigitalIO
from cellkit.supervision.commands.command import Argument, ArgumentKind, Arguments, Command
from cellkit.supervision.jobs import Job
from cellkit.supervision.refusal import RefusalCode, RequestRefused
from cellkit.yamlfile import near_names

SIGNAL = Argument("Signal", ArgumentKind.TEXT, "the signal's name")
VALUE = Argument("Value", ArgumentKind.FLAG, "on or off")
NUMBER = Argument("Value", ArgumentKind.NUMBER, "in the signal's unit")
SECONDS = Argument("Seconds", ArgumentKind.NUMBER, "how long", "s", 0.0, 3600.0)
TIMEOUT = Argument("Timeout", ArgumentKind.NUMBER, "how long to wait at most", "s", 0.0, 86400.0)


async def _write(_cell: Cell, io: DigitalIO | AnalogIO, given: Arguments, _job: Job) -> dict[str, Any]:
    await io.write(given["Signal"], given["Value"])
    return {}


async def _pulse(_cell: Cell, io: DigitalIO, given: Arguments, _job: Job) -> dict[str, Any]:
    await io.pulse(given["Signal"], given["Seconds"])
    return {}


async def _wait(_cell: Cell, io: DigitalIO, given: Arguments, _job: Job) -> dict[str, Any]:
    await io.wait_for(given["Signal"], given["Value"], timeout=given["Timeout"])
    return {}


def _check_output(_cell: Cell, io: DigitalIO | AnalogIO, given: Arguments) -> None:
    if given["Signal"] not in io.outputs:
        text = f"Signal: {io.name} has no output {given['Signal']!r}; {near_names(given['Signal'], io.outputs)}"
        raise RequestRefused(RefusalCode.ARGUMENT, text, 0)


def _check_any(_cell: Cell, io: DigitalIO, given: Arguments) -> None:
    known = (*io.inputs, *io.outputs)
    if given["Signal"] not in known:
        text = f"Signal: {io.name} has no signal {given['Signal']!r}; {near_names(given['Signal'], known)}"
        raise RequestRefused(RefusalCode.ARGUMENT, text, 0)


def _check_range(cell: Cell, io: AnalogIO, given: Arguments) -> None:
    _check_output(cell, io, given)
    output = io.outputs[given["Signal"]]
    low, high = sorted((output.low, output.high))
    if not low <= given["Value"] <= high:
        text = f"Value: {given['Value']:g} is outside {low:g} to {high:g} {output.unit}".rstrip()
        raise RequestRefused(RefusalCode.ARGUMENT, text, 1)


DIGITAL_COMMANDS = (
    Command("SetOutput", "Set a digital output", _write, (SIGNAL, VALUE), check=_check_output),
    Command("Pulse", "Set a digital output for a moment", _pulse, (SIGNAL, SECONDS), check=_check_output),
    Command(
        "WaitFor",
        "Wait until a signal has a value",
        _wait,
        (SIGNAL, VALUE, TIMEOUT),
        actuates=False,
        check=_check_any,
    ),
)
ANALOG_COMMANDS = (Command("SetOutput", "Set an analog output", _write, (SIGNAL, NUMBER), check=_check_range),)
