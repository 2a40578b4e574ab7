"""One run of the matrix, as work for a process: what to run, and what comes back, whatever happens there."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cellkit.errors import CellkitError, ConfigError
from cellkit.scenario.config import Scenario, read_scenario
from cellkit.scenario.record import CycleTime, Failure, RunRecord
from cellkit.scenario.runner import CommandPath, Run, RunOptions
from cellkit.study.matrix.programs import ProgramText


@dataclass(frozen=True)
class Entry:
    """One row of the matrix: a scenario on an arm (or several, in the order of their roles) by a path.

    ``scenario`` is a shipped name or an absolute path, ``arm`` what ``RunOptions`` takes; ``arms`` and ``gripper`` are
    the models' ids, ``makers`` those of the arms.
    """

    scenario: str
    name: str
    arm: str
    arms: tuple[str, ...]
    makers: tuple[str, ...]
    gripper: str | None
    path: CommandPath

    @property
    def label(self) -> str:
        """The arms as one word: ``ur5e`` or ``ur5e+fr3``."""
        return "+".join(self.arms)


@dataclass(frozen=True)
class Job:
    """One run: an entry with a seed."""

    entry: Entry
    gripper: str | None
    world: str
    seed: int
    quantity: int | None

    def options(self) -> RunOptions:
        """What the runner takes."""
        return RunOptions(
            arm=self.entry.arm,
            gripper=self.gripper,
            world=self.world,
            path=self.entry.path,
            seed=self.seed,
            quantity=self.quantity,
        )


@dataclass(frozen=True)
class Outcome:
    """What came back. ``impossible``: the cell could not even be built. ``program`` is null when nothing was run."""

    record: RunRecord
    program: ProgramText | None = None
    impossible: str | None = None


def carry_out(job: Job) -> Outcome:
    """Run it in this process; whatever goes wrong with it becomes the record of a failed run."""
    try:
        scenario = read_scenario(job.entry.scenario)
        with imports_of(scenario):
            run = Run(scenario, job.options())
            program = ProgramText.loaded_from(scenario.program_file)
            try:
                return Outcome(run.execute(), program)
            except ConfigError as error:  # the runner raises it only before anything has moved
                return Outcome(failed(job, str(error)), impossible=error.message)
    except CellkitError as error:
        return Outcome(failed(job, str(error)))
    except Exception as error:  # a mistake in this software, or a machine short of something: this run's alone
        return Outcome(failed(job, f"{type(error).__name__}: {error}".removesuffix(": ")))


def failed(job: Job, what: str, where: str = "process") -> RunRecord:
    """The record of a run that came to no end of its own."""
    return RunRecord(
        scenario=job.entry.name,
        arm=job.entry.label,
        gripper=job.entry.gripper,
        world=job.world,
        path=job.entry.path,
        seed=job.seed,
        success=False,
        parts_good=0,
        parts_total=0,
        parts_judged=False,
        cycle_time=CycleTime(mean=None, list=[]),
        simulated_time=0.0,
        wall_time=0.0,
        realtime_factor=0.0,
        max_place_error=None,
        collisions=None,
        trace_sha256="",
        failure=Failure(what=what, when=0.0, where=where),
    )


@contextlib.contextmanager
def imports_of(scenario: Scenario) -> Iterator[None]:
    """What a program imports from beside itself is forgotten afterwards: another scenario may have the same names."""
    folder = scenario.program_file.parent
    path, before = list(sys.path), set(sys.modules)
    try:
        yield
    finally:
        sys.path[:] = path
        for name, module in list(sys.modules.items()):
            file = getattr(module, "__file__", None)
            if name not in before and file is not None and Path(file).parent == folder:
                del sys.modules[name]
