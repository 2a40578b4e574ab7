"""The page's process: ``python -m cellkit.view.process FD OPTIONS``; ``cellkit run --view`` starts it."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sys
import threading
from typing import Any

from cellkit.view.channel import Broken, Inbox, packed
from cellkit.view.guard import LOOPBACK, install
from cellkit.view.launch import PageOptions
from cellkit.view.run_state import RunState

_NICE = 5  # a run comes before whoever watches it


def free_port(port: int) -> int:
    """The port, or one that is free for 0. Raises ``OSError`` where somebody else has it."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((LOOPBACK, port))
        found: int = probe.getsockname()[1]
        return found


def main(arguments: list[str]) -> None:
    """Serve the page until the line ends."""
    end = socket.socket(fileno=int(arguments[0]))
    options = PageOptions(**json.loads(arguments[1]))
    with contextlib.suppress(OSError):
        os.nice(_NICE)
    try:
        port = free_port(options.port)
    except OSError as error:
        end.sendall(packed("failed", {"why": f"port {options.port} cannot be had: {error.strerror}"}))
        return
    install(options.alive, options.framed_by)
    from cellkit.view.page import Page, Server

    server = Server(LOOPBACK, port, verbose=False)
    lock = threading.Lock()

    def send(kind: str, told: dict[str, Any]) -> None:
        with lock, contextlib.suppress(OSError):
            end.sendall(packed(kind, told))

    story = RunState()
    page = Page(server, story, None if options.past else send)
    send("ready", {"url": f"http://{LOOPBACK}:{server.get_port()}"})
    threading.Thread(target=_listen, args=(Inbox(end), story, page.close), daemon=True).start()
    page.run()
    server.stop()


def _listen(inbox: Inbox, story: RunState, over: Any) -> None:
    try:
        while True:
            story.take(*inbox.get())
    except Broken:
        pass
    finally:
        over()


if __name__ == "__main__":
    main(sys.argv[1:])
