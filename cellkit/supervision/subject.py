"""What is served: a scenario with its program and surroundings, or a cell file with the programs that are named."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from cellkit.cell.plan import CellPlan
from cellkit.errors import ConfigError
from cellkit.scenario.choices import plan_chosen
from cellkit.scenario.config import Scenario, ScenarioFile, scenario_path
from cellkit.scenario.program import load_program
from cellkit.supervision.task import KnownProgram
from cellkit.yamlfile import Document, read_yaml, validate


@dataclass(frozen=True, slots=True)
class Choices:
    """What the command line chooses; ``path`` is direct, wire or live."""

    arm: str | None = None
    gripper: str | None = None
    path: str = "direct"
    protocols: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """A planned cell, the scenario that it belongs to, and the programs that may be run in it."""

    plan: CellPlan
    scenario: Scenario | None
    programs: Mapping[str, KnownProgram]

    @property
    def quantity(self) -> int:
        """Parts of an order."""
        return 1 if self.scenario is None else self.scenario.file.quantity


def read_subject(reference: str, choices: Choices, programs: Collection[Path] = ()) -> Subject:
    """A shipped scenario by its name, or a scenario or cell file by its path.

    Raises ``ConfigError`` and ``DriverNotFound``.
    """
    path = scenario_path(reference)
    document = read_yaml(path)
    scenario = None
    known: dict[str, KnownProgram] = {}
    if _is_cell(document):
        cell_document = document
    else:
        scenario = Scenario(validate(ScenarioFile, document), document)
        cell_document = read_yaml(scenario.cell_file)
        _add(known, scenario.file.name, scenario.program_file)
    for file in programs:
        _add(known, file.stem, file)
    plan = plan_chosen(cell_document, choices.arm, choices.gripper, choices.path, choices.protocols or {})
    return Subject(plan, scenario, known)


def _is_cell(document: Document) -> bool:
    return isinstance(document.data, dict) and str(document.data.get("schema", "")).startswith("cellkit/cell/")


def _add(known: dict[str, KnownProgram], name: str, file: Path) -> None:
    if name in known:
        raise ConfigError(f"there are two programs called {name!r}; name the file differently", file=file)
    known[name] = KnownProgram(name, file, load_program(file))
