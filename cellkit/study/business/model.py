"""The model behind the case: from figures to volumes, costs and cash flows, for many samples at once.

The base case, a bar of the tornado, a scenario and ten thousand draws are all one call of ``evaluate``, so they cannot
disagree. Every figure is an array (samples,); what goes by year is (years, samples). EUR, hours, parts a year.

Cash flow of a year = (labour + margin + quality + other savings) × ramp-up - running costs - tax + incentives.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cellkit.study.business.config import BusinessConfig
from cellkit.study.business.incentives import IncentivesConfig
from cellkit.study.business.tax import Brackets, Values, depreciation, taxes

Figures = Mapping[str, Values]


@dataclass(frozen=True)
class Setting:
    """What is bought and which rules hold: all that is no uncertain figure. A model stands as often as it is bought."""

    config: BusinessConfig
    incentives: IncentivesConfig
    arms: Sequence[str]
    grippers: Sequence[str]
    layout: str = ""


@dataclass(frozen=True)
class Volumes:
    """A year at full output of one way to make the parts. ``limit`` is the most good parts that it can make."""

    good: Values
    made: Values
    limit: Values
    hours: Values
    operator_hours: Values

    @property
    def scrap(self) -> Values:
        """Parts made in vain."""
        return self.made - self.good


@dataclass(frozen=True)
class Flows:
    """What ``evaluate`` finds. ``cash`` (years + 1, samples) begins with the investment; savings are ramped up."""

    capex: dict[str, Values]
    today: Volumes
    after: Volumes
    ramp_up: Values
    savings: dict[str, Values]
    costs: dict[str, Values]
    operators: Values
    depreciation: Values
    residual: Values
    tax: Values
    incentives: Values
    cash: Values
    cash_before_tax: Values

    @property
    def capex_total(self) -> Values:
        """EUR."""
        return sum_of(self.capex)


def sum_of(lines: Mapping[str, Values]) -> Values:
    """All lines together."""
    total: Values = np.sum([*lines.values()], axis=0)
    return total


def present_value(cash: Values, rate: Values) -> Values:
    """Net present value of each sample: ``cash`` (years + 1, samples), ``rate`` (samples,)."""
    years = np.arange(cash.shape[0])[:, np.newaxis]
    value: Values = np.sum(cash / (1.0 + rate) ** years, axis=0)
    return value


def capex_lines(setting: Setting, figures: Figures) -> dict[str, Values]:
    """What the cell costs, by part. A part that a layout needs more is ``layout``."""
    capex = setting.config.capex
    zero = np.zeros_like(figures["demand"])
    arms = sum((figures[f"prices.{model}"] for model in setting.arms), zero)
    lines = {"robot": arms, "gripper": sum((figures[f"prices.{model}"] for model in setting.grippers), zero)}
    parts = dict(capex.parts())
    paths = {name: f"capex.{name}" for name in parts}
    if setting.layout in capex.layouts:
        parts["layout"], paths["layout"] = capex.layouts[setting.layout], f"capex.layouts.{setting.layout}"
    for name, part in parts.items():
        path = paths[name]
        lines[name] = figures[f"{path}.eur"] if part.eur else figures[f"{path}.times_robot"] * arms
    lines["contingency"] = figures["capex.contingency"] * sum_of(lines)
    return lines


def _volumes(figures: Figures, way: str, staffed: Values, unattended: Values, setup: Values, demand: Values) -> Volumes:
    """``way`` is ``today`` or ``performance``; ``setup`` is h a good part. Set-ups fall into staffed time."""
    yield_ = 1.0 - figures[f"{way}.scrap"]
    hours_each = 1.0 / (figures[f"{way}.parts_per_hour"] * yield_) + setup
    limit = (staffed + unattended) / hours_each
    good = np.minimum(demand, limit)
    hours = good * hours_each
    setup_hours = good * setup
    attended = np.maximum(np.minimum(hours, staffed) - setup_hours, 0.0)
    return Volumes(good, good / yield_, limit, hours, figures[f"{way}.operators"] * attended + setup_hours)


def volumes(setting: Setting, figures: Figures) -> tuple[Volumes, Volumes]:
    """Today's and the cell's. Demand limits both."""
    staffed = figures["hours.shifts"] * figures["hours.hours_per_shift"]
    zero = np.zeros_like(staffed)
    setup_today, setup_after = zero, zero
    if setting.config.change_over is not None:
        batch = figures["change_over.batch"]
        setup_today, setup_after = figures["change_over.setup_today"] / batch, figures["change_over.setup"] / batch
    demand = figures["demand"]
    return (
        _volumes(figures, "today", staffed, zero, setup_today, demand),
        _volumes(figures, "performance", staffed, figures["hours.unattended"], setup_after, demand),
    )


def evaluate(setting: Setting, figures: Figures) -> Flows:
    """All samples. ``figures`` has every path of ``config.figures_of``, each an array (samples,)."""
    capex = capex_lines(setting, figures)
    total = sum_of(capex)
    today, after = volumes(setting, figures)
    life = figures["finance.life"]
    rows = int(np.ceil(life.max()))
    year = np.arange(1.0, rows + 1)[:, np.newaxis]
    in_use = np.clip(life - (year - 1.0), 0.0, 1.0)  # a life of 6.4 years has 0.4 of year 7
    wages, energy, other = ((1.0 + figures[f"growth.{of}"]) ** (year - 1.0) for of in ("wages", "energy", "other"))

    rate = figures["labour.rate"] * (1.0 + figures["labour.premium"])
    price = figures["running.energy_price"]
    savings = _savings(figures, today, after, rate, wages, energy, other)
    ramp_up = np.ones((rows, total.size))
    for number in range(min(rows, len(setting.config.finance.ramp_up))):
        ramp_up[number] = figures[f"finance.ramp_up.{number}"]
    share = in_use * np.where(sum_of(savings) > 0.0, ramp_up, 1.0)  # what gets worse does so at once
    savings = {name: line * share for name, line in savings.items()}
    costs = {
        "maintenance": figures["running.maintenance"] * total * other * in_use,
        "energy": figures["performance.energy_per_part"] * after.made * price * energy * in_use,
        "consumables": figures["product.consumables"] * after.made * other * in_use,
        "support": figures["running.support"] * other * in_use,
        "major_service": figures["running.major_service"] * other * _services(figures, year, life),
    }
    residual = np.where(year == np.ceil(life), figures["finance.residual"] * total, 0.0)
    operating = sum_of(savings) - sum_of(costs)
    years_of_use = setting.config.tax.depreciation_years.value
    written = depreciation(total * (1.0 - figures["finance.residual"]), years_of_use, life, rows)
    tax, helped = _tax_and_incentives(setting, total, operating - written, in_use)
    return Flows(
        capex=capex,
        today=today,
        after=after,
        ramp_up=ramp_up,
        savings=savings,
        costs=costs,
        operators=after.operator_hours * rate * wages * in_use,
        depreciation=written,
        residual=residual,
        tax=tax,
        incentives=helped,
        cash=np.vstack([-total, operating + residual - tax + helped]),
        cash_before_tax=np.vstack([-total, operating + residual]),
    )


def _savings(
    figures: Figures, today: Volumes, after: Volumes, rate: Values, wages: Values, energy: Values, other: Values
) -> dict[str, Values]:
    """At full output, (years, samples)."""
    released = today.operator_hours - after.operator_hours
    extra = after.good - today.good
    one = np.ones_like(wages)
    spared = today.made * figures["today.energy_per_part"] * figures["running.energy_price"]
    return {
        # Released hours are only money in part; hours that come on top, and parts that are missed, cost in full.
        "labour": released * rate * np.where(released > 0, figures["labour.capture"], 1.0) * wages,
        "margin": extra * figures["product.margin"] * np.where(extra > 0, figures["product.saleable"], 1.0) * one,
        "quality": (today.scrap - after.scrap) * figures["product.part_cost"] * one,
        "other": spared * energy + figures["today.other_costs"] * other,
    }


def _services(figures: Figures, year: Values, life: Values) -> Values:
    """How many major services fall into a year; none at the very end of its life."""
    interval = figures["running.service_interval"]
    many: Values = np.floor(year / interval) - np.floor((year - 1.0) / interval)
    return np.where(year < life, many, 0.0)


def _tax_and_incentives(setting: Setting, capex: Values, profit: Values, in_use: Values) -> tuple[Values, Values]:
    """Tax without incentives, and what all incentives bring after tax; both (years, samples)."""
    law, help_ = setting.config.tax, setting.incentives
    own = np.full(capex.shape, law.firm_profit.value)
    brackets = Brackets(law.low.value, law.high.value, law.limit.value) if law.apply else Brackets(0.0, 0.0, 0.0)
    tax = taxes(brackets, own, profit)
    paid = np.zeros_like(profit)
    deducted = np.zeros_like(profit)
    boxed, box_rate = None, 0.0
    if help_.wbso is not None:
        paid[: help_.wbso.years] = help_.wbso.benefit()
    for deduction in (help_.kia, help_.eia):
        if deduction is not None:
            deducted[0] += deduction.added(capex)
    if help_.innovation_box is not None and law.apply:
        box = help_.innovation_box
        boxed, box_rate = np.zeros_like(profit), box.rate.value
        boxed[: box.years] = box.qualifying_profit.value * box.nexus.value
        boxed *= in_use > 0
    helped_tax = taxes(brackets, own, profit + paid - deducted, boxed, box_rate)
    return tax, paid - (helped_tax - tax)
