"""What the matrix came to (`cellkit/matrix/1`): its rows, what was left out, the programs, and every run."""

from __future__ import annotations

import platform
import shlex
from collections.abc import Sequence
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from cellkit import __version__
from cellkit.scenario.record import RunRecord
from cellkit.study.matrix.plan import Exclusion, Plan, Request
from cellkit.study.matrix.programs import compared
from cellkit.study.matrix.work import Entry, Job, Outcome
from cellkit.study.proportion import lower_bound

CONFIDENCE = 0.95


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class HowRun(_Part):
    """What was asked for, and by what it was run. ``confidence`` is that of ``at_least``."""

    world: str
    paths: list[str]
    seeds: list[int]
    quantity: int | None
    gripper: str | None
    confidence: float
    cellkit: str
    python: str
    platform: str

    @property
    def seed_words(self) -> str:
        """``seed 1`` or ``seeds 1 to 20``."""
        return f"seeds {self.seeds[0]} to {self.seeds[-1]}" if len(self.seeds) > 1 else f"seed {self.seeds[0]}"


class ScenarioRow(_Part):
    """A scenario, and its program text as it was run: ``lines_changed`` between any two of its runs is measured."""

    scenario: str
    title: str
    tolerance: float = Field(description="m: how far from its place a part may lie")
    lines: int
    lines_changed: int
    texts: int = Field(description="different program texts among its runs")
    runs: int = Field(description="runs whose text is known: a process that died told nothing")
    sha256: str


class CellRow(_Part):
    """A scenario on an arm by a path, over all seeds.

    ``cycle_mean`` and ``cycle_p95`` (s) and ``energy`` (J a run: positive mechanical work of the joints, no electric
    energy) are those of good runs; ``max_place_error`` (m) and ``collisions`` those of all runs.
    """

    scenario: str
    arm: str
    vendors: list[str]
    gripper: str | None
    path: str
    runs: int
    good: int
    at_least: float = Field(description="share of good runs that is proven (Clopper and Pearson, one-sided)")
    cycle_mean: float | None
    cycle_p95: float | None
    energy: float | None
    max_place_error: float | None
    collisions: int | None
    failure: str | None = Field(description="the first one, with its seed")
    command: str = Field(description="runs it again, but for the seed")


class ExcludedRow(_Part):
    """A scenario that an arm cannot do by a path, and why."""

    scenario: str
    arm: str
    path: str
    why: str


class MatrixReport(_Part):
    """The whole matrix."""

    model_config = ConfigDict(frozen=True, serialize_by_alias=True)

    schema_: Literal["cellkit/matrix/1"] = Field(default="cellkit/matrix/1", alias="schema")
    how: HowRun
    programs: list[ScenarioRow]
    cells: list[CellRow]
    excluded: list[ExcludedRow]
    runs: list[RunRecord]

    @property
    def good(self) -> int:
        """How many runs were good."""
        return sum(run.success for run in self.runs)

    @property
    def lines_changed(self) -> int:
        """Program lines that differ between any two runs of one scenario; the most of all scenarios."""
        return max((program.lines_changed for program in self.programs), default=0)


def make_report(plan: Plan, jobs: Sequence[Job], outcomes: Sequence[Outcome]) -> MatrixReport:
    """Put together what came back; ``outcomes`` belong to ``jobs``."""
    cells, excluded, runs = [], list(plan.excluded), []
    programs: dict[str, list[Outcome]] = {name: [] for name in plan.scenarios}
    by_entry: dict[Entry, list[Outcome]] = {}
    for job, outcome in zip(jobs, outcomes, strict=True):
        by_entry.setdefault(job.entry, []).append(outcome)
    for entry, of_entry in by_entry.items():
        reasons = [outcome.impossible for outcome in of_entry]
        if reasons[0] is not None and None not in reasons:  # its cell cannot be built, whatever the seed
            excluded.append(Exclusion(entry.name, entry.label, entry.path, reasons[0]))
            continue
        records = [outcome.record for outcome in of_entry]
        cells.append(cell_row(entry, records, command(plan.request, entry)))
        runs += records
        programs[entry.name] += of_entry
    asked = plan.request
    return MatrixReport(
        how=HowRun(
            world=asked.world,
            paths=list(asked.paths),
            seeds=list(range(1, asked.seeds + 1)),
            quantity=asked.quantity,
            gripper=asked.gripper,
            confidence=CONFIDENCE,
            cellkit=__version__,
            python=platform.python_version(),
            platform=f"{platform.system()} {platform.machine()}",
        ),
        programs=[_program(plan, name, ran) for name, ran in programs.items() if ran],
        cells=cells,
        excluded=[ExcludedRow(scenario=one.scenario, arm=one.arm, path=one.path, why=one.why) for one in excluded],
        runs=runs,
    )


