"""The result of a business case: plain figures in EUR, years, hours and parts a year; shares are 0 to 1."""

from __future__ import annotations

from pydantic import Field

from cellkit.study.frozen_model import FrozenModel


class Remark(FrozenModel):
    """A remark for the reader. ``key`` and ``values`` are for translations of ``text``."""

    key: str
    values: dict[str, float | str] = {}
    text: str


class CapexLine(FrozenModel):
    """One part of the investment: ``robot``, ``gripper``, ``controller``, …, ``contingency``."""

    part: str
    value: float = Field(description="EUR")
    share: float = Field(description="share of the whole")


class Output(FrozenModel):
    """The output of one process, a year at full output."""

    good: float = Field(description="good parts/year, limited by demand")
    scrap: float = Field(description="scrapped parts/year")
    limit: float = Field(description="good parts/year that are possible in the hours of the study")
    hours: float = Field(description="h/year in operation")
    operator_hours: float = Field(description="h/year")
    cost_per_part: float = Field(description="EUR/good part, without the material of good parts")


class Year(FrozenModel):
    """A year of the cash flow, EUR. ``cash`` = savings - costs - tax + incentives + residual; year 0 is the investment.

    ``savings`` are ramped up. ``tax`` is without incentives; ``incentives`` is their benefit after tax.
    """

    year: int
    ramp_up: float = Field(description="share")
    savings: dict[str, float] = Field(description="labour, margin, quality, other")
    costs: dict[str, float] = Field(description="maintenance, energy, consumables, support, major_service")
    depreciation: float
    tax: float
    incentives: float
    residual: float
    cash: float
    cumulative: float
    discounted: float = Field(description="cumulative, discounted")


class Measures(FrozenModel):
    """The measures of one cash flow; ``why_not`` holds the reason for each measure that is null, by its name."""

    npv: float = Field(description="EUR")
    irr: float | None = Field(description="share a year")
    payback: float | None = Field(description="years")
    discounted_payback: float | None = Field(description="years")
    why_not: dict[str, Remark] = {}


class Bar(FrozenModel):
    """A bar of the tornado: the net present value with one figure at its low and high end, all others at base."""

    figure: str = Field(description="path in the assumptions register, below business; demand; performance.…")
    base: float
    low: float
    high: float
    stated: bool = Field(description="the study states its spread")
    measured: bool = Field(description="its spread comes from the runs; if neither: ± variation")
    npv_low: float
    npv_high: float
    swing: float = Field(description="EUR")


class Percentile(FrozenModel):
    """A net present value (EUR), with ``percent`` of the draws below it."""

    percent: int
    npv: float


class Bin(FrozenModel):
    """The draws with a net present value from ``start`` to ``end`` (EUR)."""

    start: float
    end: float
    count: int


class MonteCarlo(FrozenModel):
    """The net present value (EUR) of many draws.

    The interval of ``p_negative`` is that of the draws (Wilson, 95 %); it does not cover errors in the spreads.
    """

    samples: int
    seed: int
    figures: int = Field(description="number of figures that vary")
    mean: float
    deviation: float
    percentiles: list[Percentile]
    negative: int
    p_negative: float
    p_negative_low: float
    p_negative_high: float
    bins: list[Bin]


class Scenario(FrozenModel):
    """The case with several figures changed together."""

    name: str
    figures: dict[str, float]
    after_tax: Measures


class BatchCost(FrozenModel):
    """The running cost of a good part (EUR, without investment) at one batch size."""

    batch: float
    today: float
    cell: float


class ChangeOverResult(FrozenModel):
    """The smallest batch at which the cell is cheaper to run than today's process; its investment is not counted.

    ``break_even`` = additional set-up time × operator's rate / saving a part; null, with the reason, if none exists.
    """

    setup: float = Field(description="h/batch on the cell")
    setup_today: float = Field(description="h/batch")
    rate: float = Field(description="EUR/h")
    saving_per_part: float = Field(description="EUR/good part, without set-up")
    break_even: float | None = Field(description="good parts/batch; 0: any batch")
    why_not: Remark | None = None
    batch: float = Field(description="good parts/batch of the study")
    curve: list[BatchCost]


class IncentiveLine(FrozenModel):
    """A scheme counted alone: its benefit after tax by year, and its present value (EUR)."""

    key: str
    name: str
    kind: str
    valid_from: str
    valid_to: str
    by_year: list[float]
    present_value: float
    note: str


class BusinessCase(FrozenModel):
    """The whole case of one concept."""

    arms: list[str]
    grippers: list[str]
    layout: str
    demand: float = Field(description="good parts/year")
    life: float = Field(description="years")
    discount: float = Field(description="share a year")
    capex: list[CapexLine]
    capex_total: float = Field(description="EUR")
    times_robot: float | None = Field(description="capex over the arms' price; null if that price is 0")
    today: Output
    cell: Output
    years: list[Year]
    before_tax: Measures
    after_tax: Measures
    equivalent_annual_cost: float = Field(description="EUR/year of the investment")
    running_costs: float = Field(description="EUR/year, mean over the life, without operators")
    total_cost_of_ownership: float = Field(description="EUR over the life, operators of the cell included")
    incentives: list[IncentiveLine]
    tornado: list[Bar]
    monte_carlo: MonteCarlo
    scenarios: list[Scenario]
    change_over: ChangeOverResult | None
    remarks: list[Remark]
    left_out: list[Remark]
