"""The smallest batch size at which an existing cell is cheaper to run than today's process."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from cellkit.study.business.model import CaseSetting, volumes
from cellkit.study.business.result import BatchCost, ChangeOverResult, Remark
from cellkit.study.business.tax import Values

CURVE = 25


def break_even_batch(setup: float, rate: float, saving_per_part: float) -> float | None:
    """Return the good parts a batch at which savings pay for ``setup`` (h, more than today's) at ``rate`` (EUR/h).

    0 means any batch; None means no batch, because a part saves nothing.
    """
    if setup <= 0 and saving_per_part >= 0:
        return 0.0
    if saving_per_part <= 0:
        return None
    return setup * rate / saving_per_part


def running_cost_per_part(setting: CaseSetting, figures: Mapping[str, Values]) -> tuple[Values, Values]:
    """Return EUR a good part today and on the cell, without set-up and without costs that do not depend on parts."""
    without = {
        **figures,
        "change_over.setup": figures["demand"] * 0.0,
        "change_over.setup_today": figures["demand"] * 0.0,
    }
    today, after = volumes(setting, without)
    rate = figures["labour.rate"] * (1.0 + figures["labour.premium"])
    price = figures["running.energy_price"]
    costs = []
    for output, process in ((today, "today"), (after, "performance")):
        each = figures[f"{process}.energy_per_part"] * price
        if process == "performance":
            each = each + figures["product.consumables"]
        total = output.operator_hours * rate + output.made * each + output.scrap * figures["product.part_cost"]
        costs.append(total / output.good)
    return costs[0], costs[1]


def change_over(setting: CaseSetting, figures: Mapping[str, Values]) -> ChangeOverResult | None:
    """Return the change-over of the base case; ``figures`` hold one sample. None if the study has no change-overs."""
    if setting.config.change_over is None:
        return None
    base = {name: float(value[0]) for name, value in figures.items()}
    today, cell = (float(cost[0]) for cost in running_cost_per_part(setting, figures))
    setup, setup_today, batch = (base[f"change_over.{name}"] for name in ("setup", "setup_today", "batch"))
    rate = base["labour.rate"] * (1.0 + base["labour.premium"])
    saving = today - cell
    break_even = break_even_batch(setup - setup_today, rate, saving)
    why_not = Remark(key="change_over.no_saving", text="the running cost of a part is not lower on the cell than today")
    top = max(10.0 * batch, 10.0 * (break_even or 0.0), 100.0)
    return ChangeOverResult(
        setup=setup,
        setup_today=setup_today,
        rate=rate,
        saving_per_part=saving,
        break_even=break_even,
        why_not=why_not if break_even is None else None,
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
