"""Signals of the control box in the encoding of functions 131 to 139.

Digital signals are bits, analog ones steps of 12 bits for 0 to 10 V. Inputs are high, 1, unless pulled to ground, and
outputs low, 0, until they are set (UFACTORY Studio manual, 6.2.2).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from cellkit.errors import ProtocolError

STEPS = 4095
GROUP = 8
"""Outputs in one word of function 134: the high byte selects outputs, the low one has their values."""
AT_ONCE, IN_TURN = b"\0", b"\1"
"""Last byte of functions 134 to 136 since firmware 2.4.101: whether the outputs wait for the command queue."""
_WORD = struct.Struct(">H")
_STATE = struct.Struct(">2x8H")


def output_words(number: int, on: bool) -> bytes:
    """Return the words of function 134 that set one output."""
    group, bit = divmod(number, GROUP)
    return bytes(2 * group) + _WORD.pack(1 << (bit + GROUP) | on << bit)


def steps(share: float) -> bytes:
    """Return an analog value at a share of its range."""
    return _WORD.pack(round(share * STEPS))


def word(data: bytes) -> int:
    """Return the number in a reply. Raises ``ProtocolError``."""
    if len(data) != _WORD.size:
        raise ProtocolError("ufactory", f"{len(data)} bytes instead of two for a number", data=data)
    number: int = _WORD.unpack(data)[0]
    return number


@dataclass(frozen=True, slots=True)
class IoState:
    """The data of function 139: digital signals as bits, those with a function of their own included; analog steps."""

    inputs: int
    outputs: int
    analog_inputs: tuple[int, int]
    analog_outputs: tuple[int, int]

    @classmethod
    def decode(cls, data: bytes) -> IoState:
        """Decode the data of a reply, which may be longer. Raises ``ProtocolError``."""
        if len(data) < _STATE.size:
            raise ProtocolError("ufactory", f"{len(data)} bytes are too few for the states of signals", data=data)
        used_in, free_in, used_out, free_out, *analog = _STATE.unpack_from(data)
        return cls(used_in | free_in, used_out | free_out, (analog[0], analog[1]), (analog[2], analog[3]))
