"""Starts the gateway as a process of its own; imports nothing of asyncua."""

from __future__ import annotations

import json
import socket
import subprocess
from dataclasses import asdict, dataclass
from typing import Any

from cellkit.supervision.frontend_process import start_frontend


@dataclass(frozen=True, slots=True)
class GatewayOptions:
    """What the gateway is told on its start; paths as texts. ``state``: folder of keys, users and audit log."""

    name: str
    state: str
    host: str = "127.0.0.1"
    port: int = 4840
    insecure_loopback: bool = False
    nodesets: str | None = None
    history: str | None = None
    history_of: tuple[str, ...] = ()


def start_gateway(options: GatewayOptions) -> tuple[subprocess.Popen[bytes], socket.socket]:
    """The process, and the cell's end of the line to it."""
    return start_frontend("cellkit.opcua.process", asdict(options))


def options_from(text: str) -> GatewayOptions:
    """The options as the process finds them."""
    found: dict[str, Any] = json.loads(text)
    found["history_of"] = tuple(found["history_of"])
    return GatewayOptions(**found)
