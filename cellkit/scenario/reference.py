"""Resolves the name of a shipped scenario, a scenario file or a bare cell file to a planned cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cellkit.cell.config import CellFile
from cellkit.cell.plan import CellPlan
from cellkit.errors import ConfigError
from cellkit.models.load import is_path
from cellkit.scenario.choices import chosen_models, plan_chosen
from cellkit.scenario.config import Scenario, ScenarioFile, scenario_path
from cellkit.yamlfile import Document, read_yaml, validate


@dataclass(frozen=True, slots=True)
class CellReference:
    """A cell file, and the scenario that uses it; ``scenario`` is None for a bare cell file."""

    document: Document
    scenario: Scenario | None = None

    def plan(
        self,
        arm: str | None = None,
        gripper: str | None = None,
        path: str = "direct",
        protocols: Mapping[str, str] | None = None,
    ) -> CellPlan:
        """Plan the cell with the models, path and protocols of the command line.

        Raises ``ConfigError`` with file and line, and ``DriverNotFound`` for an unknown model.
        """
        return plan_chosen(self.document, arm, gripper, path, protocols or {})

    def models(self, arm: str | None = None, gripper: str | None = None) -> dict[str, str]:
        """Return the model of every role that has one: an id, or a path that holds in any working directory.

        Raises ``ConfigError`` for a model file that does not exist.
        """
        cell = validate(CellFile, self.document)
        named = {role: getattr(device, "model", None) for role, device in cell.devices.items()}
        folder = self.document.file.parent
        models = {role: _absolute(model, folder) for role, model in named.items() if model is not None}
        return models | {role: _absolute(model, Path()) for role, model in chosen_models(cell, arm, gripper).items()}


def cell_of(scenario: Scenario) -> CellReference:
    """Return the cell of a scenario. Raises ``ConfigError`` for a cell file that cannot be read."""
    return CellReference(read_yaml(scenario.cell_file), scenario)


def resolve(reference: str) -> CellReference:
    """Read a shipped scenario by its name, or a scenario file or cell file by its path. Raises ``ConfigError``."""
    document = read_yaml(scenario_path(reference))
    if _is_cell(document):
        return CellReference(document)
    return cell_of(Scenario(validate(ScenarioFile, document), document))


def _is_cell(document: Document) -> bool:
    """Check for the schema of a cell file; a file without a schema is a cell where it lists devices."""
    data = document.data if isinstance(document.data, dict) else {}
    return str(data.get("schema", "cellkit/cell/" if "devices" in data else "")).startswith("cellkit/cell/")


def _absolute(model: str, folder: Path) -> str:
    if not is_path(model):
        return model
    path = (folder / model).absolute()
    if not path.is_file():
        raise ConfigError("no such model file", file=path)
    return str(path)
