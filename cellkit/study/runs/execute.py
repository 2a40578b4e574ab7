"""Carries out the runs of a study: those that are kept already are not run again, and each is kept as it ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cellkit.errors import CellkitError
from cellkit.study.runs.inputs import Inputs
from cellkit.study.runs.job import Observation, StudyJob
from cellkit.study.runs.local import run_locally
from cellkit.study.runs.software import Software, software
from cellkit.study.runs.store import RunStore
from cellkit.study.runs.task import Told


def execute_runs(
    jobs: Sequence[StudyJob],
    store: RunStore | None = None,
    places: int = 1,
    dask: str | None = None,
    told: Told[Observation] = lambda number, observation: None,
) -> list[Observation]:
    """All observations, in the order of ``jobs``, from ``places`` processes or the Dask cluster at ``dask``.

    ``told`` hears of each once it is kept, of those that were there first. Jobs that are the same are run once. Raises
    ``ConfigError`` and ``DriverNotFound`` for what is wrong in itself, before anything is run, and
    ``KeyboardInterrupt`` once all processes are ended; what was finished until then is in the store.
    """
    tasks = [Checked.of(job) for job in jobs]
    numbers: dict[str, list[int]] = {}
    for number, task in enumerate(tasks):
        numbers.setdefault(task.key, []).append(number)
    found: dict[str, Observation] = {}
    waiting: list[Checked] = []

    def have(key: str, observation: Observation) -> None:
        found[key] = observation
        for number in numbers[key]:
            told(number, observation)

    def ended(number: int, observation: Observation) -> None:
        task = waiting[number]
        if store is not None and observation.unfinished is None:
            store.put(task.key, task.job, observation)
        have(task.key, observation)

    for key, same in numbers.items():
        known = None if store is None else store.get(key)
        if known is None:
            waiting.append(tasks[same[0]])
        else:
            have(key, known)
    if dask is None:
        run_locally(waiting, places, ended)
    elif waiting:
        from cellkit.study.runs.dask_cluster import run_on_dask

        run_on_dask(waiting, dask, ended)
    return [found[task.key] for task in tasks]


@dataclass(frozen=True)
class Checked:
    """A job whose result is only taken when files and software, wherever it is run, are those of its key."""

    job: StudyJob
    key: str
    hashes: dict[str, str]
    software: Software

    @classmethod
    def of(cls, job: StudyJob) -> Checked:
        """As things are here and now. Raises ``ConfigError`` and ``DriverNotFound``."""
        inputs = job.inputs()
        return cls(job, job.key(inputs), inputs.hashes, software())

    def carry_out(self) -> Observation:
        """Run it between two looks at what it depends on."""
        if software() != self.software:
            return self.failed("the software is not the same as where the runs were begun, or was changed since")
        try:
            inputs = self.job.inputs()
            if differing := [name for name in {**inputs.hashes, **self.hashes} if self._differs(name, inputs)]:
                return self.failed(f"not as it was when the runs were begun: {', '.join(differing)}")
        except CellkitError as error:
            return self.failed(str(error))
        observation = self.job.carry_out()
        changed = inputs.changed()
        return self.failed(f"changed while it was run: {', '.join(changed)}") if changed else observation

    def failed(self, what: str) -> Observation:
        """What is observed of a run that came to no end of its own."""
        return self.job.failed(what)

    def _differs(self, name: str, inputs: Inputs) -> bool:
        return inputs.hashes.get(name) != self.hashes.get(name)
