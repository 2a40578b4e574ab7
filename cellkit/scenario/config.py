"""The scenario file (`cellkit/scenario/1`): a cell, a program, the process around the robot, and the expectations."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from cellkit import registry
from cellkit.cell.kinds.fields import Name
from cellkit.errors import ConfigError
from cellkit.models.arm import Positive
from cellkit.scenario.needs import RoleNeeds
from cellkit.scenario.processes.config import ProcessConfig
from cellkit.scenario.tolerances import Tolerances
from cellkit.yamlfile import Document, StrictModel, near_names, read_yaml, validate


class Expectations(StrictModel):
    """The conditions of a successful run. ``min_parts_good`` null: all parts."""

    min_parts_good: Annotated[int, Field(ge=0)] | None = None
    max_collisions: Annotated[int, Field(ge=0)] = 0


class ExpectedError(StrictModel):
    """The error that the program must end with: its name in ``cellkit.errors``, and words of its message."""

    error: Literal[
        "CommandRejected",
        "ConnectionLost",
        "DeviceFault",
        "EmergencyStop",
        "GraspLost",
        "MotionTimeout",
        "ProtectiveStop",
        "ProtocolError",
        "TaskFailed",
    ]
    says: str = ""


class ExpectedRecovery(StrictModel):
    """The recovery that the program must make.

    It runs to its end, leaves a note with these words, and makes at least this number of good parts.
    """

    recovery: Annotated[str, Field(min_length=1)] = Field(description="words of the note (`cell.note`)")
    parts_good: Annotated[int, Field(ge=0)] | None = Field(default=None, description="at least; null: all of them")


Expected = Annotated[
    Annotated[ExpectedError, Tag("error")] | Annotated[ExpectedRecovery, Tag("recovery")],
    Discriminator(lambda given: "recovery" if isinstance(given, dict) and "recovery" in given else "error"),
]


class FaultConfig(StrictModel):
    """A fault that begins ``at`` s after the program, and its expected consequence.

    With a ``device``: the effect of ``drift``, ``saturated`` and ``lies`` depends on the kind of sensor
    (``cellkit.controller.sensor_faults``). ``silent`` is a fault of the line, for any of these devices or a gripper. A
    gripper has two more, both from the moment when the arm carries a part at speed: ``part_lost`` (the part slips out
    or breaks off) and ``leak`` (the vacuum is lost). An arm has ``protective_stop``, from the moment when it moves at
    speed. With ``process`` the fault is one of the process around the robot.
    """

    device: Name | None = None
    kind: Literal["silent", "drift", "saturated", "lies", "part_lost", "leak", "protective_stop"] | None = None
    process: Name | None = None
    at: Annotated[float, Field(ge=0)] = 0.0
    under_way: Annotated[float, Field(gt=0, le=1)] = Field(
        default=0.5, description="share of any joint's greatest speed from which an arm or a part counts as at speed"
    )
    rate: float = Field(
        default=0.0, description="per s: rate of a drifting sensor in its own unit, or of vacuum loss in Pa"
    )
    expect: Expected

    @model_validator(mode="after")
    def _consistent(self) -> FaultConfig:
        if (self.process is None) != (self.device is not None and self.kind is not None):
            raise ValueError("a fault needs either a device and the kind of its fault, or a fault of the process")
        if self.kind == "leak" and self.rate <= 0.0:
            raise ValueError("a leak needs a rate above 0 (Pa of vacuum a second)")
        return self


class ScenarioFile(StrictModel):
    """The content of a scenario file."""

    schema_: Literal["cellkit/scenario/1"] = Field(alias="schema")
    name: Name
    title: str
    cell: str = Field(description="Cell file, relative to this one")
    program: str = Field(description="Python file with `async def main(cell)`, relative to this one")
    quantity: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    seed: Annotated[int, Field(ge=0)] = 1
    time_limit: Positive = Field(default=3600.0, description="s of cell time per 10 parts begun; then the run fails")
    needs: dict[Name, RoleNeeds] = Field(default={}, description="Requirements on the models, by role")
    process: ProcessConfig | None = None
    faults: dict[Name, FaultConfig] = Field(default={}, description="Runs with a fault: `cellkit run … --fault NAME`")
    worlds: list[str] = Field(default=[], description="Worlds that it runs in; empty: all")
    tolerances: Tolerances = Tolerances()
    expect: Expectations = Expectations()


class Scenario:
    """A scenario file and the paths that it names."""

    def __init__(self, file: ScenarioFile, document: Document) -> None:
        self.file = file
        self.document = document
        self.cell_file = self._beside("cell", file.cell)
        self.program_file = self._beside("program", file.program)

    def _beside(self, key: str, name: str) -> Path:
        folder = self.document.file.absolute().parent
        path = folder / name
        if not os.path.isfile(path):  # unlike Path.is_file(), it accepts any text
            raise self.document.error(f"{key}: no such file {name!r} beside this one", (key,))
        return path


def read_scenario(reference: str) -> Scenario:
    """Read a shipped scenario by name, or another one by the path of its file or folder.

    Raises ``ConfigError`` for an unknown name (with similar names), a missing file, or an error in the file.
    """
    path = scenario_path(reference)
    document = read_yaml(path)
    return Scenario(validate(ScenarioFile, document), document)


def scenario_path(reference: str) -> Path:
    """Return the file of a scenario's name or path."""
    if "/" in reference or reference.endswith((".yaml", ".yml")):
        path = Path(reference)
        return path / "scenario.yaml" if os.path.isdir(path) else path
    shipped = registry.scenario_files()
    if reference not in shipped:
        raise ConfigError(f"unknown scenario {reference!r}; {near_names(reference, shipped)} (a path works too)")
    return shipped[reference]
