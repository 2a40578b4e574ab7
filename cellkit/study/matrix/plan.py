"""The runs of the matrix: every possible scenario × arm × path × seed; the others are left out with the reason.

Bad input, that is a missing or invalid scenario, model or world, is an error. An arm that cannot do a task, or has no
wire driver, is not an error: it is excluded.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from cellkit import registry
from cellkit.cell.config import CellFile
from cellkit.cell.plan import plan_cell
from cellkit.errors import CellkitError, ConfigError
from cellkit.models.load import is_path, load_arm, load_gripper
from cellkit.scenario.config import Scenario, read_scenario
from cellkit.scenario.program import load_program
from cellkit.scenario.runner import CommandPath, Run, RunOptions
from cellkit.study.frozen_model import FrozenModel
from cellkit.study.matrix.work import Entry, Job
from cellkit.study.runs.task import imports_of
from cellkit.yamlfile import read_yaml, validate


@dataclass(frozen=True)
class Request:
    """The requested matrix. ``scenarios`` are names or paths; ``arms`` are models, or ``A+B`` for several roles."""

    scenarios: Sequence[str]
    arms: Sequence[str]
    paths: Sequence[CommandPath]
    seeds: int = 1
    gripper: str | None = None
    world: str = "physics"
    quantity: int | None = None


class Exclusion(FrozenModel):
    """A scenario that an arm cannot do by a path, and the reason."""

    scenario: str
    arm: str
    path: str
    why: str


@dataclass(frozen=True)
class Plan:
    """Scenarios by name, the rows that will be run, and the excluded ones."""

    request: Request
    scenarios: dict[str, Scenario]
    entries: list[Entry]
    excluded: list[Exclusion]

    def jobs(self) -> list[Job]:
        """Return every run, row by row."""
        request = self.request
        return [
            Job(entry, request.gripper, request.world, seed, request.quantity)
            for entry in self.entries
            for seed in range(1, request.seeds + 1)
        ]


def plan_matrix(request: Request) -> Plan:
    """Plan the runs. Raises ``ConfigError`` and ``DriverNotFound`` for invalid input."""
    registry.world(request.world)
    if "live" in request.paths:
        raise ConfigError("--path live: arms are compared in simulation; use --path direct or wire")
    for model in [model for item in request.arms for model in models_of(item)]:
        load_arm(model)
    if request.gripper is not None:
        load_gripper(request.gripper.rpartition("=")[2])
    plan = Plan(request, {}, [], [])
    seen: set[Path] = set()
    for given in request.scenarios:
        scenario = read_scenario(given)
        file, name = scenario.document.file.absolute(), scenario.file.name
        if file in seen:
            continue  # a scenario that is named twice is run once
        seen.add(file)
        if name in plan.scenarios:
            raise ConfigError(f"a second scenario is called {name!r}; rename one of them", file=file)
        plan.scenarios[name] = scenario
        reference = given if given in registry.scenario_files() else str(file)
        with imports_of(scenario):
            _add_scenario(plan, reference, scenario)
    return plan


def models_of(item: str) -> list[str]:
    """Return the models of ``A`` or ``A+B``; a path is one model."""
    return [item] if is_path(item) else item.split("+")


def _add_scenario(plan: Plan, reference: str, scenario: Scenario) -> None:
    load_program(scenario.program_file)
    document = read_yaml(scenario.cell_file)
    cell = validate(CellFile, document)
    plan_cell(cell, document, {})  # an error of the cell with its own models is no exclusion of an arm
    roles = [role for role, device in cell.devices.items() if device.kind == "arm"]
    for item in plan.request.arms:
        for path in plan.request.paths:
            row = _entry(plan.request, reference, scenario, roles, item, path)
            if isinstance(row, Entry):
                plan.entries.append(row)
            else:
                plan.excluded.append(Exclusion(scenario=scenario.file.name, arm=_label(item), path=path, why=row))


def _entry(
    request: Request, reference: str, scenario: Scenario, roles: Sequence[str], item: str, path: CommandPath
) -> Entry | str:
    """Return the row of an arm, or the reason why the arm is excluded."""
    if len(models_of(item)) not in (1, len(roles)):
        return f"the cell has {len(roles)} arms, {_label(item)} names {len(models_of(item))}"
    reasons: Counter[str] = Counter()
    for models in fillings(item, request.arms, len(roles)):
        paired = zip(roles, models, strict=True)
        arm = models[0] if len(roles) == 1 else ",".join(f"{role}={model}" for role, model in paired)
        options = RunOptions(
            arm=arm, gripper=request.gripper, world=request.world, path=path, quantity=request.quantity
        )
        try:
            run = Run(scenario, options)
        except CellkitError as error:
            reasons[error.message if isinstance(error, ConfigError) else str(error)] += 1
            continue
        return Entry.of_run(reference, arm, run)
    if not reasons:
        return f"the cell has {len(roles)} arms; no arm of another vendor than {_label(item)}'s was chosen"
    return reasons.most_common(1)[0][0]  # the most frequent reason over all partners is the arm's own


def fillings(item: str, chosen: Sequence[str], roles: int) -> Iterator[list[str]]:
    """Yield models for the arm roles of a cell, in the order in which they are tried.

    The first role gets the arm itself. If ``item`` names no partners, the other roles get the arms that follow it in
    the list of chosen arms (after the last one follows the first), each of another vendor.
    """
    models = [_absolute(model) for model in models_of(item)]
    if len(models) == roles:
        yield models
        return
    at = chosen.index(item)
    following = [_absolute(arm) for arm in [*chosen[at + 1 :], *chosen[:at]] if len(models_of(arm)) == 1]
    for partners in combinations(following, roles - 1):
        vendors = {load_arm(model).vendor.name for model in (*models, *partners)}
        if len(vendors) == roles:
            yield [*models, *partners]


def _label(item: str) -> str:
    return "+".join(load_arm(model).id for model in models_of(item))


def _absolute(model: str) -> str:
    """Return a model whose path is valid in any working folder."""
    return str(Path(model).absolute()) if is_path(model) else model
