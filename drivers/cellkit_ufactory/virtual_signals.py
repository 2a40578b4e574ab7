"""The functions of the private protocol that concern inputs and outputs."""

from __future__ import annotations

import struct
from collections.abc import Callable, Collection

from cellkit_ufactory.protocol.commands import floats
from cellkit_ufactory.protocol.numbers import Function
from cellkit_ufactory.protocol.signals import AT_ONCE
from cellkit_ufactory.virtual_box import ControlBox
from cellkit_ufactory.virtual_io import BOX_SIGNALS, TOOL_SIGNALS, AtPlace
from cellkit_ufactory.virtual_setting_functions import Handler, in_turn

TOOL_HOST = 9
TOOL_INPUTS, TOOL_OUTPUTS, TOOL_ANALOG_1, TOOL_ANALOG_2, TOOL_BAUD = 0x0A14, 0x0A15, 0x0A16, 0x0A17, 0x0A0B
WRITE_PAGE = 0x1000
"""Page of registers: the manual writes registers of the tool at 0x1Axx, the SDK some at 0x0Axx."""
MOST_STEPS = 4095


class SignalFunctions:
    """Handlers by function, each with the lengths of parameters that it takes."""

    def __init__(self, box: ControlBox) -> None:
        self.box = box
        self.signals = box.signals
        self.baud = 11  # number of 2 Mbit/s in the vendor's list
        self.timeouts: dict[int, int] = {}

    def handlers(self) -> dict[int, tuple[Collection[int], Handler]]:
        """Return all handlers."""
        signals, f = self.signals, Function
        return {
            f.GET_DIGITAL_IN: ((0,), lambda _: struct.pack(">H", signals.inputs)),
            f.GET_ANALOG_IN_1: ((0,), lambda _: struct.pack(">H", signals.analog_inputs[0])),
            f.GET_ANALOG_IN_2: ((0,), lambda _: struct.pack(">H", signals.analog_inputs[1])),
            f.SET_DIGITAL_OUT: ((2, 3, 4, 5), self._digital_out),
            f.SET_ANALOG_OUT_1: ((2, 3), lambda body: self._analog_out(0, body)),
            f.SET_ANALOG_OUT_2: ((2, 3), lambda body: self._analog_out(1, body)),
            f.SET_INPUT_FUNCTION: ((2,), lambda body: self._function(signals.input_functions, body)),
            f.SET_OUTPUT_FUNCTION: ((2,), lambda body: self._function(signals.output_functions, body)),
            f.GET_IO_STATE: ((0,), lambda _: signals.state()),
            f.DELAYED_DIGITAL_OUT: ((6,), self._delayed(signals.set_output, BOX_SIGNALS)),
            f.DELAYED_TOOL_OUT: ((6,), self._delayed(signals.set_tool_output, TOOL_SIGNALS)),
            f.POSITION_DIGITAL_OUT: ((18,), self._placed(signals.set_output, BOX_SIGNALS)),
            f.POSITION_TOOL_OUT: ((18,), self._placed(signals.set_tool_output, TOOL_SIGNALS)),
            f.POSITION_ANALOG_OUT: ((19,), self._placed_analog),
            f.TOOL_WRITE_16: ((7, 8), self._tool_write),
            f.TOOL_READ_16: ((3,), self._tool_read),
            f.TOOL_ERROR: ((0,), lambda _: bytes(2)),
            f.TOOL_MODBUS_TIMEOUT: ((2,), self._timeout(f.TOOL_MODBUS_TIMEOUT)),
            f.RS485_TIMEOUT: ((1, 2), self._timeout(f.RS485_TIMEOUT)),
        }

    def _digital_out(self, body: bytes) -> None:
        words = struct.unpack_from(f">{len(body) // 2}H", body)
        self._switch(body, lambda: self.signals.masked(words))

    def _analog_out(self, number: int, body: bytes) -> None:
        (steps,) = struct.unpack_from(">H", body)
        value = _steps(steps)
        self._switch(body, lambda: self.signals.set_analog_output(number, value))

    def _switch(self, body: bytes, do: Callable[[], None]) -> None:
        """Set outputs when the motions before are done, or at once if an odd byte at the end states that."""
        if len(body) % 2 and body[-1:] == AT_ONCE:
            do()
        else:
            in_turn(self.box, do)

    def _function(self, functions: bytearray, body: bytes) -> None:
        number, function = body
        _number(number, BOX_SIGNALS)
        functions[number] = function

    def _delayed(self, switch: Callable[[int, bool], None], count: int) -> Handler:
        def handle(body: bytes) -> None:
            number, value, (seconds,) = _number(body[0], count), bool(body[1]), floats(body, 1, 2)
            if seconds < 0.0:
                raise ValueError(f"a delay of {seconds} s is not possible")
            self.box.later(seconds, lambda: switch(number, value))

        return handle

    def _placed(self, switch: Callable[[int, bool], None], count: int) -> Handler:
        def handle(body: bytes) -> None:
            number, value = _number(body[0], count), bool(body[1])
            *point, radius = floats(body, 4, 2)
            self.box.at_place(AtPlace(tuple(point), radius, lambda: switch(number, value)))

        return handle

    def _placed_analog(self, body: bytes) -> None:
        number, steps = _number(body[0], 2), _steps(int.from_bytes(body[1:3], "big"))
        *point, radius = floats(body, 4, 3)
        self.box.at_place(AtPlace(tuple(point), radius, lambda: self.signals.set_analog_output(number, steps)))

    def _tool_write(self, body: bytes) -> None:
        register = _tool_register(body) & ~WRITE_PAGE
        (value,) = floats(body, 1, 3)
        if register == TOOL_OUTPUTS:
            self.signals.tool_masked(int(value))
        elif register == TOOL_BAUD:
            self.baud = int(value)
        else:
            raise ValueError(f"tool register {register:#06x} does not exist")

    def _tool_read(self, body: bytes) -> bytes:
        signals, register = self.signals, _tool_register(body)
        values = {
            TOOL_INPUTS: signals.tool_inputs,
            TOOL_OUTPUTS: signals.tool_outputs,
            TOOL_ANALOG_1: signals.tool_analog_inputs[0],
            TOOL_ANALOG_2: signals.tool_analog_inputs[1],
            TOOL_BAUD: self.baud,
        }
        if register not in values:
            raise ValueError(f"tool register {register:#06x} does not exist")
        return struct.pack(">i", values[register])

    def _timeout(self, function: int) -> Handler:
        def handle(body: bytes) -> None:
            self.timeouts[function] = int.from_bytes(body, "big")

        return handle


def _tool_register(body: bytes) -> int:
    if body[0] != TOOL_HOST:
        raise ValueError(f"device {body[0]} does not exist at the tool's end")
    return int.from_bytes(body[1:3], "big")


def _number(number: int, count: int) -> int:
    if not 0 <= number < count:
        raise ValueError(f"signal {number} does not exist")
    return number


def _steps(steps: int) -> int:
    if not 0 <= steps <= MOST_STEPS:
        raise ValueError(f"an analog value of {steps} steps is out of range")
    return steps
