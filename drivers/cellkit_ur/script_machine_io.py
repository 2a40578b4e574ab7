"""The part of a machine that is memory: registers and I/O."""

# ruff: noqa: D102  (what the methods mean stands in ``urscript.machine``)

from __future__ import annotations

from cellkit_ur.control_box import ControlBox
from cellkit_ur.urscript import Machine, RuntimeException


class MemoryMachine(Machine):
    """Registers and signals of the control box."""

    def __init__(self, box: ControlBox) -> None:
        self.box = box
        self.kernel = box.kernel

    @property
    def input_version(self) -> int:
        return self.box.registers.input_version

    def input_int(self, index: int) -> int:
        return self.box.registers.input_int[index]

    def input_float(self, index: int) -> float:
        return self.box.registers.input_double[index]

    def input_bit(self, index: int) -> bool:
        return self.box.registers.input_bit[index]

    def output_int(self, index: int) -> int:
        return self.box.registers.output_int[index]

    def output_float(self, index: int) -> float:
        return self.box.registers.output_double[index]

    def output_bit(self, index: int) -> bool:
        return self.box.registers.output_bit[index]

    def write_output_int(self, index: int, value: int) -> None:
        if not -(2**31) <= value < 2**31:
            raise RuntimeException(f"{value} does not fit into an integer register")
        self.box.registers.output_int[index] = value

    def write_output_float(self, index: int, value: float) -> None:
        self.box.registers.output_double[index] = value

    def write_output_bit(self, index: int, value: bool) -> None:
        self.box.registers.output_bit[index] = value

    def digital_input(self, index: int) -> bool:
        return bool(self.box.registers.digital_inputs >> index & 1)

    def digital_output(self, index: int) -> bool:
        return bool(self.box.registers.digital_outputs >> index & 1)

    def write_digital_output(self, index: int, on: bool) -> None:
        self.box.registers.set_digital_output(index, on)

    def analog_input(self, index: int) -> float:
        return self.box.registers.analog_inputs[index]

    def analog_output(self, index: int) -> float:
        return self.box.registers.analog_outputs[index]

    def write_analog_output(self, index: int, share: float) -> None:
        self.box.registers.set_analog_output(index, share)

    def set_analog_output_domain(self, index: int, domain: int) -> None:
        self.box.registers.analog_domains[index] = domain

    def set_tool_voltage(self, volts: int) -> None:
        self.box.registers.tool_voltage = volts
