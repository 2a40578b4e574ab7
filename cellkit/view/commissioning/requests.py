"""What a page may ask of the cell, and of which shape; everything else is refused before it goes to the cell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_NUMBER = (int, float)
SHAPES: Mapping[str, Mapping[str, type | tuple[type, ...]]] = {
    "stop": {"device": str},
    "jog": {"device": str, "axis": str, "direction": int, "frame": str, "speed": _NUMBER, "step": _NUMBER},
    "jog_alive": {"job": str},
    "jog_end": {"job": str},
    "command": {"device": str, "command": str, "arguments": list},
    "system": {"device": str, "do": str},
    "run_program": {"name": str},
    "suspend": {"job": str},
    "resume": {"job": str},
    "cancel": {"job": str},
    "acknowledge": {"alarm": str},
    "request_control": {},
    "release_control": {},
    "break_control": {},
}
"""Each request with its arguments; all are needed."""
LEASE = 10.0
"""s for which a page holds command, unless it gives a sign of life."""
UNLOGGED = frozenset({"jog_alive"})
"""Requests that come many times a second and begin nothing."""
STOPS = frozenset({"stop", "jog_end", "cancel", "suspend", "release_control"})
"""Requests that are carried out even where the log cannot be written."""
UNTOUCHING = frozenset({"jog_alive", "jog_end"})
"""Requests that are no news of whoever sits there."""


def problem(name: Any, arguments: Any) -> str | None:
    """Why a request is none, or None."""
    if not isinstance(name, str) or name not in SHAPES:
        return "the page has no such request"
    shape = SHAPES[name]
    if not isinstance(arguments, dict) or set(arguments) != set(shape):
        return f"{name} takes {', '.join(shape) or 'nothing'}"
    for argument, kind in shape.items():
        value = arguments[argument]
        if not isinstance(value, kind) or isinstance(value, bool):
            return f"{name}: {argument} is of the wrong kind"
    if name == "system" and arguments["do"] not in ("get_ready", "stand_down"):
        return "system: get_ready or stand_down"
    return None
