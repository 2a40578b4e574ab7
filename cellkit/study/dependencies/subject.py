"""Whose dependencies are looked at: a cell with its models in their roles, and the scenario that it belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cellkit.cell.config import CellFile
from cellkit.cell.plan import CellPlan, plan_cell
from cellkit.errors import ConfigError
from cellkit.models.load import is_path
from cellkit.scenario.choices import chosen_models
from cellkit.scenario.config import Scenario, ScenarioFile, scenario_path
from cellkit.scenario.needs import check_models
from cellkit.yamlfile import Document, read_yaml, validate


@dataclass(frozen=True)
class Subject:
    """A planned cell. ``models``: of every role that has one, by id or path. ``override``: share of all arms' speed."""

    plan: CellPlan
    models: Mapping[str, str]
    scenario: Scenario | None = None
    override: float = 1.0
    quantity: int | None = None

    @property
    def name(self) -> str:
        """The cell's."""
        return self.plan.file.name

    @property
    def reference(self) -> str:
        """The scenario, by a path that holds in whatever folder a process runs."""
        assert self.scenario is not None
        return str(self.scenario.document.file.absolute())

    def with_models(self, models: Mapping[str, str]) -> CellPlan:
        """The cell with other models in some roles. Raises ``ConfigError`` with the reason where they do not fit."""
        plan = plan_cell(self.plan.file, self.plan.document, {**self.models, **models})
        if self.scenario is not None:
            check_models(self.scenario.file.needs, plan, self.scenario.document)
        return plan


def read_subject(
    reference: str, arm: str | None = None, gripper: str | None = None, quantity: int | None = None
) -> Subject:
    """A shipped scenario by name, or a scenario or cell file by path. Raises ``ConfigError`` and ``DriverNotFound``."""
    document = read_yaml(scenario_path(reference))
    schema = document.data.get("schema", "") if isinstance(document.data, dict) else ""
    if str(schema).startswith("cellkit/cell/"):
        return _planned(document, arm, gripper, None, quantity=quantity)
    scenario = Scenario(validate(ScenarioFile, document), document)
    return subject_of(scenario, arm, gripper, quantity=quantity)


def subject_of(
    scenario: Scenario, arm: str | None, gripper: str | None, override: float = 1.0, quantity: int | None = None
) -> Subject:
    """A scenario with the models that a concept chooses. Raises ``ConfigError``."""
    return _planned(read_yaml(scenario.cell_file), arm, gripper, scenario, override, quantity)


def _planned(
    document: Document,
    arm: str | None,
    gripper: str | None,
    scenario: Scenario | None,
    override: float = 1.0,
    quantity: int | None = None,
) -> Subject:
    cell = validate(CellFile, document)
    models = {
        role: _lasting(named, document.file.parent)
        for role, device in cell.devices.items()
        if isinstance(named := getattr(device, "model", None), str)
    }
    models |= {role: _lasting(model, Path()) for role, model in chosen_models(cell, arm, gripper).items()}
    subject = Subject(plan_cell(cell, document, models), models, scenario, override, quantity)
    if scenario is not None:
        check_models(scenario.file.needs, subject.plan, scenario.document)
    return subject


def _lasting(model: str, folder: Path) -> str:
    """An id as it is, a path so that it holds in whatever folder a process runs."""
    if not is_path(model):
        return model
    path = (folder / model).absolute()
    if not path.is_file():
        raise ConfigError("no such model file", file=path)
    return str(path)
