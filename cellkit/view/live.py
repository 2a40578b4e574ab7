"""Runs with a page. The controls of the page act on the clock of the simulation, and on nothing else."""

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
from cellkit.view.channel import ChannelClosed, Inbox, Outbox, packed
from cellkit.view.launch import PageOptions, start_page
from cellkit.view.page_feed import PERIOD, PageFeed

_END_TIMEOUT = 5.0  # s in which the page's process must end by itself


class WatchedRuns:
    """Runs, one after the other, that are shown on a page and controlled from it over a channel."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._outbox = Outbox(end)
        self._lock = threading.Lock()
        self._restarts: queue.SimpleQueue[int | None] = queue.SimpleQueue()
        self._seed: int | None = None
        self._speed = 1.0
        self._pace: Pace | None = None
        self._to_next_event = False
        self._running: tuple[asyncio.AbstractEventLoop, asyncio.Task[Any]] | None = None
        self.feed: PageFeed | None = None
        threading.Thread(target=self._listen, name="view", daemon=True).start()

    def execute(self, run: Run) -> RunRecord | None:
        """Execute a run with the page as its observer. None: the page asked for a restart, see ``again``.

        The run begins at the speed of its options, at real time for ``max``, so that viewers can follow. Raises the
        errors of ``Run.execute``.
        """
        steered = run.options.path != "live"
        run.reconnects = not steered
        if steered:
            self._speed = 1.0 if run.options.speed == "max" else run.options.speed
            self._pace = run.pace = Pace()
        feed = self.feed = PageFeed(
            self._outbox, run.scenario.file.title or run.scenario.file.name, _subtitle(run), run.program_file, steered
        )
        feed.seed = run.seed
        feed.on_begin, feed.on_event = self._begin, self._event
        self._seed = None
        run.observers.append(feed)
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
            run.observers.remove(feed)

    def again(self) -> int | None:
        """Wait until the page asks for a restart, and return the seed. None: the page is closed."""
        seed, self._seed = self._seed, None
        return self._restarts.get() if seed is None else seed

    def close(self) -> None:
        """Close the channel, which ends the page."""
        self._outbox.close()

    # --- from the run -----------------------------------------------------------------------------------------

    def _begin(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        with self._lock:
            self._running = asyncio.get_running_loop(), task
            if self._pace is not None:
                self._pace.set_speed(self._speed)  # connecting the devices is not slowed down
        self._send_clock()

    def _event(self, record: Mapping[str, Any]) -> None:
        if self._to_next_event and record["what"] != "header" and self._pace is not None:
            with self._lock:  # the page learns that the run went on before it learns that the run has paused
                self._to_next_event = False
                self._pace.pause()
                self._send_clock()

    # --- from the page ----------------------------------------------------------------------------------------

    def _listen(self) -> None:
        inbox = Inbox(self._end)
        try:
            while True:
                kind, fields, _ = inbox.get()
                with self._lock:
                    self._do(kind, fields)
        except ChannelClosed:
            self._outbox.broken = True
            if self._pace is not None:
                self._pace.play()  # no viewer is left to resume a paused run
            self._restarts.put(None)

    def _do(self, kind: str, fields: dict[str, Any]) -> None:
        pace = self._pace
        if kind == "reset":
            self._reset(int(fields["seed"]))
        elif pace is not None:
            self._to_next_event = kind == "next"
            if kind == "pause":
                pace.pause()
            elif kind in ("play", "next"):
                pace.play()
            elif kind == "step":
                pace.step(PERIOD)
            elif kind == "speed":
                pace.set_speed(fields["speed"])
            self._send_clock()

    def _reset(self, seed: int) -> None:
        if self._running is None:
            self._restarts.put(seed)
            return
        if self._pace is None:
            return  # a run on the live path is not restarted from the page
        self._seed = seed
        self._pace.free()
        loop, task = self._running
        loop.call_soon_threadsafe(task.cancel)

    def _send_clock(self) -> None:
        if self._pace is not None:
            state = self._pace.state
            self._outbox.put(packed("clock", {"paused": state.paused, "speed": state.speed}))


class LiveView(WatchedRuns):
    """Runs with a page in a process of its own. Raises ``ConfigError`` where the page cannot be served."""

    def __init__(self, options: PageOptions | None = None) -> None:
        page = start_page(options or PageOptions())
        self.url, self._process = page.url, page.process
        super().__init__(page.channel)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def close(self) -> None:
        """End the page's process."""
        super().close()
        try:
            self._process.wait(_END_TIMEOUT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _subtitle(run: Run) -> str:
    arms = " + ".join(model.name for model in run.plan.arms.values())
    grippers = " + ".join(model.name for model in run.plan.grippers.values())
    path = "on live devices" if run.live else f"{run.world} world, {run.options.path} path"
    return f"{arms}{f' with {grippers}' if grippers else ''}; {path}"
