"""Change-over: from which batch size on the cell is the cheaper way, given that it is there."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from cellkit.study.business.model import Setting, volumes
from cellkit.study.business.result import BatchCost, ChangeOverResult, Remark
from cellkit.study.business.tax import Values

CURVE = 25


def break_even_batch(setup: float, rate: float, saving_per_part: float) -> float | None:
    """Good parts a batch at which savings pay for ``setup`` (h, beyond today's) at ``rate`` (EUR/h).

    0 when any batch does; None when no batch does, because a part saves nothing.
    """
    if setup <= 0 and saving_per_part >= 0:
        return 0.0
    if saving_per_part <= 0:
        return None
    return setup * rate / saving_per_part


def running_cost_per_part(setting: Setting, figures: Mapping[str, Values]) -> tuple[Values, Values]:
    """EUR a good part today and on the cell, without set-up, without what does not depend on the parts made."""
    without = {
        **figures,
        "change_over.setup": figures["demand"] * 0.0,
        "change_over.setup_today": figures["demand"] * 0.0,
    }
    today, after = volumes(setting, without)
    rate = figures["labour.rate"] * (1.0 + figures["labour.premium"])
    price = figures["running.energy_price"]
    costs = []
    for of, way in ((today, "today"), (after, "performance")):
        each = figures[f"{way}.energy_per_part"] * price
        if way == "performance":
            each = each + figures["product.consumables"]
        whole = of.operator_hours * rate + of.made * each + of.scrap * figures["product.part_cost"]
        costs.append(whole / of.good)
    return costs[0], costs[1]


def change_over(setting: Setting, figures: Mapping[str, Values]) -> ChangeOverResult | None:
    """Of the base case; ``figures`` hold one sample. None when the study says nothing of change-overs."""
    if setting.config.change_over is None:
        return None
    one = {name: float(value[0]) for name, value in figures.items()}
    today, cell = (float(cost[0]) for cost in running_cost_per_part(setting, figures))
    setup, setup_today, batch = (one[f"change_over.{name}"] for name in ("setup", "setup_today", "batch"))
    rate = one["labour.rate"] * (1.0 + one["labour.premium"])
    saving = today - cell
    found = break_even_batch(setup - setup_today, rate, saving)
    why_not = Remark(key="change_over.no_saving", text="a part costs no less to run on the cell than today")
    top = max(10.0 * batch, 10.0 * (found or 0.0), 100.0)
    return ChangeOverResult(
        setup=setup,
        setup_today=setup_today,
        rate=rate,
        saving_per_part=saving,
        break_even=found,
        why_not=why_not if found is None else None,
        batch=batch,
        curve=[
            BatchCost(
                batch=float(size),
                today=today + setup_today * rate / float(size),
                cell=cell + setup * rate / float(size),
            )
            for size in np.geomspace(1.0, top, CURVE)
        ],
    )
