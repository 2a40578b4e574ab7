"""The page's side of the channel, without a page."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from cellkit.scenario.config import read_scenario
from cellkit.scenario.runner import CommandPath, Run, RunOptions
from cellkit.view.channel import ChannelClosed, Inbox, packed
from cellkit.view.live import WatchedRuns
from cellkit.view.moment import Card, Moment
from cellkit.view.run_state import RunState

OnMessage = Callable[["Viewer", str, dict[str, Any]], None]


class Viewer:
    """Applies all messages to a run state; ``on_message`` is called after each message and may send."""

    def __init__(self, on_message: OnMessage = lambda viewer, kind, fields: None) -> None:
        ours, theirs = socket.socketpair()
        self.runs = WatchedRuns(ours)
        self.state = RunState()
        self.kinds: list[str] = []
        self.failed: BaseException | None = None
        self._socket, self._on_message = theirs, on_message
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def send(self, kind: str, **fields: Any) -> None:
        """Send a request, as the controls of the page do."""
        self._socket.sendall(packed(kind, fields))

    def _listen(self) -> None:
        inbox = Inbox(self._socket)
        with contextlib.suppress(ChannelClosed):
            while True:
                kind, fields, data = inbox.get()
                try:
                    self.state.take(kind, fields, data)
                    self.kinds.append(kind)
                    self._on_message(self, kind, fields)
                except BaseException as error:
                    self.failed = error
                    self._socket.shutdown(socket.SHUT_RDWR)
                    return

    def close(self) -> None:
        """Wait after the last run until all messages are received."""
        self.runs.close()
        self._thread.join(60.0)
        self._socket.close()
        assert not self._thread.is_alive()
        if self.failed is not None:
            raise self.failed


def prepared(
    name: str = "pick_and_place", world: str = "kinematic", path: CommandPath = "direct", fault: str | None = None
) -> Run:
    """Return a short run, 1000 times as fast as real time."""
    return Run(read_scenario(name), RunOptions(world=world, path=path, quantity=1, fault=fault, speed=1000.0))


def trace_without_page(name: str = "pick_and_place", world: str = "kinematic", path: CommandPath = "direct") -> str:
    """Return the trace hash of the same run without a page."""
    return Run(read_scenario(name), RunOptions(world=world, path=path, quantity=1)).execute().trace_sha256


def moment(time: float, state: str = "standing", names: tuple[str, ...] = ("robot/base", "part_1")) -> Moment:
    """Return a moment of a small cell."""
    places = np.tile(np.eye(4, dtype=np.float32)[:3], (len(names), 1, 1))
    places[:, 0, 3] = time
    return Moment(time, names, places, {"robot": Card(state=state)}, (3,), {"robot": places[0]}, {"robot": 1})


def program_file(folder: Path, text: str) -> Path:
    """Write a program and return its file."""
    file = folder / "program.py"
    file.write_text(text)
    return file
