"""The memory of a controller that clients and programs share: registers and I/O."""

from __future__ import annotations

from collections.abc import Callable

from cellkit_ur.protocol.fields import BITS, REGISTERS
from cellkit_ur.protocol.signals import analog_value

TOOL_BITS = 16
"""Number of the first tool signal among the digital ones: 0 to 7 are standard, 8 to 15 configurable."""


class Registers:
    """Registers and signals of a controller.

    Clients write input registers, programs write output registers; digital signals are bits of a number.
    """

    def __init__(self) -> None:
        self.input_int = [0] * REGISTERS
        self.input_double = [0.0] * REGISTERS
        self.input_bit = [False] * BITS
        self.input_version = 0
        """Counter of the writes to input registers; who writes one adds 1."""
        self.output_int = [0] * REGISTERS
        self.output_double = [0.0] * REGISTERS
        self.output_bit = [False] * BITS
        self.on_outputs: Callable[[], None] = lambda: None
        """Called after an output was set."""
        self.digital_inputs = 0
        self.digital_outputs = 0
        self.analog_inputs = [0.0] * 4
        self.analog_outputs = [0.0, 0.0]  # shares, 0 to 1
        self.analog_domains = [0, 0]  # 0 current, 1 voltage
        self.tool_voltage = 0

    def analog_output(self, index: int) -> float:
        """Return an analog output in A (4 to 20 mA) or V (0 to 10 V)."""
        return analog_value(self.analog_outputs[index], bool(self.analog_domains[index]))

    def set_digital_output(self, index: int, on: bool) -> None:
        """Switch one digital output."""
        if on:
            self.digital_outputs |= 1 << index
        else:
            self.digital_outputs &= ~(1 << index)
        self.on_outputs()

    def set_digital_input(self, index: int, on: bool) -> None:
        """Switch a digital input from outside."""
        if on:
            self.digital_inputs |= 1 << index
        else:
            self.digital_inputs &= ~(1 << index)

    def set_analog_output(self, index: int, share: float) -> None:
        """Set an analog output to a share (0 to 1) of its range."""
        self.analog_outputs[index] = share
        self.on_outputs()

    def set_digital_outputs(self, mask: int, values: int, first: int) -> None:
        """Switch the outputs in ``mask``; bit 0 of both is signal ``first``."""
        self.digital_outputs = (self.digital_outputs & ~(mask << first)) | ((values & mask) << first)
        if mask:
            self.on_outputs()


def word(bits: list[bool], first: int) -> int:
    """Return 32 bits from ``first`` on, as a number."""
    return sum(1 << i for i, on in enumerate(bits[first : first + 32]) if on)
