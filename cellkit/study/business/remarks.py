"""The remarks that accompany the figures of a business case. Keys are for translations."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping

from cellkit.study.business.config import BusinessConfig
from cellkit.study.business.incentives import IncentivesConfig
from cellkit.study.business.result import BusinessCase, Remark

USUAL_TIMES_ROBOT = (2.0, 4.0)
"""Usual price of the whole cell over the arms' price: amdmachines.com, total cost of ownership [S47]."""

LEFT_OUT = (
    Remark(key="money.independent", text="All figures vary independently; in reality some are correlated."),
    Remark(
        key="money.released_hours",
        text="Only the captured share of released hours counts as a saving; other work then has no value here.",
    ),
    Remark(key="money.financing", text="Loans, leasing, VAT and changes of working capital are not part of the case."),
    Remark(
        key="money.tax",
        text="Tax is corporate tax (Vpb) with two brackets and losses carried forward; the whole investment is "
        "depreciated linearly. Carry-back, income tax of sole traders and fiscal unities are not modelled.",
    ),
    Remark(
        key="money.ramp_up",
        text="The ramp-up lowers the savings, but not the running costs and not the parts in the table.",
    ),
    Remark(
        key="money.material",
        text="Costs per part exclude the material of good parts and include the material of scrap.",
    ),
)


def remarks(
    case: BusinessCase,
    config: BusinessConfig,
    incentives: IncentivesConfig,
    today: str,
    figures: Mapping[str, float],
    within: Container[str],
) -> Iterator[Remark]:
    """Yield the remarks that apply to this case; ``within`` names the figures that vary."""
    for key, scheme in incentives.schemes():
        warning = scheme.warning(today)
        if warning:
            values: dict[str, float | str] = {
                "scheme": scheme.name,
                "valid_from": scheme.valid_from,
                "valid_to": scheme.valid_to,
                "today": today,
            }
            yield Remark(key="incentive.out_of_date", values=values, text=warning)
        if key != "wbso" and not config.tax.apply:
            text = f"{scheme.name}: it lowers corporate tax, which this case leaves out, so it has no effect here"
            yield Remark(key="incentive.no_tax", values={"scheme": scheme.name}, text=text)
        lost = -min(0.0, *next(line for line in case.incentives if line.key == key).by_year)
        if key == "kia" and lost > 0:
            text = "KIA: the cell raises the firm's investments of the year so far that its deduction falls"
            yield Remark(key="incentive.kia_lost", values={"tax": lost}, text=text)
    for name, spread in config.spread.items():
        base, (low, high) = figures[name], spread.ends()
        if spread.mode is None and not low <= base <= high:
            text = f"{name} is {base:g}, outside its stated range of {low:g} to {high:g}; the range was widened to it"
            values = {"figure": name, "base": base, "low": low, "high": high}
            yield Remark(key="spread.outside", values=values, text=text)
    if "performance.scrap" not in within:
        text = "The runs made no scrap, and scrap is not varied: a few runs without scrap do not prove that none occurs"
        yield Remark(key="scrap.none", text=text)
    least, most = USUAL_TIMES_ROBOT
    if case.times_robot is not None and not least <= case.times_robot <= most:
        text = f"The cell costs {case.times_robot:.2f} × its arms; {least:g} to {most:g} × is usual. Is a part missing?"
        yield Remark(key="capex.unusual", values={"times": case.times_robot, "least": least, "most": most}, text=text)
    if case.cell.good < case.demand:
        text = f"The cell makes {case.cell.good:.0f} good parts a year, less than the demand of {case.demand:.0f}"
        yield Remark(key="volume.short", values={"good": case.cell.good, "demand": case.demand}, text=text)
    if case.today.good < case.demand:
        text = f"Today {case.today.good:.0f} good parts a year can be made, less than the demand of {case.demand:.0f}"
        yield Remark(key="volume.short_today", values={"good": case.today.good, "demand": case.demand}, text=text)
    released = case.today.operator_hours - case.cell.operator_hours
    if released <= 0:
        text = "The cell releases no operator hours: it needs as many as today's process, or more"
        yield Remark(key="labour.none_released", values={"hours": released}, text=text)
