"""Starts the commissioning page as a process of its own."""

from __future__ import annotations

import json
import socket
import subprocess
from dataclasses import asdict, dataclass
from typing import Any

from cellkit.supervision.frontend_process import start_frontend

PORT = 8807
"""Where the page is served unless somebody says otherwise."""


@dataclass(frozen=True, slots=True)
class CommissioningOptions:
    """``state``: folder of users and audit log. ``port`` on this machine's loopback address; 0: any that is free.

    ``view``: address of the live view that is shown inside, empty: none. ``insecure_loopback``: nobody logs in, and
    nobody does more than look. ``idle``: s after which a session that nothing is asked in ends.
    """

    state: str
    port: int = PORT
    view: str = ""
    insecure_loopback: bool = False
    idle: float = 900.0


def start_commissioning(options: CommissioningOptions) -> tuple[subprocess.Popen[bytes], socket.socket]:
    """The process, and the cell's end of the line to it."""
    return start_frontend("cellkit.view.commissioning.process", asdict(options))


def options_from(text: str) -> CommissioningOptions:
    """The options as the process finds them."""
    found: dict[str, Any] = json.loads(text)
    return CommissioningOptions(**found)
