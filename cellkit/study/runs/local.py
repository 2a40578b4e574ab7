"""Spreads tasks over processes of this machine. A process that dies costs the task that it had, and nothing else.

Each place of work has one process, started once and used for task after task (what it imports is paid once). When one
dies, by a signal or for want of memory, its task is recorded as failed and the place gets a new process.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
from collections.abc import Iterator, Sequence
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from types import FrameType
from typing import Generic

from cellkit.study.runs.task import ResultT, Task, Told

_GOING = 5.0  # s that a process may take from letting go of its line to its end


def run_locally(tasks: Sequence[Task[ResultT]], places: int, told: Told[ResultT]) -> list[ResultT]:
    """All results, in the order of ``tasks``. Raises ``KeyboardInterrupt`` once all processes are ended."""
    results: dict[int, ResultT] = {}
    waiting = iter(range(len(tasks)))
    workers: list[_Worker[ResultT]] = []
    try:
        with deaf_children():
            workers = [_Worker() for _ in range(min(places, len(tasks)))]
        for worker in workers:
            worker.take(next(waiting, None), tasks)
        while busy := [worker.line for worker in workers if worker.number is not None]:
            ready = wait(busy)
            for place, worker in enumerate(list(workers)):
                number = worker.number
                if number is None or worker.line not in ready:
                    continue
                following = next(waiting, None)
                try:
                    result = worker.result()
                except _Died as death:
                    result = tasks[number].failed(f"its process died ({death})")
                    if following is not None:
                        with deaf_children():
                            workers[place] = _Worker()
                results[number] = result
                told(number, result)
                workers[place].take(following, tasks)
    finally:
        for worker in workers:
            worker.end()
    return [results[number] for number in range(len(tasks))]


class _Died(Exception):
    """How a process has ended by itself, in words."""


class _Worker(Generic[ResultT]):
    """One process, and the task that it has."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.line, its_end = context.Pipe()
        self.number: int | None = None
        self._process = context.Process(target=_work, args=(its_end,), daemon=True)
        self._process.start()
        its_end.close()

    def take(self, number: int | None, tasks: Sequence[Task[ResultT]]) -> None:
        """Give it the task of this number, or none."""
        self.number = number
        if number is not None:
            with contextlib.suppress(OSError):  # it is dead already, which shows when its result is asked for
                self.line.send(tasks[number])

    def result(self) -> ResultT:
        """What came of the task. Raises ``_Died`` when the process has died over it."""
        try:
            found: ResultT = self.line.recv()
        except (EOFError, OSError):
            raise _Died(self._cause_of_death()) from None
        return found

    def end(self) -> None:
        """End the process, whatever it does."""
        self.line.close()
        self._process.kill()
        self._process.join()

    def _cause_of_death(self) -> str:
        self._process.join(_GOING)
        code = self._process.exitcode
        self.end()
        if code is None or code >= 0:
            return f"exit code {code}"
        name = signal.Signals(-code).name
        return f"{name}: is there too little memory?" if name == "SIGKILL" else name


def _work(line: Connection) -> None:
    """What a process does: task after task, until the line is closed."""
    while True:
        try:
            task: Task[object] = line.recv()
            line.send(task.carry_out())
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
