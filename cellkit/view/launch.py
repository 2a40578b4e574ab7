"""Starts the page as a process of its own; imports nothing of viser."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from dataclasses import asdict, dataclass

from cellkit.errors import ConfigError
from cellkit.view.channel import Broken, Inbox

PORT = 8808
"""Where the page is served unless somebody says otherwise."""
_PATIENCE = 60.0  # s until the page must be there


@dataclass(frozen=True, slots=True)
class PageOptions:
    """``port`` on this machine's loopback address; 0: any that is free.

    ``alive``: s between two questions to a viewer whether it is still there, and s until it has to answer: else it is
    dropped. ``past``: there is no run whose clock could be moved, as in a recording. ``framed_by``: origins of pages
    that may show this one inside theirs, with spaces between them.
    """

    port: int = PORT
    alive: float = 20.0
    past: bool = False
    framed_by: str = ""


@dataclass(frozen=True, slots=True)
class PageProcess:
    """A page that is served: its process, our end of the line to it, and its address."""

    process: subprocess.Popen[bytes]
    end: socket.socket
    url: str


def start_page(options: PageOptions) -> PageProcess:
    """Start it, and wait until it is served. Raises ``ConfigError``."""
    if not 0 <= options.port <= 65535:
        raise ConfigError(f"--view-port {options.port}: a port is a number from 0 to 65535")
    ours, theirs = socket.socketpair()
    command = [sys.executable, "-m", "cellkit.view.process", str(theirs.fileno()), json.dumps(asdict(options))]
    with theirs:
        process = subprocess.Popen(  # noqa: S603 - this interpreter, with our own module
            command,
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # whatever viser has to say; results go there
            start_new_session=True,  # Ctrl+C is for the cell; the page ends with the line
            env={name: value for name, value in os.environ.items() if name != "_VISER_PORT_OVERRIDE"},
        )
    ours.settimeout(_PATIENCE)
    try:
        kind, told, _ = Inbox(ours).get()
    except Broken as error:
        kind, told = "failed", {"why": f"the page did not come up ({error})"}
    if kind != "ready":
        ours.close()
        process.wait()
        raise ConfigError(f"the page cannot be served: {told['why']}")
    ours.settimeout(None)
    return PageProcess(process, ours, told["url"])
