"""The figures of a concept for the decision: one row of the comparison, to which the criteria apply."""

from __future__ import annotations

from statistics import fmean

from pydantic import Field

from cellkit.study.business.result import BusinessCase
from cellkit.study.energy.result import EnergyResult
from cellkit.study.feasibility.result import Feasibility
from cellkit.study.frozen_model import FrozenModel
from cellkit.study.runs.sweep import ConceptRuns
from cellkit.study.shift.result import ShiftStudy


class Headline(FrozenModel):
    """One concept as a row. Null: the figure is not part of the study, or does not exist (no good run, no payback)."""

    concept: str
    reachable: float | None = Field(default=None, description="share of the required poses; feasibility")
    good: int | None = Field(default=None, description="runs: good ones")
    runs: int | None = Field(default=None, description="runs: all")
    proven: float | None = Field(default=None, description="share; runs: lower bound of good ones")
    cycle_mean: float | None = Field(default=None, description="s a part; runs")
    cycle_p95: float | None = Field(default=None, description="s a part; runs")
    parts_per_hour: float | None = Field(default=None, description="good parts per h of planned time; shift, mean")
    oee: float | None = Field(default=None, description="share; shift, mean over the seeds")
    energy_per_part: float | None = Field(default=None, description="kWh a good part; energy")
    average_power: float | None = Field(default=None, description="kW; energy")
    peak_power: float | None = Field(default=None, description="kW, the highest of all runs; energy")
    capex: float | None = Field(default=None, description="EUR; business")
    payback: float | None = Field(default=None, description="years, after tax; business")
    npv: float | None = Field(default=None, description="EUR, after tax; business")
    probability_of_loss: float | None = Field(default=None, description="share: P(NPV < 0); business")
    cost_per_part: float | None = Field(default=None, description="EUR a good part; business")


def headline(
    concept: str,
    *,
    feasibility: Feasibility | None = None,
    runs: ConceptRuns | None = None,
    shift: ShiftStudy | None = None,
    energy: EnergyResult | None = None,
    business: BusinessCase | None = None,
) -> Headline:
    """Return the row of a concept from its results."""
    oee = None if shift is None else shift.figures.get("oee")
    return Headline(
        concept=concept,
        reachable=None if feasibility is None else feasibility.reachable_share,
        good=None if runs is None else runs.good,
        runs=None if runs is None else runs.runs,
        proven=None if runs is None else runs.at_least,
        cycle_mean=None if runs is None else runs.cycle_mean,
        cycle_p95=None if runs is None else runs.cycle_p95,
        parts_per_hour=None if shift is None else parts_per_hour(shift),
        oee=None if oee is None else oee.mean,
        energy_per_part=None if energy is None or energy.per_part is None else energy.per_part.value,
        average_power=None if energy is None or energy.average is None else energy.average.value,
        peak_power=None if energy is None or energy.peak is None else energy.peak.value,
        capex=None if business is None else business.capex_total,
        payback=None if business is None else business.after_tax.payback,
        npv=None if business is None else business.after_tax.npv,
        probability_of_loss=None if business is None else business.monte_carlo.p_negative,
        cost_per_part=None if business is None else business.cell.cost_per_part,
    )


def parts_per_hour(shift: ShiftStudy) -> float | None:
    """Return good parts an hour of planned busy time, mean over the shifts; None if no time was planned."""
    rates = [one.elements.gq / one.elements.pbt * 3600.0 for one in shift.shifts if one.elements.pbt > 0.0]
    return fmean(rates) if rates else None
