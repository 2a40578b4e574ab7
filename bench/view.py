"""Live view: the period of a control loop at real time, with three viewers and without, in turns in one run.

The loop is a beat of 8 ms on the loop of a paced physics run, measured by the wall clock when it is called. The viewers
run in a process of their own that reads everything the page sends.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from cellkit.cell.build import BuiltCell
from cellkit.scenario.config import read_scenario
from cellkit.scenario.observers import Snapshot
from cellkit.scenario.record import RunRecord
from cellkit.scenario.runner import Run, RunOptions
from cellkit.timing import Periodic
from cellkit.view.launch import PageOptions
from cellkit.view.live import LiveView

PERIOD = 0.008  # s
TURN = 4.0  # s of wall time
VIEWERS = 3


class _Beat:
    """A ``RunObserver`` that only beats."""

    period = 1000.0

    def __init__(self) -> None:
        self.times: list[float] = []

    def begin(self, _built: BuiltCell) -> None:
        self._beat = Periodic(PERIOD, lambda: self.times.append(time.perf_counter()))

    def look(self, _snapshot: Snapshot) -> None:
        pass

    def event(self, _record: Mapping[str, Any]) -> None:
        pass

    def end(self, _record: RunRecord | None) -> None:
        self._beat.close()


def measure(parts: int = 10) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any], int]:
    """Return the periods (s) without and with viewers, and how many snapshots the page skipped."""
    turns: list[tuple[float, bool]] = []
    over = threading.Event()
    beat = _Beat()
    with LiveView(PageOptions(port=0)) as view:
        command = [sys.executable, "-m", "bench.view", view.url]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as viewers:
            assert viewers.stdin is not None
            assert viewers.stdout is not None
            viewers.stdout.readline()

            def take_turns() -> None:
                looking = False
                while not over.wait(TURN):
                    looking = not looking
                    turns.append((time.perf_counter(), looking))
                    viewers.stdin.write("look\n" if looking else "away\n")  # type: ignore[union-attr]
                    viewers.stdin.flush()  # type: ignore[union-attr]

            run = Run(read_scenario("pick_and_place"), RunOptions(quantity=parts, speed=1.0))
            run.observers.append(beat)
            thread = threading.Thread(target=take_turns)
            thread.start()
            record = view.execute(run)
            over.set()
            thread.join()
            viewers.stdin.close()
        assert record is not None
        assert record.success
        assert view.feed is not None
        skipped = view.feed.skipped
    times = np.array(beat.times)
    starts, flags = np.array([when for when, _ in turns]), np.array([looking for _, looking in turns])
    turn = np.searchsorted(starts, times[1:]) - 1
    seen = np.where(turn >= 0, flags[turn], False)
    periods = np.diff(times)
    return periods[~seen], periods[seen], skipped


def rows() -> list[tuple[str, str, str, str]]:
    """Return what was measured, the figure, its target, and the details."""
    alone, seen, skipped = measure()
    told = "; ".join(
        f"{name}: p50 {np.percentile(one, 50) * 1e3:.2f}, p95 {np.percentile(one, 95) * 1e3:.2f}, "
        f"p99 {np.percentile(one, 99) * 1e3:.2f} ms of {len(one)}"
        for name, one in (("alone", alone), ("three viewers", seen))
    )
    ratio = np.percentile(seen, 95) / np.percentile(alone, 95)
    what = f"period of a beat of {PERIOD * 1e3:.0f} ms at real time, p95 with three viewers ÷ with none"
    return [(what, f"{ratio:.2f}", "≤ 1.1", f"{told}; {skipped} moments skipped")]


def _viewers(url: str) -> None:
    """Connect and read on the command "look", disconnect on "away"."""
    from viser import __version__
    from websockets.exceptions import ConnectionClosed
    from websockets.sync.client import ClientConnection, connect
    from websockets.typing import Origin, Subprotocol

    def read(line: ClientConnection) -> None:
        try:
            while True:
                line.recv()
        except ConnectionClosed:
            pass

    print("ready", flush=True)
    lines: list[ClientConnection] = []
    for word in sys.stdin:
        for one in lines:
            one.close()
        lines.clear()
        for _ in range(VIEWERS if word.strip() == "look" else 0):
            way = url.replace("http", "ws", 1)
            protocol = Subprotocol(f"viser-v{__version__}")
            lines.append(connect(way, origin=Origin(url), subprotocols=[protocol], max_size=None))
            threading.Thread(target=read, args=(lines[-1],), daemon=True).start()
    for one in lines:
        one.close()


if __name__ == "__main__":
    _viewers(sys.argv[1])
