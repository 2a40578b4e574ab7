"""The role that each request to a cell needs, for servers with users."""

from __future__ import annotations

from collections.abc import Mapping

from cellkit.access.caller import Role

ROLE_FOR: Mapping[str, Role] = {
    "stop": Role.OBSERVER,  # any authenticated user may stop the cell
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
