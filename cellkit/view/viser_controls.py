"""The part of viser's controls that a client of the page may set: the value, and nothing else.

viser sets every attribute that a message names, so a client could replace a control's callbacks (``update_cb``).
"""

from __future__ import annotations

from typing import Any

from viser import GuiApi

_set_all = GuiApi._handle_gui_updates


async def _set_value(self: GuiApi, client_id: Any, message: Any) -> None:
    """Set the value of a control; ignore a message that would set anything else."""
    if isinstance(message.updates, dict) and message.updates.keys() <= {"value"}:
        await _set_all(self, client_id, message)


def accept_values_only() -> None:
    """Let clients of every page of this process set values of controls only. Call it before a server is made."""
    GuiApi._handle_gui_updates = _set_value  # type: ignore[method-assign]
