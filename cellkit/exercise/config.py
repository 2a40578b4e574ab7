"""The exercise file (`cellkit/exercise/1`): the task, the files for the student, the runs, and the score.

One exercise is one folder: ``exercise.yaml`` with its text, starter and reference program, and usually a scenario and a
cell of its own.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from cellkit import registry
from cellkit.cell.kinds.fields import Name
from cellkit.digits import whole_number
from cellkit.errors import ConfigError
from cellkit.exercise.student import ProcessLimits
from cellkit.models.arm import Positive
from cellkit.scenario.config import Scenario, read_scenario
from cellkit.yamlfile import Document, StrictModel, near_names, read_yaml, validate

Share = Annotated[float, Field(ge=0, le=1)]


class Variant(StrictModel):
    """One setting in which a program is graded; an empty field is as in the scenario and cell file.

    With a ``fault`` of the scenario the run is a success if the program fails in the way that the scenario states.
    """

    scenario: str | None = Field(default=None, description="Beside this file, or a shipped one's name")
    arm: str | None = Field(default=None, description="Model, or ROLE=MODEL")
    gripper: str | None = None
    fault: Name | None = None
    world: Literal["physics", "kinematic"] | None = None
    quantity: Annotated[int, Field(ge=1)] | None = None


class Limits(StrictModel):
    """The limits of one run of a program. A program that exceeds one is ended, and has no score."""

    cell_time: Positive = Field(default=300.0, description="s of cell time")
    thinking: Positive = Field(
        default=20.0, description="s of processor time without letting the cell continue (or three times as long)"
    )
    cpu: Annotated[int, Field(ge=1)] = Field(default=60, description="s of processor time")
    memory_mb: Annotated[int, Field(ge=64)] = Field(default=512, description="MB in addition to cellkit's own need")
    output_kb: Annotated[int, Field(ge=1)] = Field(default=1000, description="kB of output")

    def of_process(self) -> ProcessLimits:
        """Return the limits of the process."""
        return ProcessLimits(self.thinking, self.cpu, self.memory_mb * 1_000_000, self.output_kb * 1000)


class Gate(StrictModel):
    """The number of events that are tolerated in a run; with one more in any run the score is 0.

    ``refused``: commands to an actuator that its rules refused: out of reach, over a limit, wrong in its state.
    """

    collisions: Annotated[int, Field(ge=0)] = 0
    refused: Annotated[int, Field(ge=0)] = 0


class Weights(StrictModel):
    """Shares of the score; their sum is 1. Their meaning: docs/exercises.md."""

    time: Share = 0.3
    success: Share = 0.5
    robustness: Share = 0.2
    energy: Share = 0.0
    portability: Share = 0.0

    @model_validator(mode="after")
    def _whole(self) -> Weights:
        total = self.time + self.success + self.robustness + self.energy + self.portability
        if not math.isclose(total, 1.0, abs_tol=1e-9):
            raise ValueError(f"the weights add up to {total:g}, not to 1")
        return self


class FailurePattern(StrictModel):
    """The failing events that a hint is for; every stated field must match.

    ``kind`` is the kind of event: an error's name (``OutOfReach``, ``GraspLost``, ``PermissionError`` …),
    ``collision``, ``parts`` (judged wrong, or never finished), ``answer``, ``fault`` (other than the scenario states),
    ``Ended`` (had to be ended). ``says`` is a part of the event's text, in upper or lower case.
    """

    kind: str | None = None
    says: str | None = None
    device: str | None = None

    @model_validator(mode="after")
    def _something(self) -> FailurePattern:
        if self.kind is None and self.says is None and self.device is None:
            raise ValueError("the pattern is empty: state kind, says or device")
        return self


class Hint(StrictModel):
    """The help for such an event; the first hint that matches is shown."""

    when: FailurePattern
    hint: str


class Reference(StrictModel):
    """The largest values of the reference program in the runs of `cellkit exercise measure`.

    ``seconds`` of cell time and ``joules`` a good part, in the order of the variants.
    """

    runs: int
    seconds: list[Positive | None]
    joules: list[Positive | None] = []


class ExerciseFile(StrictModel):
    """A whole exercise."""

    schema_: Literal["cellkit/exercise/1"] = Field(alias="schema")
    name: Name
    number: Annotated[int, Field(ge=1)] = Field(description="Its place in the order of exercises")
    title: str
    text: str = "text.md"
    starter: str = "starter.py"
    reference: str = "reference.py"
    files: list[str] = Field(default=[], description="Further files beside this one for the student")
    scenario: str = Field(default="scenario.yaml", description="Beside this file, or a shipped one's name")
    world: Literal["physics", "kinematic"] = "physics"
    quantity: Annotated[int, Field(ge=1)] | None = None
    variants: Annotated[list[Variant], Field(min_length=1)] = [Variant()]
    seeds: Annotated[int, Field(ge=1, le=200)] = Field(default=10, description="Runs, unless --seeds states a number")
    limits: Limits = Limits()
    gate: Gate = Gate()
    score: Weights = Weights()
    pass_: Annotated[float, Field(ge=0, le=100)] = Field(default=60.0, alias="pass")
    hints: list[Hint] = []
    measured: Reference | None = Field(default=None, description="Written by `cellkit exercise measure`")

    @model_validator(mode="after")
    def _consistent(self) -> ExerciseFile:
        if self.measured is not None and len(self.measured.seconds) != len(self.variants):
            raise ValueError("`measured` belongs to other variants; run `cellkit exercise measure` again")
        return self


class Exercise:
    """An exercise file that was read, with the files beside it."""

    def __init__(self, file: ExerciseFile, document: Document) -> None:
        self.file = file
        self.document = document
        self.folder = document.file.absolute().parent
        self.text = self._beside("text", file.text)
        self.starter = self._beside("starter", file.starter)
        self.reference = self._beside("reference", file.reference)
        self.extra = [self._beside("files", name) for name in file.files]

    def scenario(self, variant: Variant | None = None) -> Scenario:
        """Return the scenario of the exercise, or that of a variant."""
        reference = (variant.scenario if variant is not None else None) or self.file.scenario
        if reference.endswith((".yaml", ".yml")):
            return read_scenario(str(self._beside("scenario", reference)))
        try:
            return read_scenario(reference)
        except ConfigError as error:
            if error.file is not None:
                raise
            raise self.document.error(f"scenario: {error.message}", ("scenario",)) from None

    def _beside(self, key: str, name: str) -> Path:
        path = self.folder / name
        if not os.path.isfile(path):
            raise self.document.error(f"{key}: the file {name!r} does not exist beside this one", (key,))
        return path


def read_exercise(reference: str) -> Exercise:
    """Read a shipped exercise by name or number, or any by the path of its file or folder. Raises ``ConfigError``."""
    path = exercise_path(reference)
    document = read_yaml(path)
    return Exercise(validate(ExerciseFile, document), document)


def exercise_path(reference: str) -> Path:
    """Return the file for a name, a number or a path."""
    if "/" in reference or reference.endswith((".yaml", ".yml")):
        path = Path(reference)
        return path / "exercise.yaml" if os.path.isdir(path) else path
    shipped = registry.exercise_files()
    if reference in shipped:  # before a folder of that name, which `exercise start` makes for the student's files
        return shipped[reference]
    if os.path.isdir(reference):
        return Path(reference) / "exercise.yaml"
    number = whole_number(reference, most=2**31)
    if number is not None:
        for name, exercise in ladder(shipped).items():
            if exercise.file.number == number:
                return shipped[name]
    raise ConfigError(f"unknown exercise {reference!r}; {near_names(reference, shipped)} (a path works too)")


def ladder(files: Mapping[str, Path] | None = None) -> dict[str, Exercise]:
    """Return all shipped exercises by name, in the order of their numbers."""
    exercises = {}
    for name, path in (registry.exercise_files() if files is None else files).items():
        document = read_yaml(path)
        exercises[name] = Exercise(validate(ExerciseFile, document), document)
    return dict(sorted(exercises.items(), key=lambda item: (item[1].file.number, item[0])))
