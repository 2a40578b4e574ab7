"""The section ``shift`` of a study file: what happens around the cell in a shift. Every figure keeps its source."""

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
    """People are away. ``cell`` stops, so that the time is no planned busy time, or runs on as long as it can."""

    at: NotNegative = stated("h after the shift has begun")
    minutes: AboveZero = stated("min")
    cell: Literal["runs", "stops"] = "runs"
    staying: Count = suggested(0, "people", "everybody has the break")


class Arrivals(StrictModel):
    """Material comes from upstream. Times between arrivals are lognormal; ``spread`` 0: always the same."""

    interval: Interval = stated("s between two arrivals, on average")
    spread: NotNegative = suggested(0.0, "standard deviation over mean", "evenly")
    lot: AtLeastOne = suggested(1, "parts at a time", "one by one")


class FaultRate(StrictModel):
    """How often a device fails while the cell works, and how long somebody needs to repair it.

    Operating times to failure are exponential, repair times lognormal. ``stop``: the program can go on where it was
    (``hold``), or begins anew with what is left of the batch (``abort``).
    """

    mtbf: Mtbf = stated("h of operation between two failures, on average")
    repair: NotNegative = stated("min of work, on average")
    spread: NotNegative = suggested(0.5, "standard deviation over mean", GUESS)
    scrap: Share = suggested(0.0, "share of failures that spoil the part in work", GUESS)
    stop: Literal["hold", "abort"] = "hold"
    outside: bool = Field(default=False, description="it is no device of the cell file: a feeder, a guard")


class ShiftConfig(StrictModel):
    """A shift and its surroundings. What is left out does not limit the cell: no arrivals means always enough
    material, no faults means that nothing fails.

    One batch is one run of the cell's program: a tray, a rack, a layer. Places for trays beyond the one in work are
    buffers.
    """

    hours: Hours = suggested(8.0, "h", "one shift")
    operators: Count = suggested(1, "people", GUESS)
    breaks: list[Break] = []
    reaction: NotNegative = suggested(2.0, "min until somebody is at a cell that has stopped, on average", GUESS)
    batch: AtLeastOne | None = Field(
        default=None, description="parts a run; null: as many as in the task, or else in the scenario"
    )
    arrivals: Arrivals | None = None
    loading: NotNegative = suggested(0.0, "min of an operator per batch", "material comes by itself")
    unloading: NotNegative = suggested(0.0, "min of an operator per batch", "parts leave by themselves")
    exchange: NotNegative = suggested(0.0, "s between two batches for which the cell waits", "no exchange")
    buffer_before: Count = suggested(0, "batches that can wait before the cell", "none")
    buffer_after: Count = suggested(0, "batches that can wait after the cell", "none")
    takt: AboveZero | None = Field(default=None, description="s per part in which the next station takes parts")
    faults: dict[str, FaultRate] = {}
    setup: NotNegative = suggested(0.0, "min of an operator at the start and at each change-over", "no set-up")
    order: AtLeastOne | None = Field(default=None, description="parts until a change-over; null: none")
    scrap: Share = suggested(0.0, "share of parts spoilt, beyond what the runs show", GUESS)
    rework: Share = suggested(0.0, "share of the bad parts that can be reworked", GUESS)
    planned_cycle: AboveZero | None = Field(
        default=None, description="s; planned run time per item; null: the mean undisturbed part time of the runs"
    )
    stopping: NotNegative = suggested(1.0, "s until a cell that is to stop stands", GUESS)
    starting: NotNegative = suggested(5.0, "s until a cell works again once somebody has started it", GUESS)
    recovery: NotNegative = suggested(3.0, "min of an operator after the program itself has given up", GUESS)
    seeds: AtLeastOne | None = Field(
        default=None, description="how many different batches there are; null: each has its own seed"
    )

    @model_validator(mode="after")
    def _somebody(self) -> ShiftConfig:
        if self.operators.value == 0:
            for name in ("loading", "unloading", "setup"):
                if getattr(self, name).value > 0:
                    raise ValueError(f"operators: 0, but {name} needs one")
            if self.faults:
                raise ValueError("operators: 0, but faults need somebody who repairs")
        last = 0.0
        for pause in sorted(self.breaks, key=lambda one: one.at.value):
            if pause.at.value < last - 1e-9:
                raise ValueError(f"breaks: the one at {pause.at.value:g} h begins before the one before it has ended")
            last = pause.at.value + pause.minutes.value / 60.0
            if pause.staying.value > self.operators.value:
                raise ValueError(f"breaks: {pause.staying.value:g} stay, but there are {self.operators.value:g}")
        if last > self.hours.value + 1e-9:
            raise ValueError(f"breaks: one ends at {last:g} h, after the shift of {self.hours.value:g} h")
        return self
