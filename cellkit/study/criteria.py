"""The success criteria of a study: stated before the simulation, compared with each concept afterwards."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from cellkit.study.assumption import NotNegative, Plain, Share
from cellkit.study.frozen_model import FrozenModel
from cellkit.study.headline import Headline
from cellkit.yamlfile import StrictModel

Sense = Literal["at least", "at most"]

AT_LEAST = ("reachable", "proven", "parts_per_hour", "oee", "npv")


class CriteriaConfig(StrictModel):
    """The `criteria` of a study file: limits for figures of the comparison, all optional."""

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


class Criterion(FrozenModel):
    """One criterion. ``name`` is a figure of ``Headline``; ``limit`` is in the unit of that figure."""

    name: str
    sense: Sense
    limit: float


class Judged(Criterion):
    """The outcome of a criterion for one concept. ``met`` is null if the concept does not have the figure.

    A cash flow that never pays back has no payback; then the criterion is missed, not open.
    """

    value: float | None
    met: bool | None


def criteria(config: CriteriaConfig) -> list[Criterion]:
    """Return the criteria that a study file states, in the order of the comparison."""
    stated = []
    for name in CriteriaConfig.model_fields:
        limit = getattr(config, name)
        if limit is not None:
            sense: Sense = "at least" if name in AT_LEAST else "at most"
            stated.append(Criterion(name=name, sense=sense, limit=limit.value))
    return stated


def judge(criteria: list[Criterion], headline: Headline) -> list[Judged]:
    """Compare each criterion with a concept."""
    return [_judged(criterion, headline) for criterion in criteria]


def _judged(criterion: Criterion, headline: Headline) -> Judged:
    value: float | None = getattr(headline, criterion.name)
    met: bool | None = None
    if value is not None:
        met = value >= criterion.limit if criterion.sense == "at least" else value <= criterion.limit
    elif criterion.name == "payback" and headline.npv is not None:
        met = False
    return Judged(**dict(criterion), value=value, met=met)
