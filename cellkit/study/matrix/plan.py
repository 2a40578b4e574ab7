"""Which runs the matrix has: every scenario × arm × path × seed that can be; the others are left out with the reason.

Bad input, a scenario, model or world that is not there or is wrong in itself, is an error. An arm that cannot do a
task, or has no wire driver, is none: it is excluded.
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
from cellkit.study.matrix.work import Entry, Job
from cellkit.study.runs.task import imports_of
from cellkit.yamlfile import read_yaml, validate


@dataclass(frozen=True)
class Request:
    """What is asked for. ``scenarios`` are names or paths, ``arms`` models, or models of several roles as ``A+B``."""

    scenarios: Sequence[str]
    arms: Sequence[str]
    paths: Sequence[CommandPath]
    seeds: int = 1
    gripper: str | None = None
    world: str = "physics"
    quantity: int | None = None


@dataclass(frozen=True)
class Exclusion:
    """A scenario that an arm cannot do by a path, and why."""

    scenario: str
    arm: str
    path: str
    why: str


@dataclass(frozen=True)
class Plan:
    """Scenarios by name, the rows that will be run, and those that will not."""

    request: Request
    scenarios: dict[str, Scenario]
    entries: list[Entry]
    excluded: list[Exclusion]

    def jobs(self) -> list[Job]:
        """Every run, row by row."""
        asked = self.request
        return [
            Job(entry, asked.gripper, asked.world, seed, asked.quantity)
            for entry in self.entries
            for seed in range(1, asked.seeds + 1)
        ]


def plan_matrix(request: Request) -> Plan:
    """Find out what can be run. Raises ``ConfigError`` and ``DriverNotFound`` for what is wrong in itself."""
    registry.world(request.world)
    if "live" in request.paths:
        raise ConfigError("--path live: arms are compared in simulation; use --path direct or wire")
    for model in [one for item in request.arms for one in models_of(item)]:
        load_arm(model)
    if request.gripper is not None:
        load_gripper(request.gripper.rpartition("=")[2])
    plan = Plan(request, {}, [], [])
    seen: set[Path] = set()
    for given in request.scenarios:
        scenario = read_scenario(given)
        file, name = scenario.document.file.absolute(), scenario.file.name
        if file in seen:
            continue  # named twice, run once
        seen.add(file)
        if name in plan.scenarios:
            raise ConfigError(f"a second scenario of the name {name!r}; their rows could not be told apart", file=file)
        plan.scenarios[name] = scenario
        reference = given if given in registry.scenario_files() else str(file)
        with imports_of(scenario):
            _add_scenario(plan, reference, scenario)
    return plan


def models_of(item: str) -> list[str]:
    """The models of ``A`` or ``A+B``; a path is one model."""
    return [item] if is_path(item) else item.split("+")


def _add_scenario(plan: Plan, reference: str, scenario: Scenario) -> None:
    load_program(scenario.program_file)
    document = read_yaml(scenario.cell_file)
    cell = validate(CellFile, document)
    plan_cell(cell, document, {})  # with its own models it must hold; what is wrong here is no arm's fault
    roles = [role for role, device in cell.devices.items() if device.kind == "arm"]
    for item in plan.request.arms:
        for path in plan.request.paths:
            found = _entry(plan.request, reference, scenario, roles, item, path)
            if isinstance(found, Entry):
                plan.entries.append(found)
            else:
                plan.excluded.append(Exclusion(scenario.file.name, _label(item), path, found))


def _entry(
    request: Request, reference: str, scenario: Scenario, roles: Sequence[str], item: str, path: CommandPath
) -> Entry | str:
    """The row of an arm, or why there is none."""
    if len(models_of(item)) not in (1, len(roles)):
        return f"the cell has {len(roles)} arms, {_label(item)} names {len(models_of(item))}"
    whys: Counter[str] = Counter()
    for models in fillings(item, request.arms, len(roles)):
        paired = zip(roles, models, strict=True)
        arm = models[0] if len(roles) == 1 else ",".join(f"{role}={model}" for role, model in paired)
        options = RunOptions(
            arm=arm, gripper=request.gripper, world=request.world, path=path, quantity=request.quantity
        )
        try:
            run = Run(scenario, options)
        except CellkitError as error:
            whys[error.message if isinstance(error, ConfigError) else str(error)] += 1
            continue
        return Entry(
            scenario=reference,
            name=scenario.file.name,
            arm=arm,
            arms=tuple(model.id for model in run.plan.arms.values()),
            vendors=tuple(model.vendor.name for model in run.plan.arms.values()),
            gripper="+".join(model.id for model in run.plan.grippers.values()) or None,
            path=path,
        )
    if not whys:
        return f"the cell has {len(roles)} arms; no arm of another vendor than {_label(item)}'s was chosen"
    return whys.most_common(1)[0][0]  # what most partners have in common is the arm's own trouble


def fillings(item: str, chosen: Sequence[str], roles: int) -> Iterator[list[str]]:
    """Models for the arm roles of a cell, in the order in which they are tried.

    The first role takes the arm itself; the others, when it names no partners, those that follow it in the list of
    chosen arms, round the list's end, each of another vendor.
    """
    models = [_lasting(model) for model in models_of(item)]
    if len(models) == roles:
        yield models
        return
    at = chosen.index(item)
    following = [_lasting(one) for one in [*chosen[at + 1 :], *chosen[:at]] if len(models_of(one)) == 1]
    for partners in combinations(following, roles - 1):
        vendors = {load_arm(model).vendor.name for model in (*models, *partners)}
        if len(vendors) == roles:
            yield [*models, *partners]


def _label(item: str) -> str:
    return "+".join(load_arm(model).id for model in models_of(item))


def _lasting(model: str) -> str:
    """A path that holds in whatever folder a process runs."""
    return str(Path(model).absolute()) if is_path(model) else model
