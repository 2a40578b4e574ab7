"""A run with a page: what people press there moves the clock of the simulation, and nothing else."""

from __future__ import annotations

import asyncio
import queue
import socket
import subprocess
import threading
from collections.abc import Mapping
from typing import Any, Self

from cellkit.scenario.record import RunRecord
from cellkit.scenario.runner import Run
from cellkit.timing import Pace
from cellkit.view.channel import Broken, Inbox, Outbox, packed
from cellkit.view.launch import PageOptions, start_page
from cellkit.view.watcher import PERIOD, ViewWatcher

_ENDING = 5.0  # s that the page has to end by itself


class WatchedRuns:
    """One run after the other, told over a line to a page, which in turn tells what people want."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._outbox = Outbox(end)
        self._lock = threading.Lock()
        self._wanted: queue.SimpleQueue[int | None] = queue.SimpleQueue()
        self._seed: int | None = None
        self._speed = 1.0
        self._pace: Pace | None = None
        self._to_next_event = False
        self._running: tuple[asyncio.AbstractEventLoop, asyncio.Task[Any]] | None = None
        self.watcher: ViewWatcher | None = None
        threading.Thread(target=self._listen, name="view", daemon=True).start()

    def execute(self, run: Run) -> RunRecord | None:
        """Run to the end, watched. None: people wanted to see it again from the start, see ``again``.

        The options' speed is that of the beginning, real time instead of ``max``: people are to follow. Raises what
        ``Run.execute`` raises.
        """
        steered = run.options.path != "live"
        if steered:
            self._speed = 1.0 if run.options.speed == "max" else run.options.speed
            self._pace = run.pace = Pace()
        watcher = self.watcher = ViewWatcher(
            self._outbox, run.scenario.file.title or run.scenario.file.name, _subtitle(run), run.program_file, steered
        )
        watcher.seed = run.seed
        watcher.on_begin, watcher.on_event = self._begun, self._happened
        self._seed = None
        run.observers.append(watcher)
        try:
            return run.execute()
        except asyncio.CancelledError:
            if self._seed is None:
                raise
            return None
        finally:
            with self._lock:
                self._running = None
                self._pace = None
            run.observers.remove(watcher)

    def again(self) -> int | None:
        """Wait until people want to see a run again: its seed. None: the page is gone."""
        seed, self._seed = self._seed, None
        return self._wanted.get() if seed is None else seed

    def close(self) -> None:
        """End the line, and with it the page."""
        self._outbox.close()

    # --- from the run -----------------------------------------------------------------------------------------

    def _begun(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        with self._lock:
            self._running = asyncio.get_running_loop(), task
            if self._pace is not None:
                self._pace.set_speed(self._speed)  # until here devices were connected, which nobody wants to wait for
        self._tell_clock()

    def _happened(self, record: Mapping[str, Any]) -> None:
        if self._to_next_event and record["what"] != "header" and self._pace is not None:
            self._to_next_event = False
            self._pace.pause()
            self._tell_clock()

    # --- from the page ----------------------------------------------------------------------------------------

    def _listen(self) -> None:
        inbox = Inbox(self._end)
        try:
            while True:
                kind, told, _ = inbox.get()
                with self._lock:
                    self._do(kind, told)
        except Broken:
            self._outbox.broken = True
            if self._pace is not None:
                self._pace.play()  # nobody is there any more who could
            self._wanted.put(None)

    def _do(self, kind: str, told: dict[str, Any]) -> None:
        pace = self._pace
        if kind == "reset":
            self._reset(int(told["seed"]))
        elif pace is not None:
            self._to_next_event = kind == "next"
            if kind == "pause":
                pace.pause()
            elif kind in ("play", "next"):
                pace.play()
            elif kind == "step":
                pace.step(PERIOD)
            elif kind == "speed":
                pace.set_speed(told["speed"])
            self._tell_clock()

    def _reset(self, seed: int) -> None:
        if self._running is None:
            self._wanted.put(seed)
            return
        if self._pace is None:
            return  # what is really there is not begun again by a button
        self._seed = seed
        self._pace.free()
        loop, task = self._running
        loop.call_soon_threadsafe(task.cancel)

    def _tell_clock(self) -> None:
        if self._pace is not None:
            state = self._pace.state
            self._outbox.put(packed("clock", {"paused": state.paused, "speed": state.speed}))


class LiveView(WatchedRuns):
    """Runs with their page, in a process of its own. Raises ``ConfigError`` where it cannot be served."""

    def __init__(self, options: PageOptions | None = None) -> None:
        page = start_page(options or PageOptions())
        self.url, self._process = page.url, page.process
        super().__init__(page.end)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def close(self) -> None:
        """End the page."""
        super().close()
        try:
            self._process.wait(_ENDING)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _subtitle(run: Run) -> str:
    arms = " + ".join(model.name for model in run.plan.arms.values())
    hands = " + ".join(model.name for model in run.plan.grippers.values())
    way = "on devices that are really there" if run.live else f"{run.world} world, {run.options.path} path"
    return f"{arms}{f' with {hands}' if hands else ''}; {way}"
