"""Dutch incentives as dated parameters of the study: WBSO, KIA, EIA and Innovatiebox. All are off until named.

A study names a scheme with the figures of a year that cellkit ships (``preset: 2026``) or with its own. Figures are law
of a period: past it the case still counts them, with a warning. Formulas: RVO and Belastingdienst, as the presets say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field, field_validator, model_validator

from cellkit.study.assumption import AboveZero, NotNegative, Share, stated, suggested
from cellkit.study.business.tax import Values
from cellkit.yamlfile import StrictModel, near_names, read_yaml

PRESETS = Path(__file__).with_name("presets.yaml")
Kind = Literal["wage_tax", "profit_deduction", "reduced_rate"]
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@cache
def presets() -> dict[str, dict[str, Any]]:
    """The shipped figures: year → scheme → fields."""
    found: dict[str, dict[str, Any]] = read_yaml(PRESETS).data
    return found


class Scheme(StrictModel):
    """A scheme with its period. ``name`` and ``kind`` say what it is and what it lowers."""

    name: ClassVar[str]
    kind: ClassVar[Kind]
    note: ClassVar[str]
    _key: ClassVar[str]

    preset: int | None = Field(default=None, description="year whose figures are taken where none are given")
    valid_from: str = Field(description="first day, as 2026-01-01")
    valid_to: str = Field(description="last day, as 2026-12-31")

    @model_validator(mode="before")
    @classmethod
    def _from_preset(cls, given: Any) -> Any:
        if not isinstance(given, dict) or given.get("preset") is None:
            return given
        year = str(given["preset"])
        if year not in presets():
            raise ValueError(f"no figures of {year} are shipped; valid: {', '.join(presets())}, or give your own")
        return {**presets()[year][cls._key], **given}

    @field_validator("valid_from", "valid_to")
    @classmethod
    def _dated(cls, day: str) -> str:
        if not _DAY.fullmatch(day):
            raise ValueError(f"{day!r} is no date of the form 2026-11-01")
        return day

    @model_validator(mode="after")
    def _in_order(self) -> Scheme:
        if self.valid_from > self.valid_to:
            raise ValueError(f"valid_from {self.valid_from} is after valid_to {self.valid_to}")
        return self

    def warning(self, today: str) -> str | None:
        """What to say on ``today`` (as 2026-11-01) when the figures do not hold then."""
        if today > self.valid_to:
            return f"{self.name}: the figures held until {self.valid_to}; on {today} they may be others, or none"
        if today < self.valid_from:
            return f"{self.name}: the figures hold from {self.valid_from}; on {today} they do not yet"
        return None


class Wbso(Scheme):
    """Less wage tax for own research and development (S&O)."""

    name = "WBSO"
    kind = "wage_tax"
    note = (
        "no subsidy for buying a robot: only hours and cost of own, technically new development count, after an "
        "approved application, and never more than the wage tax that is due. Counted as lower wage cost, so as profit "
        "that is taxed"
    )
    _key = "wbso"

    first_rate: Share = stated("share of the base up to the limit")
    starter_rate: Share = stated("the same for starters")
    limit: NotNegative = stated("EUR of base")
    second_rate: Share = stated("share of the base above the limit")
    base: NotNegative = stated("EUR/year: wage cost (and cost) of own S&O work")
    wage_tax_due: NotNegative = stated("EUR/year: wage tax that the firm pays")
    starter: bool = False
    years: int = Field(default=1, ge=1, le=40, description="how many years the S&O work goes on")

    def benefit(self) -> float:
        """EUR a year."""
        first = self.starter_rate if self.starter else self.first_rate
        return wbso(self.base.value, first.value, self.limit.value, self.second_rate.value, cap=self.wage_tax_due.value)


class Kia(Scheme):
    """Extra deduction from profit for small investments."""

    name = "KIA"
    kind = "profit_deduction"
    note = (
        "counts all of the firm's qualifying investments of the year together; what is shown is what the cell adds. "
        "Deducted from the profit of the first year"
    )
    _key = "kia"

    threshold: NotNegative = stated("EUR: nothing up to here")
    rate: Share = stated("share of the investment")
    rate_limit: AboveZero = stated("EUR: the share holds up to here")
    fixed: NotNegative = stated("EUR: deduction from there on")
    fixed_limit: AboveZero = stated("EUR: the fixed deduction holds up to here")
    reduction: Share = stated("share of what is above that by which it falls")
    end: AboveZero = stated("EUR: nothing above here")
    eligible: Share = suggested(1.0, "share of capex that qualifies", "all, if not stated")
    other_investments: NotNegative = suggested(0.0, "EUR in the same year", "none, if not stated")

    @model_validator(mode="after")
    def _rising(self) -> Kia:
        edges = [self.threshold.value, self.rate_limit.value, self.fixed_limit.value, self.end.value]
        if edges != sorted(edges):
            raise ValueError("threshold, rate_limit, fixed_limit and end must rise")
        return self

    def deduction(self, investment: Values) -> Values:
        """EUR for all qualifying investments of a year together."""
        fixed = np.full_like(investment, self.fixed.value)
        reduced = np.maximum(fixed - self.reduction.value * (investment - self.fixed_limit.value), 0.0)
        edges = (self.threshold, self.rate_limit, self.fixed_limit, self.end)
        return np.select(
            [investment <= edge.value for edge in edges],
            [np.zeros_like(investment), self.rate.value * investment, fixed, reduced],
            0.0,
        )

    def added(self, capex: Values) -> Values:
        """EUR that the cell adds to the deduction: less than 0 when it pushes other investments out of the scheme."""
        other = np.full_like(capex, self.other_investments.value)
        return self.deduction(other + self.eligible.value * capex) - self.deduction(other)


class Eia(Scheme):
    """Extra deduction from profit for listed energy-saving assets."""

    name = "EIA"
    kind = "profit_deduction"
    note = (
        "only for assets on the Energielijst, reported to RVO in time; not together with MIA for the same asset. "
        "Deducted from the profit of the first year"
    )
    _key = "eia"

    rate: Share = stated("share of the listed investment")
    least: NotNegative = stated("EUR an asset")
    most: AboveZero = stated("EUR/year")
    eligible: Share = stated("share of capex that is on the Energielijst")

    def added(self, capex: Values) -> Values:
        """EUR of deduction."""
        listed = np.minimum(self.eligible.value * capex, self.most.value)
        return np.where(listed >= self.least.value, self.rate.value * listed, 0.0)


class InnovationBox(Scheme):
    """A lower rate on profit from own innovation."""

    name = "Innovatiebox"
    kind = "reduced_rate"
    note = (
        "needs own innovation with an access ticket, such as a WBSO decision or a patent; buying a robot gives none. "
        "Counted as (marginal rate - reduced rate) × qualifying profit × nexus, which simplifies the law"
    )
    _key = "innovation_box"

    rate: Share = stated("effective rate on the qualifying profit")
    qualifying_profit: NotNegative = stated("EUR/year of the cell's profit that comes from own innovation")
    nexus: Share = stated("share by the nexus approach")
    years: int = Field(default=1, ge=1, le=40, description="how many years")


class IncentivesConfig(StrictModel):
    """The section ``incentives``. What is not named is not counted."""

    wbso: Wbso | None = None
    kia: Kia | None = None
    eia: Eia | None = None
    innovation_box: InnovationBox | None = None

    def schemes(self) -> Iterator[tuple[str, Scheme]]:
        """Those that are on, by key."""
        for key in type(self).model_fields:
            scheme = getattr(self, key)
            if scheme is not None:
                yield key, scheme

    def only(self, key: str) -> IncentivesConfig:
        """The same with one scheme on. Raises ``ValueError`` for an unknown key."""
        if key not in type(self).model_fields:
            raise ValueError(f"no scheme {key!r}; {near_names(key, type(self).model_fields)}")
        return IncentivesConfig.model_construct(**{key: getattr(self, key)})

    def warnings(self, today: str) -> list[str]:
        """One for each scheme whose figures do not hold on ``today`` (as 2026-11-01)."""
        return [text for _, scheme in self.schemes() if (text := scheme.warning(today))]


def wbso(base: float, first_rate: float, limit: float, second_rate: float, *, cap: float = float("inf")) -> float:
    """Wage tax that need not be paid, EUR: two rates over the base, at most ``cap``, the wage tax due."""
    return min(first_rate * min(base, limit) + second_rate * max(0.0, base - limit), cap)
