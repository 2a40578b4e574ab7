"""Signals of the control box and of the tool's end, and outputs that switch later or at a place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cellkit.geometry import Array
from cellkit_ufactory.protocol.units import MM

BOX_SIGNALS, TOOL_SIGNALS = 16, 2
MOST_PENDING = 36  # greatest number of outputs that wait for a time or a place


class Signals:
    """Digital signals as bits, analog ones as steps of 12 bits (box: 10 V, tool: 3.3 V).

    Inputs are high when open, outputs low until they are set. ``on_outputs`` is called when an output of the box was
    set.
    """

    def __init__(self) -> None:
        self.on_outputs: Callable[[], None] = lambda: None
        self.inputs = 0xFFFF
        self._outputs = 0
        self.tool_inputs = self.tool_outputs = 0
        self.analog_inputs = [0, 0]
        self.analog_outputs = [0, 0]
        self.tool_analog_inputs = [0, 0]
        self.input_functions = bytearray(BOX_SIGNALS)
        self.output_functions = bytearray(BOX_SIGNALS)

    @property
    def outputs(self) -> int:
        """The outputs of the control box, as bits."""
        return self._outputs

    @outputs.setter
    def outputs(self, bits: int) -> None:
        self._outputs = bits
        self.on_outputs()

    def set_analog_output(self, number: int, steps: int) -> None:
        """Set an analog output of the control box."""
        self.analog_outputs[number] = steps
        self.on_outputs()

    def set_output(self, number: int, value: bool) -> None:
        """Set one output of the control box."""
        self.outputs = with_bit(self.outputs, number, value)

    def set_tool_output(self, number: int, value: bool) -> None:
        """Set one output of the tool's end."""
        self.tool_outputs = with_bit(self.tool_outputs, number, value)

    def masked(self, words: tuple[int, ...]) -> None:
        """Set outputs (function 134): in each word the high byte selects outputs, the low one has their values."""
        for group, word in enumerate(words):
            mask, value = word >> 8 << 8 * group, (word & 0xFF) << 8 * group
            self.outputs = self.outputs & ~mask | value & mask

    def tool_masked(self, word: int) -> None:
        """Set outputs of the tool (register 0x0A15): the high byte selects outputs, the low one has their values."""
        mask, value = word >> 8 & 0xFF, word & 0xFF
        self.tool_outputs = self.tool_outputs & ~mask | value & mask

    def state(self) -> bytes:
        """Return the 50 bytes of function 139, which are in the rich report as well."""
        ins, outs = self.input_functions, self.output_functions
        used_in, used_out = (_bits(functions) for functions in (ins, outs))
        words = (
            self.inputs & used_in, self.inputs & ~used_in, self.outputs & used_out, self.outputs & ~used_out,
            *self.analog_inputs, *self.analog_outputs,
        )  # fmt: skip
        return (
            bytes(2)
            + b"".join(word.to_bytes(2, "big") for word in words)
            + bytes(ins[:8] + outs[:8] + ins[8:] + outs[8:])
        )


def with_bit(bits: int, number: int, value: bool) -> int:
    """Return ``bits`` with one of them set or cleared."""
    return bits | 1 << number if value else bits & ~(1 << number)


def _bits(functions: bytearray) -> int:
    """Return the signals that have a function of their own."""
    return sum(1 << number for number, function in enumerate(functions) if function)


@dataclass(frozen=True, slots=True, eq=False)
class AtPlace:
    """An action that runs once the TCP is within ``radius`` (mm) of a point (mm)."""

    point: tuple[float, ...]
    radius: float
    do: Callable[[], None]

    def reached(self, tcp: Array) -> bool:
        """Return whether the TCP, a (4, 4) pose in m, is within the radius."""
        return float(np.linalg.norm(MM * tcp[:3, 3] - np.array(self.point))) <= self.radius
