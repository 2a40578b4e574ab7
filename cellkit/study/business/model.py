"""The model of the business case: volumes, costs and cash flows from the figures, for many samples at once.

The base case, a bar of the tornado, a scenario and ten thousand draws are all one call of ``evaluate``, so they always
agree. Every figure is an array (samples,); yearly figures are (years, samples). Units: EUR, hours, parts a year.

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
class CaseSetting:
    """The fixed inputs of a case: the rules and the models to buy. A model is listed as often as it is bought."""

    config: BusinessConfig
    incentives: IncentivesConfig
    arms: Sequence[str]
    grippers: Sequence[str]
    layout: str = ""


@dataclass(frozen=True)
class Volumes:
    """A year of one process at full output. ``limit`` is the greatest number of good parts that it can make."""

    good: Values
    made: Values
    limit: Values
    hours: Values
    operator_hours: Values

    @property
    def scrap(self) -> Values:
        """The scrapped parts."""
        return self.made - self.good


@dataclass(frozen=True)
class Flows:
    """The result of ``evaluate``. ``cash`` (years + 1, samples) begins with the investment; savings are ramped up."""

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
        """The investment in EUR."""
        return sum_of(self.capex)


def sum_of(lines: Mapping[str, Values]) -> Values:
    """Return the sum of all lines."""
    total: Values = np.sum([*lines.values()], axis=0)
    return total


def present_value(cash: Values, rate: Values) -> Values:
    """Return the net present value of each sample: ``cash`` (years + 1, samples), ``rate`` (samples,)."""
    years = np.arange(cash.shape[0])[:, np.newaxis]
    value: Values = np.sum(cash / (1.0 + rate) ** years, axis=0)
    return value


def capex_lines(setting: CaseSetting, figures: Figures) -> dict[str, Values]:
    """Return the investment by part. ``layout`` is the extra cost of the layout."""
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


def _volumes(
    figures: Figures, process: str, staffed: Values, unattended: Values, setup: Values, demand: Values
) -> Volumes:
    """Return the volumes of ``today`` or ``performance``; ``setup`` is in h a good part, in staffed hours."""
    yield_ = 1.0 - figures[f"{process}.scrap"]
    hours_each = 1.0 / (figures[f"{process}.parts_per_hour"] * yield_) + setup
    limit = (staffed + unattended) / hours_each
    good = np.minimum(demand, limit)
    hours = good * hours_each
    setup_hours = good * setup
    attended = np.maximum(np.minimum(hours, staffed) - setup_hours, 0.0)
    return Volumes(good, good / yield_, limit, hours, figures[f"{process}.operators"] * attended + setup_hours)


def volumes(setting: CaseSetting, figures: Figures) -> tuple[Volumes, Volumes]:
    """Return the volumes of today's process and of the cell. The demand limits both."""
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


def evaluate(setting: CaseSetting, figures: Figures) -> Flows:
    """Evaluate all samples. ``figures`` has every path of ``config.figures_of``, each an array (samples,)."""
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
    share = in_use * np.where(sum_of(savings) > 0.0, ramp_up, 1.0)  # a loss is not ramped up
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
    tax, incentives = _tax_and_incentives(setting, total, operating - written, in_use)
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
        incentives=incentives,
        cash=np.vstack([-total, operating + residual - tax + incentives]),
        cash_before_tax=np.vstack([-total, operating + residual]),
    )


def _savings(
    figures: Figures, today: Volumes, after: Volumes, rate: Values, wages: Values, energy: Values, other: Values
) -> dict[str, Values]:
    """Return the savings at full output, (years, samples)."""
    released = today.operator_hours - after.operator_hours
    extra = after.good - today.good
    ones = np.ones_like(wages)
    energy_today = today.made * figures["today.energy_per_part"] * figures["running.energy_price"]
    return {
        # Released hours are a saving only in part; additional hours and missed parts cost their full amount.
        "labour": released * rate * np.where(released > 0, figures["labour.capture"], 1.0) * wages,
        "margin": extra * figures["product.margin"] * np.where(extra > 0, figures["product.saleable"], 1.0) * ones,
        "quality": (today.scrap - after.scrap) * figures["product.part_cost"] * ones,
        "other": energy_today * energy + figures["today.other_costs"] * other,
    }


def _services(figures: Figures, year: Values, life: Values) -> Values:
    """Return the number of major services in each year; no service at the end of the life."""
    interval = figures["running.service_interval"]
    count: Values = np.floor(year / interval) - np.floor((year - 1.0) / interval)
    return np.where(year < life, count, 0.0)


def _tax_and_incentives(setting: CaseSetting, capex: Values, profit: Values, in_use: Values) -> tuple[Values, Values]:
    """Return the tax without incentives, and the benefit of all incentives after tax; both (years, samples)."""
    law, schemes = setting.config.tax, setting.incentives
    own = np.full(capex.shape, law.firm_profit.value)
    brackets = Brackets(law.low.value, law.high.value, law.limit.value) if law.apply else Brackets(0.0, 0.0, 0.0)
    tax = taxes(brackets, own, profit)
    paid = np.zeros_like(profit)
    deducted = np.zeros_like(profit)
    boxed, box_rate = None, 0.0
    if schemes.wbso is not None:
        paid[: schemes.wbso.years] = schemes.wbso.benefit()
    for deduction in (schemes.kia, schemes.eia):
        if deduction is not None:
            deducted[0] += deduction.added(capex)
    if schemes.innovation_box is not None and law.apply:
        box = schemes.innovation_box
        boxed, box_rate = np.zeros_like(profit), box.rate.value
        boxed[: box.years] = box.qualifying_profit.value * box.nexus.value
        boxed *= in_use > 0
    reduced_tax = taxes(brackets, own, profit + paid - deducted, boxed, box_rate)
    return tax, paid - (reduced_tax - tax)
