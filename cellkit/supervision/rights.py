"""Which role may ask a cell for what: every request of the desk, for faces that let people in."""

from __future__ import annotations

from collections.abc import Mapping

from cellkit.access.caller import Role

ROLE_FOR: Mapping[str, Role] = {
    "stop": Role.OBSERVER,  # whoever was let in and sees that something goes wrong
    **dict.fromkeys(
        (
            "acknowledge",
            "cancel",
            "command",
            "jog",
            "jog_alive",
            "jog_end",
            "line",
            "new_order",
            "release_control",
            "renew_control",
            "request_control",
            "resume",
            "run_program",
            "suspend",
            "system",
            "task",
            "unit_mode",
        ),
        Role.OPERATOR,
    ),
    "break_control": Role.ADMIN,
}
