"""Signals of the controller that the status does not hold, read as I/O bytes (command 0x78).

The manuals give the ranges of logical numbers; instance = number / 10. A signal's logical number is ten times its byte
plus its bit: IN#(1) is 00010, OT#(9) is 10020. Which control status signals tell of the
safety circuit is from memory and not verified: 80022 safeguard, 80025 pendant's, 80026 panel's, 80027 external
emergency stop, each on while closed.
"""

from __future__ import annotations

from dataclasses import dataclass

SAFETY_INSTANCE = 8002
SAFEGUARD, PENDANT, PANEL, EXTERNAL = 1 << 2, 1 << 5, 1 << 6, 1 << 7
SAFE = SAFEGUARD | PENDANT | PANEL | EXTERNAL


GENERAL_INPUT, GENERAL_OUTPUT, NETWORK_INPUT = 1, 1001, 2701
"""Instances of the first byte of each kind; an FS100 has its network inputs from 2501 on."""
GENERAL, NETWORK = 4096, 2048
"""How many signals there are of a kind."""


def place(first: int, number: int) -> tuple[int, int]:
    """Instance and bit mask of signal ``number``, counted from 1, of the kind whose first byte is at ``first``."""
    byte, bit = divmod(number - 1, 8)
    return first + byte, 1 << bit


def logical(first: int, number: int) -> str:
    """Return the same signal as a logical number."""
    byte, bit = divmod(number - 1, 8)
    return f"{10 * (first + byte) + bit:05d}"


def emergency_stop(signals: int) -> bool:
    """Whether one of the emergency stops is pressed, from the byte at ``SAFETY_INSTANCE``."""
    return signals | SAFEGUARD != signals | SAFE


def safeguard_open(signals: int) -> bool:
    """Whether the safeguard (fence, protective stop input) is open, from the same byte."""
    return not signals & SAFEGUARD


@dataclass(frozen=True, slots=True)
class IoRange:
    """Instances of one kind of signals; only network inputs can be written."""

    what: str
    first: int
    last: int
    writable: bool = False


IO_RANGES = (
    IoRange("general input", 1, 512),
    IoRange("general output", 1001, 1512),
    IoRange("external input", 2001, 2512),
    IoRange("network input", 2701, 2956, writable=True),
    IoRange("external output", 3001, 3512),
    IoRange("network output", 3701, 3956),
    IoRange("specific input", 4001, 4256),
    IoRange("specific output", 5001, 5512),
    IoRange("interface panel input", 6001, 6064),
    IoRange("auxiliary relay", 7001, 7999),
    IoRange("control status", 8001, 8512),
    IoRange("pseudo input", 8701, 8720),
)


def io_range(instance: int) -> IoRange | None:
    """Return the kind of signals at an instance."""
    return next((one for one in IO_RANGES if one.first <= instance <= one.last), None)
