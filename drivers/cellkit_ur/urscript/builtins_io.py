"""Registers, digital and analog signals, flags."""

from __future__ import annotations

from cellkit_ur.urscript.builtins import builtin
from cellkit_ur.urscript.errors import RuntimeException
from cellkit_ur.urscript.runtime import Runtime
from cellkit_ur.urscript.values import Value, integer, number, truth

CONFIGURABLE, TOOL = 8, 16  # where RTDE's numbering of digital signals has them


def _index(value: Value, count: int, what: str) -> int:
    index = integer(value)
    if 0 <= index < count:
        return index
    raise RuntimeException(f"there is no {what} {index}: they are numbered 0 to {count - 1}")


# --- registers ------------------------------------------------------------------------------------------------------


@builtin
def read_input_integer_register(runtime: Runtime, address: Value) -> Value:
    """Written from outside."""
    return runtime.machine.input_int(_index(address, 48, "integer register"))


@builtin
def read_input_float_register(runtime: Runtime, address: Value) -> Value:
    """Written from outside."""
    return runtime.machine.input_float(_index(address, 48, "float register"))


@builtin
def read_input_boolean_register(runtime: Runtime, address: Value) -> Value:
    """Written from outside."""
    return runtime.machine.input_bit(_index(address, 128, "boolean register"))


@builtin
def read_output_integer_register(runtime: Runtime, address: Value) -> Value:
    """What the script has written."""
    return runtime.machine.output_int(_index(address, 48, "integer register"))


@builtin
def read_output_float_register(runtime: Runtime, address: Value) -> Value:
    """What the script has written."""
    return runtime.machine.output_float(_index(address, 48, "float register"))


@builtin
def read_output_boolean_register(runtime: Runtime, address: Value) -> Value:
    """What the script has written."""
    return runtime.machine.output_bit(_index(address, 128, "boolean register"))


@builtin
def write_output_integer_register(runtime: Runtime, address: Value, value: Value) -> Value:
    """Read from outside."""
    runtime.machine.write_output_int(_index(address, 48, "integer register"), integer(value))


@builtin
def write_output_float_register(runtime: Runtime, address: Value, value: Value) -> Value:
    """Read from outside."""
    runtime.machine.write_output_float(_index(address, 48, "float register"), float(number(value)))


@builtin
def write_output_boolean_register(runtime: Runtime, address: Value, value: Value) -> Value:
    """Read from outside."""
    runtime.machine.write_output_bit(_index(address, 128, "boolean register"), truth(value))


# --- digital --------------------------------------------------------------------------------------------------------


@builtin
def get_standard_digital_in(runtime: Runtime, n: Value) -> Value:
    """One of eight inputs."""
    return runtime.machine.digital_input(_index(n, 8, "standard input"))


@builtin
def get_configurable_digital_in(runtime: Runtime, n: Value) -> Value:
    """One of eight inputs."""
    return runtime.machine.digital_input(CONFIGURABLE + _index(n, 8, "configurable input"))


@builtin
def get_tool_digital_in(runtime: Runtime, n: Value) -> Value:
    """One of two inputs."""
    return runtime.machine.digital_input(TOOL + _index(n, 2, "tool input"))


@builtin
def get_standard_digital_out(runtime: Runtime, n: Value) -> Value:
    """One of eight outputs."""
    return runtime.machine.digital_output(_index(n, 8, "standard output"))


@builtin
def get_configurable_digital_out(runtime: Runtime, n: Value) -> Value:
    """One of eight outputs."""
    return runtime.machine.digital_output(CONFIGURABLE + _index(n, 8, "configurable output"))


@builtin
def get_tool_digital_out(runtime: Runtime, n: Value) -> Value:
    """One of two outputs."""
    return runtime.machine.digital_output(TOOL + _index(n, 2, "tool output"))


