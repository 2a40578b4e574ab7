"""The business case of a concept: all amounts of the report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from cellkit.errors import ConfigError
from cellkit.study.business.change_over import change_over
from cellkit.study.business.config import BEYOND_REASON, PERFORMANCE, BusinessConfig, figures_of
from cellkit.study.business.finance import equivalent_annual_cost, irr, npv, payback, total_cost_of_ownership
from cellkit.study.business.incentives import IncentivesConfig
from cellkit.study.business.model import CaseSetting, Figures, Flows, Volumes, evaluate, sum_of
from cellkit.study.business.performance import Performance
from cellkit.study.business.remarks import LEFT_OUT, remarks
from cellkit.study.business.result import (
    BusinessCase,
    CapexLine,
    IncentiveLine,
    Measures,
    Output,
    Remark,
    Scenario,
    Year,
)
from cellkit.study.business.sensitivity import extremes, monte_carlo, ranges, samples, tornado
from cellkit.study.business.tax import Values
from cellkit.yamlfile import Document, near_names


def require_prices(config: BusinessConfig, models: Iterable[str], document: Document | None = None) -> None:
    """Check that the study has a price of every model that it buys. Call it before any run.

    Raises ``ConfigError`` with the model, the key, and the line of the prices in ``document``.
    """
    for model in models:
        if model not in config.prices:
            text = f"business.prices: no price of {model!r}; add {model}: {{value: …, source: …}} (EUR)"
            if config.prices:
                text += f"; {near_names(model, config.prices)}"
            raise ConfigError(text) if document is None else document.error(text, ("business", "prices"))


def require_layouts(config: BusinessConfig, layouts: Iterable[str], document: Document | None = None) -> None:
    """Check that every layout with a price is one of ``layouts``, the names of the study's layouts.

    Raises ``ConfigError`` with its line in ``document``.
    """
    known = list(layouts)
    for name in config.capex.layouts:
        if name not in known:
            text = f"business.capex.layouts: the study has no layout {name!r}; {near_names(name, known)}"
            at = ("business", "capex", "layouts", name)
            raise ConfigError(text) if document is None else document.error(text, at)


def business_case(
    config: BusinessConfig,
    incentives: IncentivesConfig,
    performance: Performance,
    *,
    demand: float,
    arms: Sequence[str],
    grippers: Sequence[str] = (),
    layout: str = "",
    today: str,
) -> BusinessCase:
    """Return the case for ``demand`` good parts a year from a cell with these models (each as often as it is bought).

    ``layout`` adds the extra cost of that layout. ``today`` (as 2026-11-01) is the day on which incentives must be
    valid. Raises ``ConfigError`` for a missing price, or a demand that is not above 0.
    """
    require_prices(config, [*arms, *grippers])
    if not 0 < demand <= BEYOND_REASON:
        raise ConfigError(f"demand: {demand:g} parts a year; it must be above 0 and at most {BEYOND_REASON:g}")
    setting = CaseSetting(config, incentives, tuple(arms), tuple(grippers), layout)
    outside = {f"performance.{name}": float(getattr(performance, name)) for name in PERFORMANCE}
    figures = figures_of(config, {**outside, "demand": demand})
    within = ranges(config, figures, {f"performance.{name}": ends for name, ends in performance.spread.items()})
    base = samples(figures, {}, 1)
    flows = evaluate(setting, base)
    bars = tornado(setting, figures, within)
    discount = figures["finance.discount"]
    total = float(flows.capex_total[0])
    capital = equivalent_annual_cost(total, discount, figures["finance.life"])
    yearly = [float(cost) for cost in sum_of(flows.costs)[:, 0]]
    operators = [float(cost) for cost in flows.operators[:, 0]]
    running = sum(yearly) / figures["finance.life"]
    robots = float(flows.capex["robot"][0])
    case = BusinessCase(
        arms=list(arms),
        grippers=list(grippers),
        layout=layout,
        demand=demand,
        life=figures["finance.life"],
        discount=discount,
        capex=[
            CapexLine(part=part, value=float(value[0]), share=float(value[0]) / total if total else 0.0)
            for part, value in flows.capex.items()
        ],
        capex_total=total,
        times_robot=total / robots if robots else None,
        today=_output(flows.today, _cost_today(figures, flows.today)),
        cell=_output(flows.after, capital + running + _labour_and_scrap(figures, flows.after)),
        years=_years(flows, discount),
        before_tax=measures(flows.cash_before_tax, discount),
        after_tax=measures(flows.cash, discount),
        equivalent_annual_cost=capital,
        running_costs=running,
        total_cost_of_ownership=total_cost_of_ownership(
            total, [*yearly, *operators], float(flows.residual[:, 0].sum())
        ),
        incentives=_incentive_lines(setting, base, discount),
        tornado=bars,
        monte_carlo=monte_carlo(setting, figures, within),
        scenarios=_scenarios(setting, figures, *extremes(bars)),
        change_over=change_over(setting, base),
        remarks=[],
        left_out=list(LEFT_OUT),
    )
    return case.model_copy(update={"remarks": list(remarks(case, config, incentives, today, figures, within))})


def measures(cash: np.ndarray[tuple[int, ...], np.dtype[np.float64]], discount: float) -> Measures:
    """Return the measures of one sample; ``cash`` has the shape (years + 1, 1), in EUR."""
    flows = [float(flow) for flow in cash[:, 0]]
    by_name = {"irr": irr(flows), "payback": payback(flows), "discounted_payback": payback(flows, discount)}
    return Measures(
        npv=npv(flows, discount),
        irr=by_name["irr"].value,
        payback=by_name["payback"].value,
        discounted_payback=by_name["discounted_payback"].value,
        why_not={
            name: Remark(key=measure.key, values={**measure.numbers}, text=measure.why_not)
            for name, measure in by_name.items()
            if measure.value is None
        },
    )


def _output(volumes: Volumes, cost: float) -> Output:
    good = float(volumes.good[0])
    return Output(
        good=good,
        scrap=float(volumes.scrap[0]),
        limit=float(volumes.limit[0]),
        hours=float(volumes.hours[0]),
        operator_hours=float(volumes.operator_hours[0]),
        cost_per_part=cost / good,
    )


def _labour_and_scrap(figures: Mapping[str, float], volumes: Volumes) -> float:
    rate = figures["labour.rate"] * (1.0 + figures["labour.premium"])
    return float(volumes.operator_hours[0]) * rate + float(volumes.scrap[0]) * figures["product.part_cost"]


def _cost_today(figures: Mapping[str, float], volumes: Volumes) -> float:
    energy = float(volumes.made[0]) * figures["today.energy_per_part"] * figures["running.energy_price"]
    return _labour_and_scrap(figures, volumes) + energy + figures["today.other_costs"]


def _years(flows: Flows, discount: float) -> list[Year]:
    cash = flows.cash[:, 0]
    cumulative = np.cumsum(cash)
    discounted = np.cumsum(cash / (1.0 + discount) ** np.arange(len(cash)))

    def amount(line: Values, year: int) -> float:
        return float(line[year - 1, 0]) if year else 0.0

    return [
        Year(
            year=year,
            ramp_up=amount(flows.ramp_up, year),
            savings={name: amount(line, year) for name, line in flows.savings.items()},
            costs={name: amount(line, year) for name, line in flows.costs.items()},
            depreciation=amount(flows.depreciation, year),
            tax=amount(flows.tax, year),
            incentives=amount(flows.incentives, year),
            residual=amount(flows.residual, year),
            cash=float(cash[year]),
            cumulative=float(cumulative[year]),
            discounted=float(discounted[year]),
        )
        for year in range(len(cash))
    ]


def _incentive_lines(setting: CaseSetting, base: Figures, discount: float) -> list[IncentiveLine]:
    lines = []
    for key, scheme in setting.incentives.schemes():
        alone = replace(setting, incentives=setting.incentives.only(key))
        by_year = [float(amount) for amount in evaluate(alone, base).incentives[:, 0]]
        lines.append(
            IncentiveLine(
                key=key,
                name=scheme.name,
                kind=scheme.kind,
                valid_from=scheme.valid_from,
                valid_to=scheme.valid_to,
                by_year=by_year,
                present_value=npv([0.0, *by_year], discount),
                note=scheme.note,
            )
        )
    return lines


def _scenarios(
    setting: CaseSetting, figures: Mapping[str, float], bad: dict[str, float], good: dict[str, float]
) -> list[Scenario]:
    """Return the scenarios of the study, over the default ones: the five largest bars at their bad or good ends."""
    stated = {
        name: {figure: value.value for figure, value in of.items()} for name, of in setting.config.scenarios.items()
    }
    scenarios = []
    for name, changed in {"pessimistic": bad, "base": {}, "optimistic": good, **stated}.items():
        sample = samples({**figures, **changed}, {}, 1)
        flows = evaluate(setting, sample)
        scenarios.append(
            Scenario(name=name, figures=changed, after_tax=measures(flows.cash, float(sample["finance.discount"][0])))
        )
    return scenarios
