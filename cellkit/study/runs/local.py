"""Spreads tasks over processes of this machine. A process that dies costs only the task that it had.

Each place has one process, started once and used for task after task (its imports are paid for once). If a process
dies, by a signal or for lack of memory, its task is recorded as failed and the place gets a new process.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Sequence
from multiprocessing.connection import Connection, wait
from typing import Generic

from cellkit.study.runs.processes import CONTEXT, children_ignore_end_signals, end_original, prepare_processes
from cellkit.study.runs.task import ResultCallback, ResultT, Task

_EXIT_TIME = 5.0  # s from the close of a process's connection to its end


def run_locally(tasks: Sequence[Task[ResultT]], places: int, on_result: ResultCallback[ResultT]) -> list[ResultT]:
    """Carry out all tasks and return their results in order. Raises ``KeyboardInterrupt`` after all processes ended."""
    results: dict[int, ResultT] = {}
    waiting = iter(range(len(tasks)))
    workers: list[_Worker[ResultT]] = []
    try:
        prepare_processes()
        with children_ignore_end_signals():
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
                except _ProcessDied as death:
                    result = tasks[number].failed(f"its process died ({death})")
                    if following is not None:
                        with children_ignore_end_signals():
                            workers[place] = _Worker()
                results[number] = result
                on_result(number, result)
                workers[place].take(following, tasks)
    finally:
        for worker in workers:
            worker.end()
        end_original()
    return [results[number] for number in range(len(tasks))]


class _ProcessDied(Exception):
    """The end of a process by itself; the message states its exit code or signal."""


class _Worker(Generic[ResultT]):
    """One process, and its current task."""

    def __init__(self) -> None:
        self.line, its_end = CONTEXT.Pipe()
        self.number: int | None = None
        self._process = CONTEXT.Process(target=_work, args=(its_end,), daemon=True)
        self._process.start()
        its_end.close()

    def take(self, number: int | None, tasks: Sequence[Task[ResultT]]) -> None:
        """Give the process the task of this number, or none."""
        self.number = number
        if number is not None:
            with contextlib.suppress(OSError):  # the process is dead already; ``result`` reports that
                self.line.send(tasks[number])

    def result(self) -> ResultT:
        """Return the result of the task. Raises ``_ProcessDied`` if the process died during it."""
        try:
            result: ResultT = self.line.recv()
        except (EOFError, OSError):
            raise _ProcessDied(self._cause_of_death()) from None
        return result

    def end(self) -> None:
        """End the process in any state."""
        self.line.close()
        self._process.kill()
        self._process.join()

    def _cause_of_death(self) -> str:
        self._process.join(_EXIT_TIME)
        code = self._process.exitcode
        self.end()
        if code is None or code >= 0:
            return f"exit code {code}"
        name = signal.Signals(-code).name
        return f"{name}: is there too little memory?" if name == "SIGKILL" else name


def _work(line: Connection) -> None:
    """Carry out task after task until the connection is closed. End in the middle of a task if the parent has ended."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    while True:
        try:
            task: Task[object] = line.recv()
            line.send(task.carry_out())
        except (EOFError, OSError):  # the parent has ended
            return


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)  # no process is left that takes a result