@builtin
def set_standard_digital_out(runtime: Runtime, n: Value, b: Value) -> Value:
    """One of eight outputs."""
    runtime.machine.write_digital_output(_index(n, 8, "standard output"), truth(b))


@builtin
def set_configurable_digital_out(runtime: Runtime, n: Value, b: Value) -> Value:
    """One of eight outputs."""
    runtime.machine.write_digital_output(CONFIGURABLE + _index(n, 8, "configurable output"), truth(b))


@builtin
def set_tool_digital_out(runtime: Runtime, n: Value, b: Value) -> Value:
    """One of two outputs."""
    runtime.machine.write_digital_output(TOOL + _index(n, 2, "tool output"), truth(b))


def _older(n: Value) -> int:
    """The older functions number the tool's two behind the eight standard ones."""
    index = _index(n, 10, "digital signal")
    return index if index < 8 else index - 8 + TOOL


@builtin
def get_digital_in(runtime: Runtime, n: Value) -> Value:
    """Older: 0 to 7 standard, 8 and 9 tool."""
    return runtime.machine.digital_input(_older(n))


@builtin
def get_digital_out(runtime: Runtime, n: Value) -> Value:
    """Older: 0 to 7 standard, 8 and 9 tool."""
    return runtime.machine.digital_output(_older(n))


@builtin
def set_digital_out(runtime: Runtime, n: Value, b: Value) -> Value:
    """Older: 0 to 7 standard, 8 and 9 tool."""
    runtime.machine.write_digital_output(_older(n), truth(b))


# --- analog ---------------------------------------------------------------------------------------------------------


@builtin
def get_standard_analog_in(runtime: Runtime, n: Value) -> Value:
    """V or A."""
    return runtime.machine.analog_input(_index(n, 2, "analog input"))


@builtin
def get_tool_analog_in(runtime: Runtime, n: Value) -> Value:
    """V or A."""
    return runtime.machine.analog_input(2 + _index(n, 2, "analog input of the tool"))


@builtin
def get_analog_in(runtime: Runtime, n: Value) -> Value:
    """Older: 0 and 1 standard, 2 and 3 tool."""
    return runtime.machine.analog_input(_index(n, 4, "analog input"))


@builtin
def get_standard_analog_out(runtime: Runtime, n: Value) -> Value:
    """Share 0 to 1."""
    return runtime.machine.analog_output(_index(n, 2, "analog output"))


@builtin
def set_standard_analog_out(runtime: Runtime, n: Value, f: Value) -> Value:
    """Share 0 to 1."""
    share = number(f)
    if not 0 <= share <= 1:
        raise RuntimeException("an analog output is set to a share of 0 to 1")
    runtime.machine.write_analog_output(_index(n, 2, "analog output"), share)


@builtin
def set_analog_out(runtime: Runtime, n: Value, f: Value) -> Value:
    """Older name."""
    set_standard_analog_out(runtime, n, f)


@builtin
def set_analog_outputdomain(runtime: Runtime, port: Value, domain: Value) -> Value:
    """0 current, 1 voltage."""
    runtime.machine.set_analog_output_domain(_index(port, 2, "analog output"), _index(domain, 2, "domain"))


@builtin
def set_tool_voltage(runtime: Runtime, voltage: Value) -> Value:
    """0, 12 or 24 V."""
    volts = integer(voltage)
    if volts not in {0, 12, 24}:
        raise RuntimeException("the tool voltage is 0, 12 or 24 V")
    runtime.machine.set_tool_voltage(volts)


@builtin
def get_flag(runtime: Runtime, n: Value) -> Value:
    """One of 32 flags that a program keeps for itself."""
    return _index(n, 32, "flag") in runtime.flags


@builtin
def set_flag(runtime: Runtime, n: Value, b: Value) -> Value:
    """One of 32 flags that a program keeps for itself."""
    flag = _index(n, 32, "flag")
    if truth(b):
        runtime.flags.add(flag)
    else:
        runtime.flags.discard(flag)
