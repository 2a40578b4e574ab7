"""The result of a shift. Times in s; a point in time counts from the start of the shift."""

from __future__ import annotations

from pydantic import Field

from cellkit.study.frozen_model import FrozenModel
from cellkit.study.shift.calibration import Calibration
from cellkit.study.shift.kpi import Elements, Kpis


class ShiftFault(FrozenModel):
    """One stoppage. ``device`` is a role of the cell, a device outside it, or ``program`` if the program gave up."""

    at: float = Field(description="s")
    device: str
    kind: str = Field(description="hold: the program continued; abort: it started again")
    waiting: float = Field(description="s until an operator was free, or to the end of the shift")
    down: float = Field(description="s until the cell worked again, or to the end of the shift")
    repaired: bool = Field(description="false: the shift ended first")
    scrap: bool = Field(description="the part in work was spoilt")


class People(FrozenModel):
    """The operators together. Work that is finished in a break counts, so the utilisation can exceed 1."""

    number: int
    attended: float = Field(description="s")
    worked: float = Field(description="s")
    utilisation: float | None = Field(description="worked / attended")


class Shift(FrozenModel):
    """One shift of one concept with one seed."""

    seed: int
    length: float = Field(description="s")
    planned_stops: float = Field(description="s of planned stops of the cell")
    states: dict[str, float] = Field(description="s in each PackML state with time in it")
    elements: Elements
    kpis: Kpis
    pri_source: str
    part_time_kinematic: float | None = Field(description="s a part, mean of the runs of this shift, not corrected")
    part_time: float | None = Field(description="s a part, the same mean corrected by the calibration")
    batch: int = Field(description="parts a run of the program")
    batches: int = Field(description="runs of the program in this shift")
    batches_different: int = Field(description="runs with their own seed and quantity; the others repeat one of them")
    runs_sha256: str = Field(description="SHA-256 over the trace hashes of these runs, in their order")
    starved: float = Field(description="s without a loaded tray")
    blocked: float = Field(description="s without a place for the finished tray")
    delays: dict[str, float] = Field(description="s of delay by cause")
    faults: list[ShiftFault]
    people: People
    timeline: list[tuple[float, str]] = Field(
        description="time (s) at which the cell entered each state, and the state"
    )
    calibration: Calibration | None
    notes: list[str] = Field(description="aspects that this shift leaves out")


class Spread(FrozenModel):
    """One figure over several shifts. ``deviation`` is None for a single shift."""

    mean: float
    deviation: float | None
    least: float
    most: float


class ShiftStudy(FrozenModel):
    """The same shift with several seeds.

    ``figures`` holds key figures, parts and times by name, each over the shifts in which it is not None; a figure that
    is None in every shift is missing.
    """

    shifts: list[Shift]
    figures: dict[str, Spread]
