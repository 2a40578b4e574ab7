"""Runs variants of a cell: the same program with other models. Every variant is run only once and stored."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace

from cellkit.scenario.runner import RunOptions
from cellkit.study.dependencies.candidates import choice
from cellkit.study.dependencies.result import Trial
from cellkit.study.dependencies.running import Runner
from cellkit.study.dependencies.subject import Subject
from cellkit.study.matrix.programs import compared
from cellkit.study.matrix.report import cell_row
from cellkit.study.matrix.work import Entry, Job, Outcome

WORLD = "physics"


@dataclass(frozen=True)
class VariantJob(Job):
    """A run of a variant, at a share of the arms' speed."""

    override: float = 1.0

    def options(self) -> RunOptions:
        """Return the options of the job, with the speed override."""
        return replace(super().options(), override=self.override)


@dataclass(frozen=True)
class Variant:
    """A row of runs, and its grippers in the form of ``RunOptions``."""

    entry: Entry
    gripper: str | None

    @property
    def key(self) -> tuple[tuple[str, ...], str | None, str]:
        """The arms, the grippers and the path, which distinguish the variants of a cell."""
        return self.entry.arms, self.entry.gripper, self.entry.path


class Trials:
    """The runs of all variants of one cell, in one world."""

    def __init__(self, subject: Subject, runner: Runner, takt: float | None, world: str = WORLD) -> None:
        self._subject, self._runner, self._takt, self.world = subject, runner, takt, world
        self._outcomes: dict[tuple[tuple[tuple[str, ...], str | None, str], int], Outcome] = {}

    def variant(self, entry: Entry, models: dict[str, str]) -> Variant:
        """Return the variant of a row and the models that the row was made with."""
        return Variant(entry, choice({**self._subject.models, **models}, self._subject.plan.grippers))

    def was_run(self, variant: Variant) -> bool:
        """Check that the results of a variant are stored."""
        return (variant.key, 1) in self._outcomes

    def run(self, variants: Sequence[Variant], seeds: int) -> list[Trial | str]:
        """Run the variants that are not stored yet, and judge each by its seeds 1 to ``seeds``.

        Returns for each variant a trial, or the reason why its cell cannot be built.
        """
        wanted = {(variant.key, seed): self._job(variant, seed) for variant in variants for seed in range(1, seeds + 1)}
        missing = {key: job for key, job in wanted.items() if key not in self._outcomes}
        if missing:
            outcomes = self._runner(list(missing.values()))
            self._outcomes |= dict(zip(missing, outcomes, strict=True))
        return [self._trial(variant, seeds) for variant in variants]

    def lines_changed(self) -> int:
        """Return the number of program lines that differ between any two runs, measured as in the matrix."""
        texts = [outcome.program for outcome in self._outcomes.values() if outcome.program is not None]
        return compared(texts).lines_changed

    def _job(self, variant: Variant, seed: int) -> Job:
        subject = self._subject
        return VariantJob(variant.entry, variant.gripper, self.world, seed, subject.quantity, subject.override)

    def _trial(self, variant: Variant, seeds: int) -> Trial | str:
        outcomes = [self._outcomes[variant.key, seed] for seed in range(1, seeds + 1)]
        impossible = [outcome.impossible for outcome in outcomes]
        if impossible[0] is not None and None not in impossible:
            return impossible[0]
        records = [outcome.record for outcome in outcomes]
        row = cell_row(variant.entry, records, self._command(variant))
        why = None
        if row.good < row.runs:
            why = row.failure or f"{row.runs - row.good} of {row.runs} runs failed"
        elif self._takt is not None and (row.cycle_mean is None or row.cycle_mean > self._takt):
            cycle = "no cycle" if row.cycle_mean is None else f"{row.cycle_mean:.3g} s a part"
            why = f"{cycle}, the takt is {self._takt:g} s"

        return Trial(row=row, passed=why is None, why_not=why)

    def _command(self, variant: Variant) -> str:
        words = ["cellkit", "run", variant.entry.name, "--arm", variant.entry.arm, "--path", variant.entry.path]
        words += [] if variant.gripper is None else ["--gripper", variant.gripper]
        words += [] if self.world == WORLD else ["--world", self.world]
        words += [] if self._subject.quantity is None else ["--quantity", str(self._subject.quantity)]
        words += [] if self._subject.override == 1.0 else ["--override", f"{self._subject.override:g}"]
        return shlex.join(words)
