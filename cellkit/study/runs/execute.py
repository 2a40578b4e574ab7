"""Carries out the runs of a study: runs in the store are not repeated, and each new run is stored when it ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cellkit.errors import CellkitError
from cellkit.study.runs.inputs import Inputs
from cellkit.study.runs.job import Observation, StudyJob
from cellkit.study.runs.local import run_locally
from cellkit.study.runs.software import Software, software
from cellkit.study.runs.store import RunStore
from cellkit.study.runs.task import ResultCallback, ResultT, Task


def execute_runs(
    jobs: Sequence[StudyJob],
    store: RunStore | None = None,
    places: int = 1,
    dask: str | None = None,
    on_result: ResultCallback[Observation] = lambda number, observation: None,
) -> list[Observation]:
    """Return all observations in the order of ``jobs``, from ``places`` processes or the Dask cluster at ``dask``.

    ``on_result`` is called for each job once its observation is stored, first for those that were stored before. Equal
    jobs are run once. Raises ``ConfigError`` and ``DriverNotFound`` for invalid input before anything is run, and
    ``KeyboardInterrupt`` once all processes have ended; the store then holds the runs that were finished.
    """
    tasks = [CheckedJob.of(job) for job in jobs]
    numbers: dict[str, list[int]] = {}
    for number, task in enumerate(tasks):
        numbers.setdefault(task.key, []).append(number)
    observations: dict[str, Observation] = {}
    waiting: list[CheckedJob] = []

    def add(key: str, observation: Observation) -> None:
        observations[key] = observation
        for number in numbers[key]:
            on_result(number, observation)

    def ended(number: int, observation: Observation) -> None:
        task = waiting[number]
        if store is not None and observation.unfinished is None:
            store.put(task.key, task.job, observation)
        add(task.key, observation)

    for key, same in numbers.items():
        stored = None if store is None else store.get(key)
        if stored is None:
            waiting.append(tasks[same[0]])
        else:
            add(key, stored)
    if waiting:
        run_tasks(waiting, places, dask, ended)
    return [observations[task.key] for task in tasks]


def run_tasks(
    tasks: Sequence[Task[ResultT]], places: int, dask: str | None, on_result: ResultCallback[ResultT]
) -> list[ResultT]:
    """Carry out all tasks in ``places`` processes or on the Dask cluster at ``dask``; return their results in order."""
    if dask is None:
        return run_locally(tasks, places, on_result)
    from cellkit.study.runs.dask_cluster import run_on_dask

    return run_on_dask(tasks, dask, on_result)


@dataclass(frozen=True)
class CheckedJob:
    """A job whose result counts only if files and software, wherever it is run, are those of its key."""

    job: StudyJob
    key: str
    hashes: dict[str, str]
    software: Software

    @classmethod
    def of(cls, job: StudyJob) -> CheckedJob:
        """Check a job with the present files and software. Raises ``ConfigError`` and ``DriverNotFound``."""
        inputs = job.inputs()
        return cls(job, job.key(inputs), inputs.hashes, software())

    def carry_out(self) -> Observation:
        """Run the job; compare its inputs before and after the run."""
        if software() != self.software:
            return self.failed("the software is not that of the process that began the runs, or was changed since")
        try:
            inputs = self.job.inputs()
            if differing := [name for name in {**inputs.hashes, **self.hashes} if self._differs(name, inputs)]:
                return self.failed(f"files changed since the runs began: {', '.join(differing)}")
        except CellkitError as error:
            return self.failed(str(error))
        observation = self.job.carry_out()
        changed = inputs.changed()
        return self.failed(f"files changed during the run: {', '.join(changed)}") if changed else observation

    def failed(self, reason: str) -> Observation:
        """Return the observation of a run that did not end by itself."""
        return self.job.failed(reason)

    def _differs(self, name: str, inputs: Inputs) -> bool:
        return inputs.hashes.get(name) != self.hashes.get(name)
