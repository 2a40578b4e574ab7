"""The cost and the duration of a replacement of components (L4)."""

from __future__ import annotations

from collections.abc import Mapping
from math import fsum

from cellkit.models.load import load_arm, load_gripper, load_model
from cellkit.study.dependencies.config import DependenciesConfig, stated_figure
from cellkit.study.dependencies.result import SwitchingCost
from cellkit.study.dependencies.subject import Subject

LOW, HIGH = 0.15, 0.40
"""The switching cost, as a share of the capex, below which it is low and above which it is high: a proposal."""


def switching_cost(
    subject: Subject,
    models: Mapping[str, str],
    config: DependenciesConfig,
    prices: Mapping[str, float],
    capex: float | None = None,
) -> SwitchingCost:
    """Return SC = hardware + adapters + hours · rate + validation + retraining + downtime · margin, in EUR.

    ``models``: role → replacement model. ``prices``: EUR by the id of a model; a price by role is that of the present
    model and is not used. The residual value of the old components is 0.
    """
    costs = config.switching
    ids = {role: load_model(model).id for role, model in models.items()}
    unpriced = sorted({model for model in ids.values() if prices.get(model) is None})
    hardware = None if unpriced else fsum(prices[model] for model in ids.values())
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
    """Return the weeks stated for the model, else for its vendor, else for the role, else the general assumption."""
    stated = stated_figure(config.lead_times, role, model, load_model(model).vendor.name)
    return config.switching.lead_time.value if stated is None else stated


def score(of_capex: float) -> float:
    """Return 1 up to ``LOW``, 0 from ``HIGH`` on, and a linear interpolation between."""
    return min(1.0, max(0.0, (HIGH - of_capex) / (HIGH - LOW)))


def _adapters(subject: Subject, models: Mapping[str, str]) -> int:
    """Count the grippers that need an adapter plate or bracket after the switch: their flange differs from the arm's.

    Only new grippers and grippers on a new arm count; a flange that is not known counts as different.
    """
    chosen = {**subject.models, **models}
    count = 0
    for arm in subject.plan.arms:
        flange = load_arm(chosen[arm]).flange_code.value
        for role in subject.plan.grippers_on(arm):
            code = load_gripper(chosen[role]).flange_code.value
            count += (role in models or arm in models) and (code is None or code != flange)
    return count
