"""Registers, digital and analog signals, flags."""

from __future__ import annotations

from cellkit_ur.urscript.builtins import builtin
from cellkit_ur.urscript.errors import RuntimeException
from cellkit_ur.urscript.runtime import Runtime
from cellkit_ur.urscript.values import Value, integer, number, truth

CONFIGURABLE, TOOL = 8, 16  # the first numbers of these signals in RTDE's numbering


def _index(value: Value, count: int, signal: str) -> int:
    index = integer(value)
    if 0 <= index < count:
        return index
    raise RuntimeException(f"there is no {signal} {index}: they are numbered 0 to {count - 1}")


# --- registers ------------------------------------------------------------------------------------------------------


@builtin
def read_input_integer_register(runtime: Runtime, address: Value) -> Value:
    """Read an integer register that clients write."""
    return runtime.machine.input_int(_index(address, 48, "integer register"))


@builtin
def read_input_float_register(runtime: Runtime, address: Value) -> Value:
    """Read a float register that clients write."""
    return runtime.machine.input_float(_index(address, 48, "float register"))


@builtin
def read_input_boolean_register(runtime: Runtime, address: Value) -> Value:
    """Read a boolean register that clients write."""
    return runtime.machine.input_bit(_index(address, 128, "boolean register"))


@builtin
def read_output_integer_register(runtime: Runtime, address: Value) -> Value:
    """Read an integer register that the script writes."""
    return runtime.machine.output_int(_index(address, 48, "integer register"))


@builtin
def read_output_float_register(runtime: Runtime, address: Value) -> Value:
    """Read a float register that the script writes."""
    return runtime.machine.output_float(_index(address, 48, "float register"))


@builtin
def read_output_boolean_register(runtime: Runtime, address: Value) -> Value:
    """Read a boolean register that the script writes."""
    return runtime.machine.output_bit(_index(address, 128, "boolean register"))


@builtin
def write_output_integer_register(runtime: Runtime, address: Value, value: Value) -> Value:
    """Write an integer register that clients read."""
    runtime.machine.write_output_int(_index(address, 48, "integer register"), integer(value))


@builtin
def write_output_float_register(runtime: Runtime, address: Value, value: Value) -> Value:
    """Write a float register that clients read."""
    runtime.machine.write_output_float(_index(address, 48, "float register"), float(number(value)))


@builtin
def write_output_boolean_register(runtime: Runtime, address: Value, value: Value) -> Value:
    """Write a boolean register that clients read."""
    runtime.machine.write_output_bit(_index(address, 128, "boolean register"), truth(value))


# --- digital --------------------------------------------------------------------------------------------------------


@builtin
def get_standard_digital_in(runtime: Runtime, n: Value) -> Value:
    """Read one of eight standard inputs."""
    return runtime.machine.digital_input(_index(n, 8, "standard input"))


@builtin
def get_configurable_digital_in(runtime: Runtime, n: Value) -> Value:
    """Read one of eight configurable inputs."""
    return runtime.machine.digital_input(CONFIGURABLE + _index(n, 8, "configurable input"))


@builtin
def get_tool_digital_in(runtime: Runtime, n: Value) -> Value:
    """Read one of two inputs at the tool."""
    return runtime.machine.digital_input(TOOL + _index(n, 2, "tool input"))


@builtin
def get_standard_digital_out(runtime: Runtime, n: Value) -> Value:
    """Read one of eight standard outputs."""
    return runtime.machine.digital_output(_index(n, 8, "standard output"))


@builtin
def get_configurable_digital_out(runtime: Runtime, n: Value) -> Value:
    """Read one of eight configurable outputs."""
    return runtime.machine.digital_output(CONFIGURABLE + _index(n, 8, "configurable output"))


@builtin
def get_tool_digital_out(runtime: Runtime, n: Value) -> Value:
    """Read one of two outputs at the tool."""
    return runtime.machine.digital_output(TOOL + _index(n, 2, "tool output"))


@builtin
def set_standard_digital_out(runtime: Runtime, n: Value, b: Value) -> Value:
    """Set one of eight standard outputs."""
    runtime.machine.write_digital_output(_index(n, 8, "standard output"), truth(b))


@builtin
def set_configurable_digital_out(runtime: Runtime, n: Value, b: Value) -> Value:
    """Set one of eight configurable outputs."""
    runtime.machine.write_digital_output(CONFIGURABLE + _index(n, 8, "configurable output"), truth(b))


@builtin
def set_tool_digital_out(runtime: Runtime, n: Value, b: Value) -> Value:
    """Set one of two outputs at the tool."""
    runtime.machine.write_digital_output(TOOL + _index(n, 2, "tool output"), truth(b))


def _older(n: Value) -> int:
    """Return the signal of a number of the older functions, in which the tool's two follow the eight standard ones."""
    index = _index(n, 10, "digital signal")
    return index if index < 8 else index - 8 + TOOL


@builtin
def get_digital_in(runtime: Runtime, n: Value) -> Value:
    """Read an input by the older numbering: 0 to 7 standard, 8 and 9 tool."""
    return runtime.machine.digital_input(_older(n))


@builtin
def get_digital_out(runtime: Runtime, n: Value) -> Value:
    """Read an output by the older numbering: 0 to 7 standard, 8 and 9 tool."""
    return runtime.machine.digital_output(_older(n))


@builtin
def set_digital_out(runtime: Runtime, n: Value, b: Value) -> Value:
    """Set an output by the older numbering: 0 to 7 standard, 8 and 9 tool."""
    runtime.machine.write_digital_output(_older(n), truth(b))


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


@builtin
def set_analog_out(runtime: Runtime, n: Value, f: Value) -> Value:
    """Set an analog output; the older name."""
    set_standard_analog_out(runtime, n, f)


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
