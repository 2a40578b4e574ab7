"""The cell whose dependencies are assessed: its plan, the models in its roles, and its scenario."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cellkit.cell.plan import CellPlan, plan_cell
from cellkit.scenario.config import Scenario
from cellkit.scenario.needs import check_models
from cellkit.scenario.reference import CellReference, cell_of, resolve


@dataclass(frozen=True)
class Subject:
    """A planned cell.

    ``models`` holds the model of every role that has one, by id or path. ``scenario`` is None for a bare cell file.
    ``override`` is a share of the speed of all arms. ``quantity`` is the number of parts of a run; None: the
    scenario's.
    """

    plan: CellPlan
    models: Mapping[str, str]
    scenario: Scenario | None = None
    override: float = 1.0
    quantity: int | None = None

    @property
    def name(self) -> str:
        """The name of the cell."""
        return self.plan.file.name

    @property
    def reference(self) -> str:
        """The absolute path of the scenario file, for a process in any working directory."""
        assert self.scenario is not None
        return str(self.scenario.document.file.absolute())

    def with_models(self, models: Mapping[str, str]) -> CellPlan:
        """Plan the cell with other models in some roles. Raises ``ConfigError`` with the reason if they do not fit."""
        plan = plan_cell(self.plan.file, self.plan.document, {**self.models, **models})
        self.check_needs(plan)
        return plan

    def check_needs(self, plan: CellPlan) -> None:
        """Raise ``ConfigError`` when a model of the plan cannot do what the scenario needs in its role."""
        if self.scenario is not None:
            check_models(self.scenario.file.needs, plan, self.scenario.document)


def read_subject(
    reference: str, arm: str | None = None, gripper: str | None = None, quantity: int | None = None
) -> Subject:
    """Plan the cell of a shipped scenario by name, or of a scenario or cell file by path.

    Raises ``ConfigError`` and ``DriverNotFound``.
    """
    return _planned(resolve(reference), arm, gripper, quantity=quantity)


def subject_of(
    scenario: Scenario, arm: str | None, gripper: str | None, override: float = 1.0, quantity: int | None = None
) -> Subject:
    """Plan the cell of a scenario with the models of a concept. Raises ``ConfigError``."""
    return _planned(cell_of(scenario), arm, gripper, override, quantity)


def _planned(
    cell: CellReference,
    arm: str | None,
    gripper: str | None,
    override: float = 1.0,
    quantity: int | None = None,
) -> Subject:
    models = cell.models(arm, gripper)
    subject = Subject(cell.plan(arm, gripper), models, cell.scenario, override, quantity)
    subject.check_needs(subject.plan)
    return subject
