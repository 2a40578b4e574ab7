"""The result of the matrix (`cellkit/matrix/1`): its rows, the excluded arms, the programs, and every run."""

from __future__ import annotations

import platform
import shlex
from collections.abc import Sequence
from typing import Literal

import numpy as np
from pydantic import ConfigDict, Field

from cellkit import __version__
from cellkit.scenario.record import RunRecord
from cellkit.study.frozen_model import FrozenModel
from cellkit.study.matrix.plan import Exclusion, Plan, Request
from cellkit.study.matrix.programs import compared
from cellkit.study.matrix.work import Entry, Job, Outcome
from cellkit.study.proportion import lower_bound

CONFIDENCE = 0.95


class HowRun(FrozenModel):
    """The request, and the software and machine that ran it. ``confidence`` belongs to ``at_least``."""

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
        """The seeds in words: ``seed 1`` or ``seeds 1 to 20``."""
        return f"seeds {self.seeds[0]} to {self.seeds[-1]}" if len(self.seeds) > 1 else f"seed {self.seeds[0]}"


class ScenarioRow(FrozenModel):
    """A scenario and its program text; ``lines_changed`` is measured between any two of its runs."""

    scenario: str
    title: str
    tolerance: float = Field(description="m: largest permitted distance of a part from its place")
    lines: int
    lines_changed: int
    texts: int = Field(description="different program texts among its runs")
    runs: int = Field(description="runs whose text is known: a process that died reports none")
    sha256: str


class CellRow(FrozenModel):
    """A scenario on an arm by a path, over all seeds.

    ``cycle_mean`` and ``cycle_p95`` (s) and ``energy`` (J a run: positive mechanical work of the joints, not electric
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
    failure: str | None = Field(description="the first failure, with its seed")
    command: str = Field(description="command that repeats the runs; the seed is to be added")


class MatrixReport(FrozenModel):
    """The whole matrix."""

    model_config = ConfigDict(serialize_by_alias=True)

    schema_: Literal["cellkit/matrix/1"] = Field(default="cellkit/matrix/1", alias="schema")
    how: HowRun
    programs: list[ScenarioRow]
    cells: list[CellRow]
    excluded: list[Exclusion]
    runs: list[RunRecord]

    @property
    def good(self) -> int:
        """The number of good runs."""
        return sum(run.success for run in self.runs)

    @property
    def lines_changed(self) -> int:
        """The largest number of program lines that differ between any two runs of one scenario."""
        return max((program.lines_changed for program in self.programs), default=0)


def make_report(plan: Plan, jobs: Sequence[Job], outcomes: Sequence[Outcome]) -> MatrixReport:
    """Build the report; ``outcomes`` belong to ``jobs``."""
    cells, excluded, runs = [], list(plan.excluded), []
    programs: dict[str, list[Outcome]] = {name: [] for name in plan.scenarios}
    by_entry: dict[Entry, list[Outcome]] = {}
    for job, outcome in zip(jobs, outcomes, strict=True):
        by_entry.setdefault(job.entry, []).append(outcome)
    for entry, of_entry in by_entry.items():
        reasons = [outcome.impossible for outcome in of_entry]
        if reasons[0] is not None and None not in reasons:  # the cell cannot be built with any seed
            excluded.append(Exclusion(scenario=entry.name, arm=entry.label, path=entry.path, why=reasons[0]))
            continue
        records = [outcome.record for outcome in of_entry]
        cells.append(cell_row(entry, records, command(plan.request, entry)))
        runs += records
        programs[entry.name] += of_entry
    request = plan.request
    return MatrixReport(
        how=HowRun(
            world=request.world,
            paths=list(request.paths),
            seeds=list(range(1, request.seeds + 1)),
            quantity=request.quantity,
            gripper=request.gripper,
            confidence=CONFIDENCE,
            cellkit=__version__,
            python=platform.python_version(),
            platform=f"{platform.system()} {platform.machine()}",
        ),
        programs=[_program(plan, name, ran) for name, ran in programs.items() if ran],
        cells=cells,
        excluded=excluded,
        runs=runs,
    )


def reasons(excluded: Sequence[Exclusion]) -> list[tuple[str, str, str]]:
    """Return arms with their paths, scenarios, and the reason, in words: one line a reason, for a short list."""
    by_reason: dict[str, dict[tuple[str, str], list[str]]] = {}
    for row in excluded:
        by_reason.setdefault(row.why, {}).setdefault((row.arm, row.path), []).append(row.scenario)
    lines = []
    for why, rows in by_reason.items():
        by_scenarios: dict[tuple[str, ...], dict[str, list[str]]] = {}
        for (arm, path), scenarios in rows.items():
            by_scenarios.setdefault(tuple(scenarios), {}).setdefault(arm, []).append(path)
        lines += [(_arms(arms), ", ".join(scenarios), why) for scenarios, arms in by_scenarios.items()]
    return lines


def _arms(paths: dict[str, list[str]]) -> str:
    """Return arms with their paths, as ``ur5e, gp7 (wire)``; arms with the same paths are together."""
    by_paths: dict[str, list[str]] = {}
    for arm, ways in paths.items():
        by_paths.setdefault(", ".join(ways), []).append(arm)
    return "; ".join(f"{', '.join(arms)} ({ways})" for ways, arms in by_paths.items())


def command(request: Request, entry: Entry) -> str:
    """Return the command that runs one entry on its own; ``--seed N`` is to be added."""
    words = ["cellkit", "run", entry.scenario, "--arm", entry.arm, "--path", entry.path, "--world", request.world]
    words += [] if request.gripper is None else ["--gripper", request.gripper]
    words += [] if request.quantity is None else ["--quantity", str(request.quantity)]
    return shlex.join(words)


def cell_row(entry: Entry, records: Sequence[RunRecord], command: str = "") -> CellRow:
    """Return one row from its runs."""
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
        max_place_error=max((run.max_place_error for run in records if run.max_place_error is not None), default=None),
        collisions=sum(watched) if watched else None,
        failure=None if failed is None or failed.failure is None else f"seed {failed.seed}: {failed.failure.what}",
        command=command,
    )


def _program(plan: Plan, name: str, ran: Sequence[Outcome]) -> ScenarioRow:
    comparison = compared(outcome.program for outcome in ran if outcome.program is not None)
    file = plan.scenarios[name].file
    return ScenarioRow(
        scenario=name,
        title=file.title,
        tolerance=file.tolerances.position,
        lines=comparison.lines,
        lines_changed=comparison.lines_changed,
        texts=comparison.texts,
        runs=comparison.runs,
        sha256=comparison.sha256,
    )
