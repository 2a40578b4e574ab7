"""The study file (`cellkit/study/1`): a question, concepts that may answer it, and all assumptions."""

from __future__ import annotations

import os
from itertools import product
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, field_validator, model_validator

from cellkit import registry
from cellkit.cell.kinds.fields import Name
from cellkit.cell.plan import read_cell
from cellkit.errors import ConfigError, DriverNotFound
from cellkit.models.load import is_path, load_arm, load_gripper
from cellkit.scenario.config import Scenario, read_scenario
from cellkit.study.assumption import DAY, AboveZero, stated
from cellkit.study.business.case import require_layouts, require_prices
from cellkit.study.business.config import BusinessConfig
from cellkit.study.business.incentives import IncentivesConfig
from cellkit.study.concepts import Concept
from cellkit.study.criteria import CriteriaConfig
from cellkit.study.cycle.config import CycleConfig
from cellkit.study.dependencies.assess import check_named
from cellkit.study.dependencies.config import DependenciesConfig
from cellkit.study.dependencies.subject import subject_of
from cellkit.study.energy.config import EnergyConfig, check_models
from cellkit.study.feasibility.config import FeasibilityConfig, check_names
from cellkit.study.runs.job import StudyJob
from cellkit.study.shift.config import ShiftConfig
from cellkit.yamlfile import Document, StrictModel, read_yaml, validate

Text = Annotated[str, Field(min_length=1)]
Speed = Annotated[float, Field(gt=0.0, le=1.0)]
_Kind: TypeAlias = Literal["arms", "grippers"]


class TaskConfig(StrictModel):
    """The task of the cell.

    ``layouts``: name → the name of a shipped scenario or a path beside the study file; every layout is the same task in
    another arrangement.
    """

    layouts: Annotated[dict[Name, Text], Field(min_length=1)]
    quantity: Annotated[int, Field(ge=1, le=1000)] | None = Field(
        default=None, description="parts a run; null: the scenario's"
    )
    seeds: Annotated[int, Field(ge=1, le=1000)] = Field(default=5, description="runs of each concept, seeds 1 to that")
    shifts: Annotated[int, Field(ge=1, le=1000)] = Field(
        default=3, description="shifts of each concept, seeds 1 to that"
    )
    world: Literal["physics", "kinematic"] = "physics"


class ConceptsConfig(StrictModel):
    """The compared models, by id or path, and shares of all arms' speed.

    In a cell with several arms or grippers, one model fills all their roles, and ``A+B`` fills one role each.
    """

    arms: Annotated[list[Text], Field(min_length=1)]
    grippers: Annotated[list[Text], Field(min_length=1)]
    speeds: Annotated[list[Speed], Field(min_length=1)] = [1.0]

    @model_validator(mode="after")
    def _once(self) -> ConceptsConfig:
        for name in ("arms", "grippers", "speeds"):
            given = getattr(self, name)
            twice = [item for number, item in enumerate(given) if item in given[:number]]
            if twice:
                raise ValueError(f"{name}: {twice[0]} is listed twice")
        return self


class DemandConfig(StrictModel):
    """The demand of the market, and the takt of the line around the cell."""

    parts_per_year: AboveZero = stated("good parts/year")
    takt: AboveZero | None = Field(default=None, description="s a part; null: none is required")


class StudyFile(StrictModel):
    """A whole study. A section that is left out is not part of the study, and the report states so."""

    schema_: Literal["cellkit/study/1"] = Field(alias="schema")
    name: Name
    title: Text
    question: Text
    owner: Text = Field(description="owner of the study, and of every assumption that names no other owner")
    date: str = Field(description="day of the study, as 2026-11-01")
    task: TaskConfig
    concepts: ConceptsConfig
    demand: DemandConfig
    criteria: CriteriaConfig = CriteriaConfig()
    feasibility: FeasibilityConfig | None = None
    cycle: CycleConfig | None = None
    shift: ShiftConfig | None = None
    energy: EnergyConfig | None = None
    business: BusinessConfig | None = None
    incentives: IncentivesConfig = IncentivesConfig()
    dependencies: DependenciesConfig | None = None
    not_tested: list[Text] = Field(default=[], description="further open points that the study's owner knows of")

    @field_validator("date", mode="before")
    @classmethod
    def _day(cls, given: object) -> object:
        day = str(given)  # YAML reads 2026-11-01 as a date
        if not DAY.fullmatch(day):
            raise ValueError(f"{given!r} is not a date of the form 2026-11-01")
        return day

    @model_validator(mode="after")
    def _complete(self) -> StudyFile:
        if self.business is not None:
            for needed in ("shift", "energy"):
                if getattr(self, needed) is None:
                    raise ValueError(f"business: it needs the section {needed}, which gives the cell's performance")
            if self.business.change_over is not None and self.shift is not None and self.shift.order is not None:
                raise ValueError(
                    "shift.order and business.change_over: set-up would be counted twice; remove one of them"
                )
        return self


