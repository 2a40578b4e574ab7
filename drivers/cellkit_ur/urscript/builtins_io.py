"""Registers, digital and analog signals, flags."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cellkit_ur.urscript.builtins import builtin
from cellkit_ur.urscript.errors import RuntimeException
from cellkit_ur.urscript.machine import Machine
from cellkit_ur.urscript.runtime import Runtime
from cellkit_ur.urscript.values import Value, integer, number, truth

CONFIGURABLE, TOOL = 8, 16  # the first numbers of these signals in RTDE's numbering


def _index(value: Value, count: int, signal: str) -> int:
    index = integer(value)
    if 0 <= index < count:
        return index
    raise RuntimeException(f"there is no {signal} {index}: they are numbered 0 to {count - 1}")


# --- registers ------------------------------------------------------------------------------------------------------


def _register_functions(
    kind: str,
    count: int,
    written: Callable[[Value], Any],
    input_of: Callable[[Machine], Callable[[int], Value]],
    output_of: Callable[[Machine], Callable[[int], Value]],
    write_of: Callable[[Machine], Callable[[int, Any], None]],
) -> None:
    """Register the builtins for one kind of register: clients write the inputs, the script writes the outputs."""

    def read_input(runtime: Runtime, address: Value) -> Value:
        return input_of(runtime.machine)(_index(address, count, f"{kind} register"))

    def read_output(runtime: Runtime, address: Value) -> Value:
        return output_of(runtime.machine)(_index(address, count, f"{kind} register"))

    def write_output(runtime: Runtime, address: Value, value: Value) -> Value:
        write_of(runtime.machine)(_index(address, count, f"{kind} register"), written(value))

    builtin(read_input, name=f"read_input_{kind}_register", idle=True)
    builtin(read_output, name=f"read_output_{kind}_register")
    builtin(write_output, name=f"write_output_{kind}_register")


_register_functions("integer", 48, integer, lambda m: m.input_int, lambda m: m.output_int, lambda m: m.write_output_int)
_register_functions(
    "float",
    48,
    lambda value: float(number(value)),
    lambda m: m.input_float,
    lambda m: m.output_float,
    lambda m: m.write_output_float,
)
_register_functions("boolean", 128, truth, lambda m: m.input_bit, lambda m: m.output_bit, lambda m: m.write_output_bit)


# --- digital --------------------------------------------------------------------------------------------------------


def _digital_functions(name: str, signal: Callable[[Value, str], int]) -> None:
    """Register the builtins for one group of signals; ``signal`` returns RTDE's number of an "input" or "output"."""

    def get_in(runtime: Runtime, n: Value) -> Value:
        return runtime.machine.digital_input(signal(n, "input"))

    def get_out(runtime: Runtime, n: Value) -> Value:
        return runtime.machine.digital_output(signal(n, "output"))

    def set_out(runtime: Runtime, n: Value, b: Value) -> Value:
        runtime.machine.write_digital_output(signal(n, "output"), truth(b))

    builtin(get_in, name=f"get_{name}_in")
    builtin(get_out, name=f"get_{name}_out")
    builtin(set_out, name=f"set_{name}_out")


def _older(n: Value, _: str) -> int:
    """Return the signal of a number of the older functions, in which the tool's two follow the eight standard ones."""
    index = _index(n, 10, "digital signal")
    return index if index < 8 else index - 8 + TOOL


_digital_functions("standard_digital", lambda n, way: _index(n, 8, f"standard {way}"))
_digital_functions("configurable_digital", lambda n, way: CONFIGURABLE + _index(n, 8, f"configurable {way}"))
_digital_functions("tool_digital", lambda n, way: TOOL + _index(n, 2, f"tool {way}"))
_digital_functions("digital", _older)


# --- analog ---------------------------------------------------------------------------------------------------------


@builtin
def get_standard_analog_in(runtime: Runtime, n: Value) -> Value:
    """Read an analog input of the control box in V or A."""
    return runtime.machine.analog_input(_index(n, 2, "analog input"))


@builtin
def get_tool_analog_in(runtime: Runtime, n: Value) -> Value:
    """Read an analog input of the tool in V or A."""
    return runtime.machine.analog_input(2 + _index(n, 2, "analog input of the tool"))


@builtin
def get_analog_in(runtime: Runtime, n: Value) -> Value:
    """Read an analog input by the older numbering: 0 and 1 standard, 2 and 3 tool."""
    return runtime.machine.analog_input(_index(n, 4, "analog input"))


@builtin
def get_standard_analog_out(runtime: Runtime, n: Value) -> Value:
    """Read an analog output as a share of 0 to 1."""
    return runtime.machine.analog_output(_index(n, 2, "analog output"))


@builtin
def set_standard_analog_out(runtime: Runtime, n: Value, f: Value) -> Value:
    """Set an analog output to a share of 0 to 1."""
    share = number(f)
    if not 0 <= share <= 1:
        raise RuntimeException("an analog output must be a share of 0 to 1")
    runtime.machine.write_analog_output(_index(n, 2, "analog output"), share)


builtin(set_standard_analog_out, name="set_analog_out")  # the older name


@builtin
def set_analog_outputdomain(runtime: Runtime, port: Value, domain: Value) -> Value:
    """Set the domain of an analog output: 0 current, 1 voltage."""
    runtime.machine.set_analog_output_domain(_index(port, 2, "analog output"), _index(domain, 2, "domain"))


@builtin
def set_tool_voltage(runtime: Runtime, voltage: Value) -> Value:
    """Set the tool voltage: 0, 12 or 24 V."""
    volts = integer(voltage)
    if volts not in {0, 12, 24}:
        raise RuntimeException("the tool voltage must be 0, 12 or 24 V")
    runtime.machine.set_tool_voltage(volts)


@builtin
def get_flag(runtime: Runtime, n: Value) -> Value:
    """Read one of 32 flags that a program stores for itself."""
    return _index(n, 32, "flag") in runtime.flags


@builtin
def set_flag(runtime: Runtime, n: Value, b: Value) -> Value:
    """Set one of 32 flags that a program stores for itself."""
    flag = _index(n, 32, "flag")
    if truth(b):
        runtime.flags.add(flag)
    else:
        runtime.flags.discard(flag)
