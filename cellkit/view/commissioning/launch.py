"""Start of the commissioning page's process."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from cellkit.supervision.frontend_process import Frontend, start_frontend

PORT = 8807
"""Default port of the page."""


@dataclass(frozen=True, slots=True)
class CommissioningOptions:
    """The options of the commissioning page. ``state``: folder of users and audit log.

    ``port``: on the loopback address; 0: any free port. ``view``: address of the embedded live view; empty: none.
    ``insecure_loopback``: there is no log-in, and pages can only show the cell. ``idle``: s without a request after
    which a session ends.
    """

    state: str
    port: int = PORT
    view: str = ""
    insecure_loopback: bool = False
    idle: float = 900.0


def start_commissioning(options: CommissioningOptions) -> Frontend:
    """Start the page."""
    return start_frontend("cellkit.view.commissioning.process", asdict(options))


def options_from(text: str) -> CommissioningOptions:
    """Return the options from the process's argument."""
    fields: dict[str, Any] = json.loads(text)
    return CommissioningOptions(**fields)
