"""Starts the gateway as a process of its own; imports nothing of asyncua."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


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
    ours, theirs = socket.socketpair()
    command = [sys.executable, "-m", "cellkit.opcua.process", str(theirs.fileno()), json.dumps(asdict(options))]
    with theirs:
        process = subprocess.Popen(  # noqa: S603 - this interpreter, with our own module
            command,
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl+C is for the cell: it stops its devices first, then ends the gateway
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
    ours.setblocking(False)
    return process, ours


def options_from(text: str) -> GatewayOptions:
    """The options as the process finds them."""
    found: dict[str, Any] = json.loads(text)
    found["history_of"] = tuple(found["history_of"])
    return GatewayOptions(**found)


def audit_file(state: Path) -> Path:
    """Where the audit log is."""
    return state / "audit.jsonl"
