"""The signals of a virtual controller: bits and voltages that variables and RSI share."""

from __future__ import annotations

from collections.abc import Callable

from cellkit.errors import ProtocolError
from cellkit_kuka.protocol.signals import ANALOG, DIL, DIO, bool_text, read_bool, read_real, real_text

_WORD = (1 << len(DIO)) - 1


class Signals:
    """``on_outputs`` is called after outputs were set. Bit 0 is signal 1; voltages are -1 to 1."""

    def __init__(self, on_outputs: Callable[[], None]) -> None:
        self._on_outputs = on_outputs
        self.inputs = self.outputs = 0
        self.analog_inputs = [0.0] * ANALOG
        self.analog_outputs = [0.0] * ANALOG

    def set_input(self, number: int, on: bool) -> None:
        """Switch an input."""
        bit = 1 << (number - 1)
        self.inputs = self.inputs | bit if on else self.inputs & ~bit

    def output(self, number: int) -> bool:
        """Return the value of an output."""
        return bool(self.outputs >> (number - 1) & 1)

    def read(self, kind: str, number: int) -> str:
        """Return a signal as text."""
        if kind in ("IN", "OUT"):
            return bool_text(bool((self.inputs if kind == "IN" else self.outputs) >> (number - 1) & 1))
        return real_text((self.analog_inputs if kind == "ANIN" else self.analog_outputs)[number - 1])

    def write(self, kind: str, number: int, text: str) -> bool:
        """Set an output; whether that can be done."""
        try:
            if kind == "OUT":
                bit = 1 << (number - 1)
                self._set(self.outputs | bit if read_bool(text) else self.outputs & ~bit)
                return True
            if kind == "ANOUT" and -1.0 <= read_real(text) <= 1.0:
                self.analog_outputs[number - 1] = read_real(text)
                self._on_outputs()
                return True
        except ProtocolError:
            pass
        return False

    @property
    def dil(self) -> int:
        """What RSI reports of the inputs."""
        return self.inputs >> (DIL.start - 1) & ((1 << len(DIL)) - 1)

    @property
    def dio(self) -> int:
        """The outputs that RSI sets."""
        return self.outputs >> (DIO.start - 1) & _WORD

    def set_dio(self, word: int) -> None:
        """RSI sets its outputs."""
        if word & _WORD != self.dio:
            first = DIO.start - 1
            self._set(self.outputs & ~(_WORD << first) | (word & _WORD) << first)

    def _set(self, outputs: int) -> None:
        self.outputs = outputs
        self._on_outputs()
