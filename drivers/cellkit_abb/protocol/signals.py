"""I/O signals of ABB's controllers: the signal and the value of an item in an answer or event."""

from __future__ import annotations

import math

from cellkit.errors import ProtocolError
from cellkit_abb.protocol.rws import Item

SIGNALS = "/rw/iosystem/signals/"
LOGICAL = (0.0, 10.0)
"""Logical values at the ends of an analogue signal's range, where its configuration states no others: volts."""
_EVENT = "ios-signalstate-ev"
_SUFFIX = ";state"


def read_event(item: Item) -> tuple[str, float] | None:
    """Return path and value of the signal that an event reports; None when it reports another resource.

    Raises ``ProtocolError``.
    """
    if item.kind != _EVENT:
        return None
    path = item.link.partition(SIGNALS)[2] or item.title
    return path.removesuffix(_SUFFIX), logical_value(item)


def logical_value(item: Item) -> float:
    """Return the logical value of a signal. Raises ``ProtocolError``."""
    text = item.fields.get("lvalue", "")
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ProtocolError("RWS", f"signal {item.title} has the value {text!r}", data=repr(item).encode())
    return value


def logical_text(value: float) -> str:
    """Return a logical value as a client writes it."""
    return f"{value:.9g}"
