"""Terminals of the control box and the tool in RTDE's numbering: digital terminals are bits of a number.

0 to 7 are the standard terminals, 8 to 15 the configurable ones, 16 and 17 those at the tool.
"""

from __future__ import annotations

DIGITAL = range(18)
ANALOG = range(2)
GROUPS = (("standard", range(8)), ("configurable", range(8, 16)), ("tool", range(16, 18)))
VOLTS, LEAST, SPAN = 10.0, 0.004, 0.016
"""Ranges of an analog terminal: 0 to 10 V, or 4 to 20 mA (in A: the least value, and the span to the greatest)."""


def analog_value(share: float, voltage: bool) -> float:
    """Return V or A at a share (0 to 1) of the range."""
    return VOLTS * share if voltage else LEAST + SPAN * share


def analog_share(value: float, voltage: bool) -> float:
    """Return the share of the range at V or A."""
    return value / VOLTS if voltage else (value - LEAST) / SPAN


def output_masks(terminal: int, value: bool) -> list[int]:
    """Return mask and value of the standard, configurable and tool outputs that set one terminal."""
    numbers: list[int] = []
    for _, terminals in GROUPS:
        mask = 1 << (terminal - terminals.start) if terminal in terminals else 0
        numbers += [mask, mask if value else 0]
    return numbers
