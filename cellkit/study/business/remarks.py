"""What the reader of a business case must be told besides its figures. Keys are for translations."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping

from cellkit.study.business.config import BusinessConfig
from cellkit.study.business.incentives import IncentivesConfig
from cellkit.study.business.result import BusinessCase, Remark

USUAL_TIMES_ROBOT = (2.0, 4.0)
"""Whole cell over the arms' price: amdmachines.com, total cost of ownership [S47]."""

LEFT_OUT = (
    Remark(key="money.independent", text="Figures vary independently of one another; in reality some move together."),
    Remark(
        key="money.released_hours",
        text="Released hours are money only as far as the captured share says; what people do instead is not valued.",
    ),
    Remark(key="money.financing", text="Loans, leasing, VAT and changes of working capital are not part of the case."),
    Remark(
        key="money.tax",
        text="Tax is corporate tax (Vpb) with two brackets and losses carried forward; the whole investment is written "
        "off in a straight line. Carry-back, income tax of sole traders and fiscal unities are not modelled.",
    ),
    Remark(
        key="money.ramp_up", text="Ramp-up lowers the savings, not the running costs and not the parts in the table."
    ),
    Remark(
        key="money.material", text="Costs per part are without the material of good parts; that of scrap is in them."
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
    """Those that this case gives cause for; ``within`` names the figures that vary."""
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
            text = f"{scheme.name}: lowers corporate tax, which this case leaves out, so it brings nothing here"
            yield Remark(key="incentive.no_tax", values={"scheme": scheme.name}, text=text)
        lost = -min(0.0, *next(line for line in case.incentives if line.key == key).by_year)
        if key == "kia" and lost > 0:
            text = "KIA: with the cell the firm's investments of the year are so high that it loses deduction"
            yield Remark(key="incentive.kia_lost", values={"tax": lost}, text=text)
    for name, spread in config.spread.items():
        base, (low, high) = figures[name], spread.ends()
        if spread.mode is None and not low <= base <= high:
            text = f"{name} is {base:g}, outside its stated {low:g} to {high:g}; its spread was widened to it"
            values = {"figure": name, "base": base, "low": low, "high": high}
            yield Remark(key="spread.outside", values=values, text=text)
    if "performance.scrap" not in within:
        text = (
            "No scrap was found in the runs and none is varied: few runs without scrap do not prove that there is none"
        )
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
        text = "The cell releases no operator hours: it takes as many as today's process, or more"
        yield Remark(key="labour.none_released", values={"hours": released}, text=text)
