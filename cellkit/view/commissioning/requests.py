"""The requests of a page with their arguments; others are refused before they reach the cell."""

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
"""Every request with its arguments, which are all required."""
LEASE = 10.0
"""s for which a page holds command without a renewal."""
UNLOGGED = frozenset({"jog_alive"})
"""Requests that are not logged: they come many times a second and start nothing."""
STOPS = frozenset({"stop", "jog_end", "cancel", "suspend", "release_control"})
"""Requests that are carried out even if the audit log cannot be written."""
NO_ACTIVITY = frozenset({"jog_alive", "jog_end"})
"""Requests that do not count as activity of the user."""


def problem(name: Any, arguments: Any) -> str | None:
    """Return the error of a request, or None."""
    if not isinstance(name, str) or name not in SHAPES:
        return f"unknown request {str(name)[:40]!r}"
    shape = SHAPES[name]
    if not isinstance(arguments, dict) or set(arguments) != set(shape):
        return f"{name} takes {', '.join(shape) or 'nothing'}"
    for argument, kind in shape.items():
        value = arguments[argument]
        if not isinstance(value, kind) or isinstance(value, bool):
            return f"{name}: {argument} has the wrong type"
    if name == "system" and arguments["do"] not in ("get_ready", "stand_down"):
        return "system: do must be get_ready or stand_down"
    return None
