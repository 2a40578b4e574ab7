"""Where the runs and checks are carried out: here by default, or wherever the caller has them done."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Protocol

from typing_extensions import override

from cellkit.study.runs.local import run_locally
from cellkit.study.runs.task import ResultT, Task


class Runner(Protocol):
    """Carries out tasks, somewhere, and gives their results in the same order."""

    def __call__(self, tasks: Sequence[Task[ResultT]], /) -> Sequence[ResultT]:
        """All results."""


class LocalRuns(Runner):
    """Processes of this machine, one a processor unless ``places`` says otherwise.

    ``told`` hears how many tasks are done, of how many that there are so far.
    """

    def __init__(self, places: int | None = None, told: Callable[[int, int], None] = lambda done, all_: None) -> None:
        self._places = places or len(os.sched_getaffinity(0))
        self._told, self._done, self._all = told, 0, 0

    @override
    def __call__(self, tasks: Sequence[Task[ResultT]], /) -> Sequence[ResultT]:
        self._all += len(tasks)
        return run_locally(tasks, self._places, lambda number, result: self._count())

    def _count(self) -> None:
        self._done += 1
        self._told(self._done, self._all)
