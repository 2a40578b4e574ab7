"""Starts a front end of the cell in a process of its own, so that the cell's loop never waits for a client."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Frontend:
    """A front end's process, and the cell's end of the line to it (see ``CellLink``)."""

    process: subprocess.Popen[bytes]
    end: socket.socket


def start_frontend(module: str, options: Mapping[str, Any]) -> Frontend:
    """Run ``python -m MODULE FD OPTIONS``."""
    ours, theirs = socket.socketpair()
    command = [sys.executable, "-m", module, str(theirs.fileno()), json.dumps(options)]
    with theirs:
        process = subprocess.Popen(  # noqa: S603 - this interpreter, with a module of ours
            command,
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl+C is for the cell: it stops its devices first, then ends the front ends
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
    ours.setblocking(False)
    return Frontend(process, ours)
