"""Dutch incentives as dated parameters of the study: WBSO, KIA, EIA and Innovatiebox. All are off by default.

A study names a scheme with the figures of a year that cellkit ships (``preset: 2026``) or with its own figures. The
figures are law for a period: outside it the case still counts them, with a warning. Formulas: RVO and Belastingdienst;
the presets name the sources.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field, field_validator, model_validator

from cellkit.study.assumption import DAY, AboveZero, NotNegative, Share, stated, suggested
from cellkit.study.business.tax import Values
from cellkit.yamlfile import StrictModel, near_names, read_yaml

PRESETS = Path(__file__).with_name("presets.yaml")
Kind = Literal["wage_tax", "profit_deduction", "reduced_rate"]


@cache
def presets() -> dict[str, dict[str, Any]]:
    """Return the shipped figures: year → scheme → fields."""
    by_year: dict[str, dict[str, Any]] = read_yaml(PRESETS).data
    return by_year


class Scheme(StrictModel):
    """A scheme with its period. ``name`` is its Dutch name; ``kind`` is the tax or amount that it lowers."""

    name: ClassVar[str]
    kind: ClassVar[Kind]
    note: ClassVar[str]
    _key: ClassVar[str]

    preset: int | None = Field(default=None, description="year of the shipped figures, for all figures not stated")
    valid_from: str = Field(description="first day, as 2026-01-01")
    valid_to: str = Field(description="last day, as 2026-12-31")

    @model_validator(mode="before")
    @classmethod
    def _from_preset(cls, given: Any) -> Any:
        if not isinstance(given, dict) or given.get("preset") is None:
            return given
        year = str(given["preset"])
        if year not in presets():
            raise ValueError(f"no figures of {year} are shipped; valid: {', '.join(presets())}, or state your own")
        return {**presets()[year][cls._key], **given}

    @field_validator("valid_from", "valid_to")
    @classmethod
    def _dated(cls, day: str) -> str:
        if not DAY.fullmatch(day):
            raise ValueError(f"{day!r} is not a date of the form 2026-11-01")
        return day

    @model_validator(mode="after")
    def _in_order(self) -> Scheme:
        if self.valid_from > self.valid_to:
            raise ValueError(f"valid_from {self.valid_from} is after valid_to {self.valid_to}")
        return self

    def warning(self, today: str) -> str | None:
        """Return a warning if the figures are not valid on ``today`` (as 2026-11-01); None if they are."""
        if today > self.valid_to:
            return f"{self.name}: the figures were valid until {self.valid_to}; they may differ or not exist on {today}"
        if today < self.valid_from:
            return f"{self.name}: the figures are valid from {self.valid_from}; on {today} they are not yet valid"
        return None


class Wbso(Scheme):
    """A reduction of wage tax for own research and development (S&O)."""

    name = "WBSO"
    kind = "wage_tax"
    note = (
        "not a subsidy for buying a robot: only hours and cost of own, technically new development count, after an "
        "approved application, up to the wage tax due. It lowers wage cost, so it is taxed as profit"
    )
    _key = "wbso"

    first_rate: Share = stated("share of the base up to the limit")
    starter_rate: Share = stated("share of the base up to the limit, for starters")
    limit: NotNegative = stated("EUR of base")
    second_rate: Share = stated("share of the base above the limit")
    base: NotNegative = stated("EUR/year: wage cost (and cost) of own S&O work")
    wage_tax_due: NotNegative = stated("EUR/year: wage tax that the firm pays")
    starter: bool = False
    years: int = Field(default=1, ge=1, le=40, description="years of S&O work")

    def benefit(self) -> float:
        """Return the benefit in EUR a year."""
        first = self.starter_rate if self.starter else self.first_rate
        return wbso(self.base.value, first.value, self.limit.value, self.second_rate.value, cap=self.wage_tax_due.value)


class Kia(Scheme):
    """An extra deduction from profit for small investments."""

    name = "KIA"
    kind = "profit_deduction"
    note = (
        "counts all qualifying investments of the firm in the year; the amount shown is the part that the cell adds. "
        "Deducted from the profit of the first year"
    )
    _key = "kia"

    threshold: NotNegative = stated("EUR of investment up to which there is no deduction")
    rate: Share = stated("share of the investment")
    rate_limit: AboveZero = stated("EUR of investment up to which the share is deducted")
    fixed: NotNegative = stated("EUR of deduction above that limit")
    fixed_limit: AboveZero = stated("EUR of investment up to which the fixed amount is deducted")
    reduction: Share = stated("share of the investment above that limit that is taken off the fixed amount")
    end: AboveZero = stated("EUR of investment above which there is no deduction")
    eligible: Share = suggested(1.0, "share of capex that qualifies", "all, if not stated")
    other_investments: NotNegative = suggested(0.0, "EUR in the same year", "none, if not stated")

    @model_validator(mode="after")
    def _rising(self) -> Kia:
        edges = [self.threshold.value, self.rate_limit.value, self.fixed_limit.value, self.end.value]
        if edges != sorted(edges):
            raise ValueError("threshold, rate_limit, fixed_limit and end must be in ascending order")
        return self

    def deduction(self, investment: Values) -> Values:
        """Return the deduction (EUR) for all qualifying investments of a year together."""
        fixed = np.full_like(investment, self.fixed.value)
        reduced = np.maximum(fixed - self.reduction.value * (investment - self.fixed_limit.value), 0.0)
        edges = (self.threshold, self.rate_limit, self.fixed_limit, self.end)
        return np.select(
            [investment <= edge.value for edge in edges],
            [np.zeros_like(investment), self.rate.value * investment, fixed, reduced],
            0.0,
        )

    def added(self, capex: Values) -> Values:
        """Return the EUR that the cell adds to the deduction: negative if other investments lose their deduction."""
        other = np.full_like(capex, self.other_investments.value)
        return self.deduction(other + self.eligible.value * capex) - self.deduction(other)


class Eia(Scheme):
    """An extra deduction from profit for listed energy-saving assets."""

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
        """Return the deduction in EUR."""
        listed = np.minimum(self.eligible.value * capex, self.most.value)
        return np.where(listed >= self.least.value, self.rate.value * listed, 0.0)


class InnovationBox(Scheme):
    """A lower tax rate on profit from own innovation."""

    name = "Innovatiebox"
    kind = "reduced_rate"
    note = (
        "needs own innovation with an access ticket, such as a WBSO decision or a patent; buying a robot gives none. "
        "Counted as (marginal rate - reduced rate) × qualifying profit × nexus, a simplification of the law"
    )
    _key = "innovation_box"

    rate: Share = stated("effective rate on the qualifying profit")
    qualifying_profit: NotNegative = stated("EUR/year of the cell's profit from own innovation")
    nexus: Share = stated("share by the nexus approach")
    years: int = Field(default=1, ge=1, le=40, description="years with the lower rate")


class IncentivesConfig(StrictModel):
    """The section ``incentives``. A scheme that is not named is not counted."""

    wbso: Wbso | None = None
    kia: Kia | None = None
    eia: Eia | None = None
    innovation_box: InnovationBox | None = None

    def schemes(self) -> Iterator[tuple[str, Scheme]]:
        """Yield the schemes that are on, with their keys."""
        for key in type(self).model_fields:
            scheme = getattr(self, key)
            if scheme is not None:
                yield key, scheme

    def only(self, key: str) -> IncentivesConfig:
        """Return the section with one scheme on. Raises ``ValueError`` for an unknown key."""
        if key not in type(self).model_fields:
            raise ValueError(f"unknown scheme {key!r}; {near_names(key, type(self).model_fields)}")
        return IncentivesConfig.model_construct(**{key: getattr(self, key)})


def wbso(base: float, first_rate: float, limit: float, second_rate: float, *, cap: float = float("inf")) -> float:
    """Return the wage tax saved, EUR: two rates over the base, at most ``cap``, the wage tax due."""
    return min(first_rate * min(base, limit) + second_rate * max(0.0, base - limit), cap)