def reasons(excluded: Sequence[ExcludedRow]) -> list[tuple[str, str, str]]:
    """Arms with their paths, scenarios, and the reason, in words: one line a reason, so that people read them all."""
    by_reason: dict[str, dict[tuple[str, str], list[str]]] = {}
    for one in excluded:
        by_reason.setdefault(one.why, {}).setdefault((one.arm, one.path), []).append(one.scenario)
    lines = []
    for why, found in by_reason.items():
        by_scenarios: dict[tuple[str, ...], dict[str, list[str]]] = {}
        for (arm, path), scenarios in found.items():
            by_scenarios.setdefault(tuple(scenarios), {}).setdefault(arm, []).append(path)
        lines += [(_arms(arms), ", ".join(scenarios), why) for scenarios, arms in by_scenarios.items()]
    return lines


def _arms(paths: dict[str, list[str]]) -> str:
    """``ur5e, gp7 (wire)``: arms with their paths, those with the same ones together."""
    by_paths: dict[str, list[str]] = {}
    for arm, ways in paths.items():
        by_paths.setdefault(", ".join(ways), []).append(arm)
    return "; ".join(f"{', '.join(arms)} ({ways})" for ways, arms in by_paths.items())


def command(asked: Request, entry: Entry) -> str:
    """What runs one entry on its own; ``--seed N`` is to be added."""
    words = ["cellkit", "run", entry.scenario, "--arm", entry.arm, "--path", entry.path, "--world", asked.world]
    words += [] if asked.gripper is None else ["--gripper", asked.gripper]
    words += [] if asked.quantity is None else ["--quantity", str(asked.quantity)]
    return shlex.join(words)


def cell_row(entry: Entry, records: Sequence[RunRecord], command: str = "") -> CellRow:
    """One row from its runs."""
    good = [record for record in records if record.success]
    cycles = [cycle for record in good for cycle in record.cycle_time.list]
    works = [record.energy for record in good if record.energy is not None]
    watched = [record.collisions for record in records if record.collisions is not None]
    failed = next((record for record in records if record.failure is not None), None)
    return CellRow(
        scenario=entry.name,
        arm=entry.label,
        vendors=list(entry.vendors),
        gripper=entry.gripper,
        path=entry.path,
        runs=len(records),
        good=len(good),
        at_least=lower_bound(len(good), len(records), CONFIDENCE),
        cycle_mean=float(np.mean(cycles)) if cycles else None,
        cycle_p95=float(np.percentile(cycles, 95)) if cycles else None,
        energy=float(np.mean(works)) if works else None,
        max_place_error=max((one.max_place_error for one in records if one.max_place_error is not None), default=None),
        collisions=sum(watched) if watched else None,
        failure=None if failed is None or failed.failure is None else f"seed {failed.seed}: {failed.failure.what}",
        command=command,
    )


def _program(plan: Plan, name: str, ran: Sequence[Outcome]) -> ScenarioRow:
    found = compared(outcome.program for outcome in ran if outcome.program is not None)
    file = plan.scenarios[name].file
    return ScenarioRow(
        scenario=name,
        title=file.title,
        tolerance=file.tolerances.position,
        lines=found.lines,
        lines_changed=found.lines_changed,
        texts=found.texts,
        runs=found.runs,
        sha256=found.sha256,
    )
