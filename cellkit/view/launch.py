"""Start of the page's process; imports nothing of viser."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from dataclasses import asdict, dataclass

from cellkit.errors import ConfigError
from cellkit.view.channel import ChannelClosed, Inbox

PORT = 8808
"""Default port of the page."""
_START_TIMEOUT = 60.0  # s


@dataclass(frozen=True, slots=True)
class PageOptions:
    """The options of the page's process.

    ``port``: on the loopback address; 0: any free port. ``alive``: period of the pings to a viewer, and time (s) in
    which it must answer; else it is disconnected. ``past``: no run is controlled, as for a recording. ``framed_by``:
    origins of pages that may embed this page, separated by spaces.
    """

    port: int = PORT
    alive: float = 20.0
    past: bool = False
    framed_by: str = ""


@dataclass(frozen=True, slots=True)
class PageProcess:
    """A running page: its process, the channel to it, and its address."""

    process: subprocess.Popen[bytes]
    channel: socket.socket
    url: str


def start_page(options: PageOptions) -> PageProcess:
    """Start the page's process and wait until the page is served. Raises ``ConfigError`` where that fails."""
    if not 0 <= options.port <= 65535:
        raise ConfigError(f"--view-port {options.port}: a port is a number from 0 to 65535")
    ours, theirs = socket.socketpair()
    command = [sys.executable, "-m", "cellkit.view.process", str(theirs.fileno()), json.dumps(asdict(options))]
    with theirs:
        process = subprocess.Popen(  # noqa: S603 - this interpreter, with our own module
            command,
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # viser prints there; the standard output belongs to results
            start_new_session=True,  # Ctrl+C is for the cell; the page ends when its channel closes
            env={name: value for name, value in os.environ.items() if name != "_VISER_PORT_OVERRIDE"},
        )
    ours.settimeout(_START_TIMEOUT)
    try:
        kind, fields, _ = Inbox(ours).get()
    except ChannelClosed as error:
        kind, fields = "failed", {"why": f"its process did not start ({error})"}
    if kind != "ready":
        ours.close()
        process.wait()
        raise ConfigError(f"the page cannot be served: {fields['why']}")
    ours.settimeout(None)
    return PageProcess(process, ours, fields["url"])
