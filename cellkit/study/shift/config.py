"""The section ``shift`` of a study file: the surroundings of the cell in a shift. Every figure keeps its source."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from cellkit.study.assumption import AboveZero, Assumption, NotNegative, Share, assumed, stated, suggested
from cellkit.yamlfile import StrictModel

GUESS = "cellkit's suggestion, not measured: state your own"


def _whole(given: Assumption) -> Assumption:
    if given.value != round(given.value):
        raise ValueError(f"{given.value:g} is not a whole number")
    return given


Count = Annotated[NotNegative, AfterValidator(_whole)]
AtLeastOne = Annotated[AboveZero, AfterValidator(_whole)]
Interval = Annotated[Assumption, *assumed(least=0.1)]
Mtbf = Annotated[Assumption, *assumed(least=0.01)]
Hours = Annotated[Assumption, *assumed(above=0.0, most=168.0)]


class Break(StrictModel):
    """A break of the operators. ``cell``: it stops (no planned busy time), or it runs on as long as it can."""

    at: NotNegative = stated("h after the start of the shift")
    minutes: AboveZero = stated("min")
    cell: Literal["runs", "stops"] = "runs"
    staying: Count = suggested(0, "people", "all operators have the break")


class Arrivals(StrictModel):
    """The arrival of material from upstream. Times between arrivals are lognormal; ``spread`` 0: constant."""

    interval: Interval = stated("s between two arrivals, on average")
    spread: NotNegative = suggested(0.0, "standard deviation over mean", "constant interval")
    lot: AtLeastOne = suggested(1, "parts at a time", "one part at a time")


class FaultRate(StrictModel):
    """The failure rate of a device while the cell works, and its repair time.

    Operating times to failure are exponential, repair times lognormal. ``stop``: the program continues where it was
    (``hold``), or starts again with the rest of the batch (``abort``).
    """

    mtbf: Mtbf = stated("h of operation between two failures, on average")
    repair: NotNegative = stated("min of work, on average")
    spread: NotNegative = suggested(0.5, "standard deviation over mean", GUESS)
    scrap: Share = suggested(0.0, "share of failures that spoil the part in work", GUESS)
    stop: Literal["hold", "abort"] = "hold"
    outside: bool = Field(default=False, description="the device is not in the cell file, such as a feeder or a guard")


class ShiftConfig(StrictModel):
    """A shift and its surroundings.

    A field that is left out does not limit the cell: without arrivals there is always enough material, without faults
    no device fails. One batch is one run of the cell's program: a tray, a rack, a layer. Places for trays beyond the
    one in work are buffers.
    """

    hours: Hours = suggested(8.0, "h", "one shift")
    operators: Count = suggested(1, "people", GUESS)
    breaks: list[Break] = []
    reaction: NotNegative = suggested(2.0, "min until an operator is at a stopped cell, on average", GUESS)
    batch: AtLeastOne | None = Field(
        default=None, description="parts a run; null: the task's quantity, or else the scenario's"
    )
    arrivals: Arrivals | None = None
    loading: NotNegative = suggested(0.0, "min of an operator per batch", "automatic supply")
    unloading: NotNegative = suggested(0.0, "min of an operator per batch", "automatic removal")
    exchange: NotNegative = suggested(0.0, "s of waiting between two batches", "no exchange")
    buffer_before: Count = suggested(0, "batches that can wait before the cell", "none")
    buffer_after: Count = suggested(0, "batches that can wait after the cell", "none")
    takt: AboveZero | None = Field(default=None, description="s per part at the next station")
    faults: dict[str, FaultRate] = {}
    setup: NotNegative = suggested(0.0, "min of an operator at the start and at each change-over", "no set-up")
    order: AtLeastOne | None = Field(default=None, description="parts until a change-over; null: none")
    scrap: Share = suggested(0.0, "share of parts spoilt, in addition to the runs", GUESS)
    rework: Share = suggested(0.0, "share of the bad parts that can be reworked", GUESS)
    planned_cycle: AboveZero | None = Field(
        default=None, description="s; planned run time per item; null: the mean undisturbed part time of the runs"
    )
    stopping: NotNegative = suggested(1.0, "s from a stop to standstill", GUESS)
    starting: NotNegative = suggested(5.0, "s from a start by an operator to production", GUESS)
    recovery: NotNegative = suggested(3.0, "min of an operator after the program has given up", GUESS)
    seeds: AtLeastOne | None = Field(
        default=None, description="number of different batches; null: each has its own seed"
    )

    @model_validator(mode="after")
    def _consistent(self) -> ShiftConfig:
        if self.operators.value == 0:
            for name in ("loading", "unloading", "setup"):
                if getattr(self, name).value > 0:
                    raise ValueError(f"operators: 0, but {name} needs one")
            if self.faults:
                raise ValueError("operators: 0, but faults need an operator for repairs")
        last = 0.0
        for pause in sorted(self.breaks, key=lambda one: one.at.value):
            if pause.at.value < last - 1e-9:
                raise ValueError(f"breaks: the one at {pause.at.value:g} h begins before the previous one ends")
            last = pause.at.value + pause.minutes.value / 60.0
            if pause.staying.value > self.operators.value:
                raise ValueError(
                    f"breaks: staying is {pause.staying.value:g}, more than the {self.operators.value:g} operators"
                )
        if last > self.hours.value + 1e-9:
            raise ValueError(f"breaks: one ends at {last:g} h, after the shift of {self.hours.value:g} h")
        return self
