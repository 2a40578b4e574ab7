"""One run of the matrix as a task for a process: its options, and its outcome, errors included."""

from __future__ import annotations

from dataclasses import dataclass

from cellkit.errors import ConfigError
from cellkit.scenario.config import read_scenario
from cellkit.scenario.record import RunRecord
from cellkit.scenario.runner import CommandPath, Run, RunOptions
from cellkit.study.matrix.programs import ProgramText
from cellkit.study.runs.task import imports_of, one_line, unfinished


@dataclass(frozen=True)
class Entry:
    """One row of the matrix: a scenario on an arm (or several, in the order of their roles) by a path.

    ``scenario`` is a shipped name or an absolute path; ``arm`` is in the form of ``RunOptions``. ``arms`` and
    ``gripper`` are the models' ids, ``vendors`` those of the arms.
    """

    scenario: str
    name: str
    arm: str
    arms: tuple[str, ...]
    vendors: tuple[str, ...]
    gripper: str | None
    path: CommandPath

    @classmethod
    def of_run(cls, scenario: str, arm: str, run: Run) -> Entry:
        """Return the row of a run of ``scenario`` that was prepared with ``arm``."""
        plan = run.plan
        return cls(
            scenario=scenario,
            name=run.scenario.file.name,
            arm=arm,
            arms=tuple(model.id for model in plan.arms.values()),
            vendors=tuple(model.vendor.name for model in plan.arms.values()),
            gripper="+".join(model.id for model in plan.grippers.values()) or None,
            path=run.options.path,
        )

    @property
    def label(self) -> str:
        """The arms as one word: ``ur5e`` or ``ur5e+fr3``."""
        return "+".join(self.arms)


@dataclass(frozen=True)
class Outcome:
    """The outcome of a run. ``impossible``: the cell cannot be built. ``program`` is None if no program was run."""

    record: RunRecord
    program: ProgramText | None = None
    impossible: str | None = None


@dataclass(frozen=True)
class Job:
    """One run: an entry with a seed."""

    entry: Entry
    gripper: str | None
    world: str
    seed: int
    quantity: int | None

    def options(self) -> RunOptions:
        """Return the options for the runner."""
        return RunOptions(
            arm=self.entry.arm,
            gripper=self.gripper,
            world=self.world,
            path=self.entry.path,
            seed=self.seed,
            quantity=self.quantity,
        )

    def carry_out(self) -> Outcome:
        """Run in this process; any error becomes the record of a failed run."""
        try:
            scenario = read_scenario(self.entry.scenario)
            with imports_of(scenario):
                run = Run(scenario, self.options())
                program = ProgramText.loaded_from(scenario.program_file)
                try:
                    return Outcome(run.execute(), program)
                except ConfigError as error:  # the runner raises it only before anything has moved
                    return Outcome(self.failed(str(error)).record, impossible=error.message)
        except Exception as error:  # an error of this software or machine ends this run alone
            return self.failed(one_line(error))

    def failed(self, reason: str) -> Outcome:
        """Return the outcome of a run that did not end by itself."""
        row = self.entry
        return Outcome(unfinished(row.name, row.label, row.gripper, self.world, row.path, self.seed, reason))
