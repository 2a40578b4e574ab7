"""Signals of the controller as variables: ``$IN``, ``$OUT``, ``$ANIN``, ``$ANOUT``; and those that RSI has.

Analogue signals are -1 to 1, which is -10 to 10 V. In an RSI context DIGIN and MAP2DIGOUT of a byte or a word count in
bytes: KUKA's own example, which this package's context follows, has index 1 and byte for ``DiL``, index 20 and word
for ``DiO`` (RSIPI, docs/controller notes: found on a machine).
"""

from __future__ import annotations

import math
import re

from cellkit.errors import ProtocolError

SIGNALS = 4096
ANALOG = 32
DIL = range(9, 17)
"""Inputs that RSI reports in ``DiL``."""
DIO = range(161, 177)
"""Outputs that RSI sets from ``DiO``, in every cycle: what else is written to them does not last."""
_VARIABLE = re.compile(r"\$(IN|OUT|ANIN|ANOUT)\[(\d{1,4})\]")


def variable(name: str) -> tuple[str, int] | None:
    """Kind and number of the signal that a variable is; None for another variable, or a number that there is not."""
    found = _VARIABLE.fullmatch(name)
    if found is None:
        return None
    number = int(found[2])
    return (found[1], number) if 1 <= number <= (ANALOG if found[1].startswith("AN") else SIGNALS) else None


def bool_text(value: bool) -> str:
    """Return a BOOL as text."""
    return "TRUE" if value else "FALSE"


def read_bool(text: str) -> bool:
    """Read a BOOL. Raises ``ProtocolError``."""
    word = text.strip().upper()
    if word not in ("TRUE", "FALSE"):
        raise ProtocolError("KUKA", f"{text!r} is no BOOL", data=text.encode())
    return word == "TRUE"


def real_text(value: float) -> str:
    """Return a REAL as text."""
    return f"{value:.6f}"


def read_real(text: str) -> float:
    """Read a REAL. Raises ``ProtocolError``."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ProtocolError("KUKA", f"{text!r} is no REAL", data=text.encode())
    return value
