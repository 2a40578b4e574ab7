"""A page's end of the line, without a page."""

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
from cellkit.view.channel import Broken, Inbox, packed
from cellkit.view.live import WatchedRuns
from cellkit.view.moment import Card, Moment
from cellkit.view.run_state import RunState

Heard = Callable[["Viewer", str, dict[str, Any]], None]


class Viewer:
    """Takes all that it is told into a story; ``heard`` is called after each message and may send."""

    def __init__(self, heard: Heard = lambda viewer, kind, told: None) -> None:
        ours, theirs = socket.socketpair()
        self.runs = WatchedRuns(ours)
        self.story = RunState()
        self.kinds: list[str] = []
        self.failed: BaseException | None = None
        self._end, self._heard = theirs, heard
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def send(self, kind: str, **told: Any) -> None:
        """What people press."""
        self._end.sendall(packed(kind, told))

    def _listen(self) -> None:
        inbox = Inbox(self._end)
        with contextlib.suppress(Broken):
            while True:
                kind, told, data = inbox.get()
                try:
                    self.story.take(kind, told, data)
                    self.kinds.append(kind)
                    self._heard(self, kind, told)
                except BaseException as error:
                    self.failed = error
                    self._end.shutdown(socket.SHUT_RDWR)
                    return

    def close(self) -> None:
        """After the last run: wait until all has been heard."""
        self.runs.close()
        self._thread.join(60.0)
        self._end.close()
        assert not self._thread.is_alive()
        if self.failed is not None:
            raise self.failed


def prepared(
    name: str = "pick_and_place", world: str = "kinematic", path: CommandPath = "direct", fault: str | None = None
) -> Run:
    """A short run at a speed at which nobody has to wait."""
    return Run(read_scenario(name), RunOptions(world=world, path=path, quantity=1, fault=fault, speed=1000.0))


def plainly(name: str = "pick_and_place", world: str = "kinematic", path: CommandPath = "direct") -> str:
    """The trace's hash of the same run with nobody looking."""
    return Run(read_scenario(name), RunOptions(world=world, path=path, quantity=1)).execute().trace_sha256


def moment(time: float, state: str = "standing", names: tuple[str, ...] = ("robot/base", "part_1")) -> Moment:
    """A moment of a small cell."""
    places = np.tile(np.eye(4, dtype=np.float32)[:3], (len(names), 1, 1))
    places[:, 0, 3] = time
    return Moment(time, names, places, {"robot": Card(state=state)}, (3,), {"robot": places[0]}, {"robot": 1})


def written(folder: Path, text: str) -> Path:
    """A file with a text."""
    file = folder / "program.py"
    file.write_text(text)
    return file
