"""What one more buffer place before or after the cell buys: the same shifts, met by the same fate."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, Field

from cellkit.scenario.config import Scenario
from cellkit.study.assumption import Assumption
from cellkit.study.concepts import Concept
from cellkit.study.shift.batches import Batches
from cellkit.study.shift.calibration import Calibration
from cellkit.study.shift.config import ShiftConfig
from cellkit.study.shift.result import ShiftStudy
from cellkit.study.shift.simulate import shifts


class BufferGain(BaseModel):
    """One buffer place more. Gains are means over the seeds, each against the shift of the same seed without it."""

    model_config = ConfigDict(frozen=True)

    where: str = Field(description="before or after the cell")
    places: int = Field(description="batches that can wait there now, with the new one")
    good: float = Field(description="good parts a shift")
    gained: float = Field(description="good parts a shift more")
    least: float = Field(description="good parts more, in the shift that gains least")
    most: float = Field(description="good parts more, in the shift that gains most")


def extra_buffer(
    scenario: Scenario,
    concept: Concept,
    config: ShiftConfig,
    seeds: Sequence[int],
    calibration: Calibration | None = None,
    batches: Batches | None = None,
) -> list[BufferGain]:
    """What a place before the cell buys, and what one after it. Raises as ``shifts`` does."""
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
