"""The start of the gateway as a separate process; does not import asyncua."""

from __future__ import annotations

import json
import socket
import subprocess
from dataclasses import asdict, dataclass
from typing import Any

from cellkit.supervision.frontend_process import start_frontend


@dataclass(frozen=True, slots=True)
class GatewayOptions:
    """The options of the gateway's process; paths as texts. ``state``: the folder of keys, users and audit log."""

    name: str
    state: str
    host: str = "127.0.0.1"
    port: int = 4840
    insecure_loopback: bool = False
    nodesets: str | None = None
    history: str | None = None
    history_of: tuple[str, ...] = ()


def start_gateway(options: GatewayOptions) -> tuple[subprocess.Popen[bytes], socket.socket]:
    """Start the process; return it and the cell's end of the line to it."""
    return start_frontend("cellkit.opcua.process", asdict(options))


def options_from(text: str) -> GatewayOptions:
    """Read the options from the JSON on the process's command line."""
    options: dict[str, Any] = json.loads(text)
    options["history_of"] = tuple(options["history_of"])
    return GatewayOptions(**options)
