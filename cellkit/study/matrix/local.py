"""Spreads runs over processes of this machine. A process that dies costs the run that it had, and nothing else.

Each place of work has one process, started once and used for run after run (what it imports is paid once). When one
dies, by a signal or for want of memory, its run is recorded as failed and the place gets a new process.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
from collections.abc import Callable, Iterator, Sequence
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from types import FrameType

from cellkit.study.matrix.work import Job, Outcome, carry_out, failed

Told = Callable[[int, Outcome], None]
"""Called with the number of a job and what came of it, as each ends."""

_GOING = 5.0  # s that a process may take from letting go of its line to its end


def run_locally(jobs: Sequence[Job], places: int, told: Told) -> list[Outcome]:
    """All outcomes, in the order of ``jobs``. Raises ``KeyboardInterrupt`` once all processes are ended."""
    outcomes: dict[int, Outcome] = {}
    waiting = iter(range(len(jobs)))
    workers: list[_Worker] = []
    try:
        with deaf_children():
            workers = [_Worker() for _ in range(min(places, len(jobs)))]
        for worker in workers:
            worker.take(next(waiting, None), jobs)
        while busy := [worker.line for worker in workers if worker.number is not None]:
            ready = wait(busy)
            for place, worker in enumerate(list(workers)):
                number = worker.number
                if number is None or worker.line not in ready:
                    continue
                outcome = worker.outcome()
                if outcome is None:
                    outcome = Outcome(failed(jobs[number], f"its process died ({worker.cause_of_death()})"))
                    with deaf_children():
                        workers[place] = _Worker()
                outcomes[number] = outcome
                told(number, outcome)
                workers[place].take(next(waiting, None), jobs)
    finally:
        for worker in workers:
            worker.end()
    return [outcomes[number] for number in range(len(jobs))]


class _Worker:
    """One process, and the job that it has."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.line, its_end = context.Pipe()
        self.number: int | None = None
        self._process = context.Process(target=_work, args=(its_end,), daemon=True)
        self._process.start()
        its_end.close()

    def take(self, number: int | None, jobs: Sequence[Job]) -> None:
        """Give it the job of this number, or none."""
        self.number = number
        if number is not None:
            with contextlib.suppress(OSError):  # it is dead already, which shows when its outcome is asked for
                self.line.send(jobs[number])

    def outcome(self) -> Outcome | None:
        """What came of the job; None when the process has died over it."""
        try:
            found: Outcome = self.line.recv()
        except (EOFError, OSError):
            return None
        return found

    def end(self) -> None:
        """End the process, whatever it does."""
        self.line.close()
        self._process.kill()
        self._process.join()

    def cause_of_death(self) -> str:
        """How the process has ended by itself, in words."""
        self._process.join(_GOING)
        code = self._process.exitcode
        self.end()
        if code is None or code >= 0:
            return f"exit code {code}"
        name = signal.Signals(-code).name
        return f"{name}: is there too little memory?" if name == "SIGKILL" else name


def _work(line: Connection) -> None:
    """What a process does: job after job, until the line is closed."""
    while True:
        try:
            line.send(carry_out(line.recv()))
        except (EOFError, OSError):  # the parent is gone
            return


@contextlib.contextmanager
def deaf_children() -> Iterator[None]:
    """Processes started in this block never hear of Ctrl+C, which reaches the whole process group.

    The parent alone decides what it means; here it does so once the block has ended.
    """
    heard = False

    def on_interrupt(_signal: int, _frame: FrameType | None) -> None:
        nonlocal heard
        heard = True

    resource_tracker.ensure_running()  # with the first process it would be started, and unblock the signal again
    before = signal.signal(signal.SIGINT, on_interrupt)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # children inherit it, from their first moment on
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        signal.signal(signal.SIGINT, before)
    if heard:
        raise KeyboardInterrupt
