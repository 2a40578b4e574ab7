"""What a shift came to. Times in s, of the shift where they are moments."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from cellkit.study.shift.calibration import Calibration
from cellkit.study.shift.kpi import Elements, Kpis


class ShiftFault(BaseModel):
    """One stoppage. ``device`` is a role of the cell, something around it, or the program that gave up."""

    model_config = ConfigDict(frozen=True)

    at: float = Field(description="s")
    device: str
    kind: str = Field(description="hold: the program went on; abort: it began anew")
    waiting: float = Field(description="s until somebody was free and on the way, or to the end of the shift")
    down: float = Field(description="s until the cell worked again, or to the end of the shift")
    repaired: bool = Field(description="false: the shift was over before")
    scrap: bool = Field(description="the part in work was spoilt")


class People(BaseModel):
    """The operators together. What they finish in a break counts as work, so the share may pass 1 by that."""

    model_config = ConfigDict(frozen=True)

    number: int
    attended: float = Field(description="s")
    worked: float = Field(description="s")
    utilisation: float | None = Field(description="worked / attended")


class Shift(BaseModel):
    """One shift of one concept by one seed."""

    model_config = ConfigDict(frozen=True)

    seed: int
    length: float = Field(description="s")
    planned_stops: float = Field(description="s in which the cell was not to work")
    states: dict[str, float] = Field(description="s in each PackML state that the cell was in")
    elements: Elements
    kpis: Kpis
    pri_source: str
    part_time_kinematic: float | None = Field(description="s a part, mean of the runs of this shift, as they were run")
    part_time: float | None = Field(description="s a part, the same as corrected by the calibration")
    batch: int = Field(description="parts a run of the program")
    batches: int = Field(description="runs of the program in this shift")
    batches_different: int = Field(description="of these, with a seed and quantity of their own; the others repeat one")
    runs_sha256: str = Field(description="over the trace hashes of these runs, in their order")
    starved: float = Field(description="s without a loaded tray")
    blocked: float = Field(description="s without a place for the finished tray")
    delays: dict[str, float] = Field(description="s of delay by cause")
    faults: list[ShiftFault]
    people: People
    timeline: list[tuple[float, str]] = Field(description="moment (s) from which the cell was in which state")
    calibration: Calibration | None
    notes: list[str] = Field(description="what was left out of this shift")


class Spread(BaseModel):
    """One figure over several shifts. ``deviation`` is None for one shift."""

    model_config = ConfigDict(frozen=True)

    mean: float
    deviation: float | None
    least: float
    most: float


class ShiftStudy(BaseModel):
    """The same shift by several seeds. ``figures``: key figures, parts and times by name; what was None in every shift
    is missing, and what was None in some is of the others.
    """

    model_config = ConfigDict(frozen=True)

    shifts: list[Shift]
    figures: dict[str, Spread]
