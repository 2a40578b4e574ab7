"""The gain of one more buffer place before or after the cell: the same shifts with the same random events."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from pydantic import Field

from cellkit.scenario.config import Scenario
from cellkit.study.assumption import Assumption
from cellkit.study.concepts import Concept
from cellkit.study.frozen_model import FrozenModel
from cellkit.study.shift.batches import Batches
from cellkit.study.shift.calibration import Calibration
from cellkit.study.shift.config import ShiftConfig
from cellkit.study.shift.result import ShiftStudy
from cellkit.study.shift.simulate import shifts


class BufferGain(FrozenModel):
    """The gain of one more buffer place: means over the seeds, each against the same shift without it."""

    where: str = Field(description="before or after the cell")
    places: int = Field(description="batches that can wait there, the new place included")
    good: float = Field(description="good parts a shift")
    gained: float = Field(description="additional good parts a shift")
    least: float = Field(description="additional good parts in the shift with the smallest gain")
    most: float = Field(description="additional good parts in the shift with the largest gain")


def extra_buffer(
    scenario: Scenario,
    concept: Concept,
    config: ShiftConfig,
    seeds: Sequence[int],
    calibration: Calibration | None = None,
    batches: Batches | None = None,
) -> list[BufferGain]:
    """Return the gain of a place before the cell and of one after it. Raises the errors of ``shifts``."""
    runs = batches or Batches(scenario, concept)
    now = shifts(scenario, concept, config, seeds, calibration, runs)
    gains = []
    for where in ("before", "after"):
        field = f"buffer_{where}"
        places = int(getattr(config, field).value) + 1
        more = config.model_copy(update={field: Assumption(value=float(places), source="what if")})
        gains.append(_gain(where, places, now, shifts(scenario, concept, more, seeds, calibration, runs)))
    return gains


def _gain(where: str, places: int, before: ShiftStudy, after: ShiftStudy) -> BufferGain:
    good = [shift.elements.gq for shift in after.shifts]
    gained = [more - shift.elements.gq for more, shift in zip(good, before.shifts, strict=True)]
    return BufferGain(
        where=where,
        places=places,
        good=statistics.fmean(good),
        gained=statistics.fmean(gained),
        least=min(gained),
        most=max(gained),
    )
