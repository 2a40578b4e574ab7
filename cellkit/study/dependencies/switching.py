"""What it costs, and how many weeks it takes, to replace components by others (L4)."""

from __future__ import annotations

from collections.abc import Mapping
from math import fsum

from cellkit.models.load import load_arm, load_gripper, load_model
from cellkit.study.dependencies.config import DependenciesConfig
from cellkit.study.dependencies.result import SwitchingCost
from cellkit.study.dependencies.subject import Subject

LOW, HIGH = 0.15, 0.40
"""Switching cost as a share of the capex below which it is low, and above which it is high: a proposal."""


def switching_cost(
    subject: Subject,
    models: Mapping[str, str],
    config: DependenciesConfig,
    prices: Mapping[str, float],
    capex: float | None = None,
) -> SwitchingCost:
    """SC = hardware + adapters + hours · rate + validation + retraining + downtime · margin, in EUR.

    ``models``: role → what replaces the present one. ``prices``: EUR by the id of a model; a price of the role is that
    of what stands there now. The old components are taken as worth nothing.
    """
    costs = config.switching
    ids = {role: load_model(model).id for role, model in models.items()}
    found = [prices.get(model) for model in ids.values()]
    unpriced = sorted({model for model, price in zip(ids.values(), found, strict=True) if price is None})
    hardware = None if unpriced else fsum(price for price in found if price is not None)
    adapters = costs.adapter.value * _adapters(subject, models)
    arms = sum(role in subject.plan.arms for role in models)
    hours = costs.arm_hours.value * arms + costs.other_hours.value * (len(models) - arms)
    engineering = hours * costs.engineering_rate.value
    retraining = costs.retraining.value if arms else 0.0
    margin = costs.margin_per_day
    lost = None if margin is None else costs.downtime_days.value * margin.value
    rest = fsum((adapters, engineering, costs.validation.value, retraining, lost or 0.0))
    total = None if hardware is None else hardware + rest
    lead = max((lead_time(config, role, model) for role, model in ids.items()), default=0.0)
    return SwitchingCost(
        hardware=hardware,
        adapters=adapters,
        engineering=engineering,
        validation=costs.validation.value,
        retraining=retraining,
        lost_margin=lost,
        total=total,
        without_hardware=rest,
        of_capex=None if total is None or capex is None else total / capex,
        weeks=lead + hours / costs.hours_per_week.value,
        unpriced=unpriced,
    )


def lead_time(config: DependenciesConfig, role: str, model: str) -> float:
    """Weeks: what is stated for the model, else for its vendor, else for the role, else what is assumed for all."""
    stated = stated_lead_time(config, role, model)
    return config.switching.lead_time.value if stated is None else stated


def stated_lead_time(config: DependenciesConfig, role: str, model: str) -> float | None:
    """Weeks as somebody has stated them; None where nobody has."""
    for name in (model, load_model(model).vendor.name, role):
        if name in config.lead_times:
            return config.lead_times[name].value
    return None


def score(of_capex: float) -> float:
    """1 up to ``LOW``, 0 from ``HIGH`` on, a straight line between."""
    return min(1.0, max(0.0, (HIGH - of_capex) / (HIGH - LOW)))


def _adapters(subject: Subject, models: Mapping[str, str]) -> int:
    """Grippers that need a plate or bracket of their own after the switch: those whose flange is not the arm's.

    Only where the gripper or its arm is new; a flange that is not known counts as another one.
    """
    chosen = {**subject.models, **models}
    count = 0
    for arm in subject.plan.arms:
        flange = load_arm(chosen[arm]).flange_code.value
        for role in subject.plan.grippers_on(arm):
            code = load_gripper(chosen[role]).flange_code.value
            count += (role in models or arm in models) and (code is None or code != flange)
    return count