class Study:
    """A study file, read and checked, with the scenarios of its layouts, and its concepts."""

    def __init__(self, file: StudyFile, document: Document) -> None:
        self.file, self.document = file, document
        self.layouts = {name: self._layout(name, given) for name, given in file.task.layouts.items()}
        self.scenarios: dict[str, Scenario] = {name: read_scenario(given) for name, given in self.layouts.items()}
        self.cells = {name: read_cell(scenario.cell_file) for name, scenario in self.scenarios.items()}
        arms, grippers = self._models("arms"), self._models("grippers")
        several = len(self.layouts) > 1
        self.concepts = [
            Concept(
                layout=layout if several else "",
                scenario=self.layouts[layout],
                arm=self._in_roles(layout, "arms", arm),
                gripper=self._in_roles(layout, "grippers", gripper),
                speed=speed,
            )
            for arm, gripper, layout, speed in product(arms, grippers, self.layouts, file.concepts.speeds)
        ]
        self._check_names(arms, grippers)

    def layout_of(self, concept: Concept) -> str:
        """Return the name of a concept's layout, also if the study has only one."""
        return concept.layout or next(iter(self.layouts))

    @property
    def seeds(self) -> range:
        """The seeds of every concept's runs."""
        return range(1, self.file.task.seeds + 1)

    def job(self, concept: Concept, seed: int) -> StudyJob:
        """Return one run of a concept."""
        return StudyJob(concept, seed, self.file.task.world, self.file.task.quantity)

    def _layout(self, name: str, given: str) -> str:
        """Return a layout for ``read_scenario``: a shipped name, or a path that is valid in any working folder."""
        if given in registry.scenario_files():
            return given
        path = self.document.file.absolute().parent / given
        if not path.exists():
            text = f"task.layouts.{name}: {given!r} is neither a shipped scenario nor a file or folder beside this file"
            raise self.document.error(text, ("task", "layouts", name))
        return str(path / "scenario.yaml" if path.is_dir() else path)

    def _models(self, kind: _Kind) -> list[tuple[str, ...]]:
        """Return the compared models of every arm or gripper, each by id or by a path that is valid in any folder."""
        return [
            tuple(self._model(model, kind, number) for model in ([given] if is_path(given) else given.split("+")))
            for number, given in enumerate(getattr(self.file.concepts, kind))
        ]

    def _model(self, given: str, kind: _Kind, number: int) -> str:
        if is_path(given):
            given = os.path.normpath(self.document.file.absolute().parent / given)
        try:
            (load_arm if kind == "arms" else load_gripper)(given)
        except (ConfigError, DriverNotFound) as error:
            why = error.message if isinstance(error, ConfigError) else str(error)
            raise self.document.error(f"concepts.{kind}: {why}", ("concepts", kind, number)) from None
        return given

    def _in_roles(self, layout: str, kind: _Kind, models: tuple[str, ...]) -> str:
        """Return the value for ``RunOptions`` that puts the models into the roles of a layout's cell."""
        devices = self.cells[layout].file.devices
        roles = [role for role, device in devices.items() if device.kind == kind.removesuffix("s")]
        if len(models) not in (1, len(roles)):
            text = (
                f"concepts.{kind}: {'+'.join(models)}: {len(models)} models, but the cell of {layout} has {len(roles)}"
            )
            raise self.document.error(text, ("concepts", kind))
        if len(roles) == 1:
            return models[0]
        each = models if len(models) > 1 else models * len(roles)
        return ",".join(f"{role}={model}" for role, model in zip(roles, each, strict=True))

    def _check_names(self, arms: list[tuple[str, ...]], grippers: list[tuple[str, ...]]) -> None:
        file, document = self.file, self.document
        if file.feasibility is not None:
            check_names(file.feasibility, list(self.cells.values()), document, ("feasibility",))
        ids = (
            [load_arm(model).id for models in arms for model in models],
            [load_gripper(model).id for models in grippers for model in models],
        )
        if file.business is not None:
            require_prices(file.business, [*ids[0], *ids[1]], document)
            require_layouts(file.business, self.layouts, document)
        if file.energy is not None:
            check_models(file.energy, ids[0], ids[1], document)
        if file.dependencies is not None:
            subject = subject_of(next(iter(self.scenarios.values())), None, None)
            check_named(subject, file.dependencies, document, ("dependencies",), [*ids[0], *ids[1]])


def read_study(path: Path) -> Study:
    """Read a study file. Raises ``ConfigError`` with file and line for any error in it."""
    document = read_yaml(path)
    return Study(validate(StudyFile, document), document)
