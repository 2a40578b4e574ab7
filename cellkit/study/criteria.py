"""The criteria of success of a study: stated before anything is simulated, and held to each concept afterwards."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from cellkit.study.assumption import NotNegative, Plain, Share
from cellkit.study.headline import Headline
from cellkit.yamlfile import StrictModel

Sense = Literal["at least", "at most"]

AT_LEAST = ("reachable", "proven", "parts_per_hour", "oee", "npv")


class CriteriaConfig(StrictModel):
    """The `criteria` of a study file: limits of the figures of the comparison. All may be left out."""

    reachable: Share | None = Field(default=None, description="share of the required poses that must be reached")
    proven: Share | None = Field(default=None, description="share of good runs that must be proven")
    cycle_mean: NotNegative | None = Field(default=None, description="s")
    cycle_p95: NotNegative | None = Field(default=None, description="s")
    parts_per_hour: NotNegative | None = Field(default=None, description="parts/h")
    oee: Share | None = Field(default=None, description="share")
    energy_per_part: NotNegative | None = Field(default=None, description="kWh")
    peak_power: NotNegative | None = Field(default=None, description="kW")
    capex: NotNegative | None = Field(default=None, description="EUR")
    payback: NotNegative | None = Field(default=None, description="years")
    npv: Plain | None = Field(default=None, description="EUR")
    probability_of_loss: Share | None = Field(default=None, description="share")
    cost_per_part: NotNegative | None = Field(default=None, description="EUR")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class Criterion(_Part):
    """One criterion. ``name`` is that of a figure of ``Headline``, ``limit`` is in that figure's unit."""

    name: str
    sense: Sense
    limit: float


class Judged(_Part):
    """What a concept came to against a criterion. ``met`` is null where the concept has no such figure.

    A cash flow that never pays back has none, but that is known: the criterion is missed.
    """

    name: str
    sense: Sense
    limit: float
    value: float | None
    met: bool | None


def criteria(config: CriteriaConfig) -> list[Criterion]:
    """The criteria that a study file states, in the order of the comparison."""
    found = []
    for name in CriteriaConfig.model_fields:
        limit = getattr(config, name)
        if limit is not None:
            sense: Sense = "at least" if name in AT_LEAST else "at most"
            found.append(Criterion(name=name, sense=sense, limit=limit.value))
    return found


def judge(criteria: list[Criterion], headline: Headline) -> list[Judged]:
    """Hold each criterion to a concept."""
    return [_judged(one, headline) for one in criteria]


def _judged(one: Criterion, headline: Headline) -> Judged:
    value: float | None = getattr(headline, one.name)
    met: bool | None = None
    if value is not None:
        met = value >= one.limit if one.sense == "at least" else value <= one.limit
    elif one.name == "payback" and headline.npv is not None:
        met = False
    return Judged(name=one.name, sense=one.sense, limit=one.limit, value=value, met=met)
