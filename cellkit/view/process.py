"""The page's process: ``python -m cellkit.view.process FD OPTIONS``; ``cellkit run --view`` starts it."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sys
import threading
from collections.abc import Callable
from typing import Any

from cellkit.view.channel import ChannelClosed, Inbox, packed
from cellkit.view.guard import LOOPBACK, install
from cellkit.view.launch import PageOptions
from cellkit.view.run_state import RunState

_NICE = 5  # the run has priority over its page


def free_port(port: int) -> int:
    """Return the port, or a free one for 0. Raises ``OSError`` for a port that is in use."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((LOOPBACK, port))
        free: int = probe.getsockname()[1]
        return free


def main(arguments: list[str]) -> None:
    """Serve the page until the channel closes."""
    end = socket.socket(fileno=int(arguments[0]))
    options = PageOptions(**json.loads(arguments[1]))
    with contextlib.suppress(OSError):
        os.nice(_NICE)
    try:
        port = free_port(options.port)
    except OSError as error:
        end.sendall(packed("failed", {"why": f"port {options.port} cannot be used: {error.strerror}"}))
        return
    install(options.alive, options.framed_by)
    from cellkit.view.page import Page, Server

    server = Server(LOOPBACK, port, verbose=False)
    lock = threading.Lock()

    def send(kind: str, fields: dict[str, Any]) -> None:
        with lock, contextlib.suppress(OSError):
            end.sendall(packed(kind, fields))

    state = RunState()
    page = Page(server, state, None if options.past else send)
    send("ready", {"url": f"http://{LOOPBACK}:{server.get_port()}"})
    threading.Thread(target=_listen, args=(Inbox(end), state, page.close), daemon=True).start()
    page.run()
    server.stop()


def _listen(inbox: Inbox, state: RunState, on_end: Callable[[], None]) -> None:
    try:
        while True:
            state.take(*inbox.get())
    except ChannelClosed:
        pass
    finally:
        on_end()


if __name__ == "__main__":
    main(sys.argv[1:])
