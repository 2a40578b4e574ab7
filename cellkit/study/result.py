"""The result of a study (`cellkit/study-result/1`), the only source of the report, its JSON and its CSV."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field

from cellkit.study.advice import Advice
from cellkit.study.assumption import RegisterEntry
from cellkit.study.business.result import BusinessCase
from cellkit.study.criteria import Criterion
from cellkit.study.cycle.table import CycleTable
from cellkit.study.cycle.what_if import WhatIf
from cellkit.study.dependencies.result import Dependencies
from cellkit.study.energy.result import EnergyResult, EnergyYear
from cellkit.study.feasibility.result import Feasibility, ReachMap
from cellkit.study.frozen_model import FrozenModel
from cellkit.study.headline import Headline
from cellkit.study.not_tested import NotTested
from cellkit.study.runs.sweep import ConceptRuns
from cellkit.study.shift.buffers import BufferGain
from cellkit.study.shift.result import ShiftStudy


class Header(FrozenModel):
    """The subject of the study, as its file states it. ``date`` is the day of the study, YYYY-MM-DD."""

    title: str
    question: str
    owner: str
    date: str


class HowRun(FrozenModel):
    """How the runs of every concept were made. ``confidence`` belongs to the bounds; ``quantity`` is in parts a run."""

    world: str
    path: str
    seeds: list[int]
    quantity: int | None
    confidence: float = Field(default=0.95, description="share")


class Process(FrozenModel):
    """The demand and today's process. Today's figures are null if the study has no business case.

    ``takt`` is null if the study requires none.
    """

    parts_per_year: float = Field(description="demand, good parts/year")
    takt: float | None = Field(default=None, description="s a part")
    parts_per_hour: float | None = Field(default=None, description="parts/h made today, good or not")
    operators: float | None = Field(default=None, description="operators at the process today")
    scrap: float | None = Field(default=None, description="share of parts made that is scrap today")
    shifts: float | None = None
    hours_per_shift: float | None = Field(default=None, description="h/year a shift")


class ConceptResult(FrozenModel):
    """All results of one concept. A null part was not asked for, or cannot be made: see ``impossible`` and ``advice``.

    ``speed`` is the share of all arms' speed. ``impossible`` is the reason why the cell cannot be built.
    """

    id: str
    layout: str
    scenario: str
    arm: str
    gripper: str
    vendors: list[str] = []
    speed: float = Field(description="share")
    impossible: str | None = None
    advice: Advice
    feasibility: Feasibility | None = None
    reach_map: ReachMap | None = None
    runs: ConceptRuns | None = None
    cycle: CycleTable | None = None
    what_if: list[WhatIf] = Field(
        default=[], description="a faster gripper and other speeds, run beside the concept itself"
    )
    shift: ShiftStudy | None = None
    buffers: list[BufferGain] = Field(default=[], description="gain of one more buffer place, over the same shifts")
    energy: EnergyResult | None = None
    energy_year: EnergyYear | None = None
    business: BusinessCase | None = None


class SourceFile(FrozenModel):
    """A source file of the study; ``name`` is relative, never a path of the machine."""

    name: str
    sha256: str


class TracedRun(FrozenModel):
    """One run and the hash of its trace: the same versions and files give the same hash again."""

    concept: str
    seed: int
    sha256: str


class Reproducibility(FrozenModel):
    """Everything that is needed to reproduce the figures."""

    command: str
    versions: dict[str, str] = Field(description="package → version; python and platform among them")
    seeds: list[int]
    files: list[SourceFile]
    runs: list[TracedRun] = []


class StudyResult(FrozenModel):
    """The whole study."""

    model_config = ConfigDict(serialize_by_alias=True)

    schema_: Literal["cellkit/study-result/1"] = Field(default="cellkit/study-result/1", alias="schema")
    header: Header
    how: HowRun
    process: Process | None = None
    criteria: list[Criterion] = []
    concepts: list[ConceptResult]
    comparison: list[Headline] = []
    dependencies: list[Dependencies] = []
    assumptions: list[RegisterEntry] = []
    not_tested: list[NotTested] = []
    reproducibility: Reproducibility
