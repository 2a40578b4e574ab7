"""Carries out runs and checks: on this machine by default, or by another runner of the caller."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Protocol

from typing_extensions import override

from cellkit.study.runs.local import run_locally
from cellkit.study.runs.task import ResultT, Task


class Runner(Protocol):
    """Carries out tasks."""

    def __call__(self, tasks: Sequence[Task[ResultT]], /) -> Sequence[ResultT]:
        """Carry out all tasks and return their results in the same order."""


class LocalRuns(Runner):
    """Carries out tasks in processes of this machine: ``places`` of them, by default one for each processor.

    ``on_progress`` is called with the number of finished tasks and the number of all tasks so far.
    """

    def __init__(
        self, places: int | None = None, on_progress: Callable[[int, int], None] = lambda done, total: None
    ) -> None:
        self._places = places or len(os.sched_getaffinity(0))
        self._on_progress, self._done, self._total = on_progress, 0, 0

    @override
    def __call__(self, tasks: Sequence[Task[ResultT]], /) -> Sequence[ResultT]:
        self._total += len(tasks)
        return run_locally(tasks, self._places, lambda number, result: self._count())

    def _count(self) -> None:
        self._done += 1
        self._on_progress(self._done, self._total)
