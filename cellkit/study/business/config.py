"""The section ``business`` of a study file: prices, today's process, labour, running costs, finance and tax.

No vendor publishes verified list prices, so a study gives the price of every model itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import Field, field_validator, model_validator

from cellkit.study.assumption import (
    AboveZero,
    Assumption,
    NotNegative,
    Plain,
    Share,
    assumed,
    register,
    stated,
    suggested,
)
from cellkit.yamlfile import StrictModel, near_names

PERFORMANCE = ("parts_per_hour", "scrap", "energy_per_part", "operators")
OUTSIDE = ("demand", *(f"performance.{name}" for name in PERFORMANCE))
"""Figures of the case from outside this section; they can have a spread too."""

BEYOND_REASON = 1e12
"""The limit of any figure of a cell, in any unit."""

_S51 = "Vpb 2026: lupacompany.com, Belastingplan 2026 [S51]"
_S48 = "evsint.com, shares of a cobot cell's price [S48], over an arm of 45 %"
_NOT_VARIED = ("spread.", "scenarios.", "tax.", "variation", "samples")


class CapexPart(StrictModel):
    """The cost of one part of the cell: an amount, or a multiple of the arms' price. A plain number is an amount."""

    eur: NotNegative | None = Field(default=None, description="EUR")
    times_robot: NotNegative | None = Field(default=None, description="× price of the arms")

    @model_validator(mode="before")
    @classmethod
    def _amount(cls, given: Any) -> Any:
        if isinstance(given, int | float) and not isinstance(given, bool):
            return {"eur": given}
        if isinstance(given, dict) and "value" in given:
            return {"eur": given}
        return given

    @model_validator(mode="after")
    def _exclusive(self) -> CapexPart:
        if (self.eur is None) == (self.times_robot is None):
            raise ValueError("state either eur (an amount) or times_robot (a multiple of the arms' price)")
        return self


def _amount(value: float, source: str) -> Any:
    return Field(default=CapexPart(eur=Assumption(value=value, source=source, default=True)))


def _multiple(value: float, source: str) -> Any:
    return Field(default=CapexPart(times_robot=Assumption(value=value, source=source, verified=True, default=True)))


class Capex(StrictModel):
    """The cost of the cell without its arms and grippers, which have prices by model."""

    controller: CapexPart = _amount(0.0, "in the arm's price, if not stated")
    feeding: CapexPart
    vision: CapexPart
    safety: CapexPart
    integration: CapexPart = _multiple(0.33, f"{_S48}: 10 to 20 %")
    installation: CapexPart = _multiple(0.17, f"{_S48}: commissioning 5 to 10 %")
    training: CapexPart
    contingency: Share = suggested(0.10, "share of all other parts", "a common allowance, not verified")
    layouts: dict[str, CapexPart] = Field(default_factory=dict, description="extra cost of a layout")

    def parts(self) -> Iterator[tuple[str, CapexPart]]:
        """Yield the parts with their names."""
        for name in ("controller", "feeding", "vision", "safety", "integration", "installation", "training"):
            yield name, getattr(self, name)


class Today(StrictModel):
    """The present process."""

    parts_per_hour: AboveZero = stated("parts made/h, good or not")
    operators: NotNegative = stated("operators at the process")
    scrap: Share = stated("share of parts made that is scrap")
    energy_per_part: NotNegative = suggested(0.0, "kWh/part made", "not counted, if not stated")
    other_costs: NotNegative = suggested(0.0, "EUR/year that the cell saves", "not counted, if not stated")

    @field_validator("scrap")
    @classmethod
    def _some_good(cls, scrap: Assumption) -> Assumption:
        if scrap.value >= 1.0:
            raise ValueError("all parts are scrap: it must be below 1")
        return scrap


class Labour(StrictModel):
    """The cost of an operator's hour, and the share of a released hour that is a saving."""

    rate: AboveZero = suggested(
        45.0, "EUR/h", "CBS 2025/42 [S46]: loaded cost, whole economy NL 2024, provisional", verified=True
    )
    premium: NotNegative = suggested(0.0, "share on top of the rate", "no shift work; 10 to 40 % for it, not verified")
    capture: Share = stated("share of released hours that becomes a saving")


class Hours(StrictModel):
    """The working hours. Staffed hours come first; after them a cell can continue without operators."""

    shifts: AboveZero = stated("shifts")
    hours_per_shift: AboveZero = suggested(1650.0, "h/year a shift", "productive hours of one FTE, not verified")
    unattended: NotNegative = suggested(0.0, "h/year that the cell runs without operators", "none, if not stated")


class Product(StrictModel):
    """The margin and the cost of a part."""

    margin: NotNegative = stated("EUR/good part: contribution margin before labour and energy")
    saleable: Share = suggested(1.0, "share of the extra good parts that is sold", "all, up to the demand")
    part_cost: NotNegative = stated("EUR/part lost as scrap: material and work up to here")
    consumables: NotNegative = suggested(0.0, "EUR/part made by the cell", "none, if not stated")


class Running(StrictModel):
    """The yearly cost of the cell."""

    maintenance: Share = suggested(0.035, "share of capex a year", "2 to 5 %, not verified")
    energy_price: NotNegative = suggested(0.20, "EUR/kWh", "0.15 to 0.25; set your own contract's", note="[S49]")
    support: NotNegative = stated("EUR/year: software, licences, support contract")
    major_service: NotNegative = suggested(0.0, "EUR each", "none, if not stated; one every 5 years is common")
    service_interval: AboveZero = suggested(5.0, "years between major services", "not verified")


_Rise = Annotated[Assumption, *assumed(least=-0.5, most=0.5)]


class Growth(StrictModel):
    """The yearly growth of prices, from the second year on. Margin and part cost do not grow."""

    wages: _Rise = suggested(0.0, "share a year", "constant prices")
    energy: _Rise = suggested(0.0, "share a year", "constant prices")
    other: _Rise = suggested(0.0, "share a year: maintenance, support, consumables", "constant prices")


class Finance(StrictModel):
    """The parameters of the investment's measures."""

    life: AboveZero = suggested(8.0, "years of use", "economic; technical life 10 to 20 years [S50]")
    discount: NotNegative = suggested(0.08, "share a year", "6 to 12 %, not verified")
    residual: Share = suggested(0.0, "share of capex at the end", "0 to 10 %, not verified")
    ramp_up: list[Share] = Field(
        default=[
            Assumption(
                value=0.66,
                source="4.5 months at 50 %, then a linear rise to 100 % at 12 months; not verified",
                default=True,
            )
        ],
        description="share of the benefits in year 1, 2, …; all of them afterwards",
        max_length=40,
    )

    @field_validator("life")
    @classmethod
    def _whole(cls, life: Assumption) -> Assumption:
        if life.value != int(life.value) or life.value > 40:
            raise ValueError(f"{life.value:g} is not a whole number of years from 1 to 40")
        return life


class Tax(StrictModel):
    """Corporate tax. ``apply: false`` leaves out the tax and every incentive that lowers it."""

    apply: bool = True
    low: Share = suggested(0.19, "share of profit", _S51, verified=True)
    high: Share = suggested(0.258, "share of profit above the limit", _S51, verified=True)
    limit: NotNegative = suggested(200_000.0, "EUR of profit", _S51, verified=True)
    firm_profit: NotNegative = suggested(0.0, "EUR/year: the firm's profit without the cell", "none, if not stated")
    depreciation_years: AboveZero = suggested(5.0, "years", "NL: at most 20 % a year, not verified")

    @field_validator("depreciation_years")
    @classmethod
    def _slow_enough(cls, years: Assumption) -> Assumption:
        if years.value < 5:
            raise ValueError(f"{years.value:g} years; at most 20 % a year may be written off, so 5 or more")
        return years


class ChangeOver(StrictModel):
    """The set-up for a batch, on the cell and today. One operator does it, and the process stops meanwhile."""

    batch: AboveZero = stated("good parts/batch")
    setup: NotNegative = stated("h/batch on the cell")
    setup_today: NotNegative = stated("h/batch today")


class Spread(StrictModel):
    """The triangular distribution of a figure. Without ``mode``, its mode is the base."""

    min: Plain
    mode: Plain | None = None
    max: Plain

    def ends(self) -> tuple[float, float]:
        """Return the least and the greatest value."""
        return self.min.value, self.max.value

    @model_validator(mode="after")
    def _ordered(self) -> Spread:
        if self.min.value > self.max.value:
            raise ValueError(f"min {self.min.value:g} is above max {self.max.value:g}")
        if self.mode is not None and not self.min.value <= self.mode.value <= self.max.value:
            text = f"mode {self.mode.value:g} is not between min {self.min.value:g} and max {self.max.value:g}"
            raise ValueError(text)
        return self


class BusinessConfig(StrictModel):
    """The whole section.

    ``spread`` and ``scenarios`` name figures by their path in the register below ``business`` (``labour.rate``,
    ``prices.ur5e``, ``capex.integration.times_robot``), and also ``demand`` and ``performance.…``.
    """

    prices: dict[str, NotNegative] = Field(description="EUR a model of arm or gripper")
    capex: Capex
    today: Today
    labour: Labour
    hours: Hours
    product: Product
    running: Running
    growth: Growth = Field(default_factory=Growth)
    finance: Finance = Field(default_factory=Finance)
    tax: Tax = Field(default_factory=Tax)
    change_over: ChangeOver | None = None
    variation: Share = suggested(0.20, "± share of a figure without a spread", "convention")
    spread: dict[str, Spread] = Field(default_factory=dict)
    scenarios: dict[str, dict[str, Plain]] = Field(default_factory=dict, description="the figure's own unit")
    samples: int = Field(default=10_000, ge=100, le=100_000)
    seed: int = Field(default=1, ge=0)

    @model_validator(mode="after")
    def _known_figures(self) -> BusinessConfig:
        figures = dict(varied_figures(self))
        for name, value in figures.items():
            if value > BEYOND_REASON:
                raise ValueError(f"{name}: {value:g} is above {BEYOND_REASON:g}, the limit of any figure")
        named = [("spread", name) for name in self.spread]
        named += [(f"scenarios.{scenario}", name) for scenario, of in self.scenarios.items() for name in of]
        for where, name in named:
            if name not in figures and name not in OUTSIDE:
                valid = near_names(name, [*figures, *OUTSIDE])
                raise ValueError(f"{where}: {name!r} is not a figure of this business case; {valid}")
        for name, values in [(name, spread.ends()) for name, spread in self.spread.items()] + [
            (name, (figure.value,)) for of in self.scenarios.values() for name, figure in of.items()
        ]:
            least, most = limits(name)
            for value in values:
                if not least <= value <= most:
                    raise ValueError(f"{name} cannot be {value:g}: it must be between {least:g} and {most:g}")
        for name, spread in self.spread.items():
            base = figures.get(name)
            if base is not None and spread.mode is None and not spread.min.value <= base <= spread.max.value:
                text = f"spread: {name} is {base:g}, outside its min {spread.min.value:g} and max {spread.max.value:g}"
                raise ValueError(text)
        return self


def varied_figures(config: BusinessConfig) -> Iterator[tuple[str, float]]:
    """Return the uncertain figures by path: all except tax law, spreads, scenarios and the number of samples."""
    return ((entry.path, entry.value) for entry in register(config) if not entry.path.startswith(_NOT_VARIED))


def limits(name: str) -> tuple[float, float]:
    """Return the least and the greatest possible value of a figure, which also limit its variation."""
    if name in _SHARES or name.startswith("finance.ramp_up."):
        return 0.0, 1.0
    if name in _BELOW_ONE:
        return 0.0, 0.999
    if name.startswith("growth."):
        return -0.5, 0.5
    return _LEAST.get(name, 0.0), float("inf")


_SHARES = {
    "capex.contingency",
    "labour.capture",
    "product.saleable",
    "running.maintenance",
    "finance.residual",
}
_BELOW_ONE = {"today.scrap", "performance.scrap"}
_LEAST = {
    "finance.life": 1.0,
    "running.service_interval": 0.1,
    "demand": 1e-9,
    "performance.parts_per_hour": 1e-9,
    "today.parts_per_hour": 1e-9,
    "hours.shifts": 1e-9,
    "hours.hours_per_shift": 1e-9,
    "change_over.batch": 1e-9,
}


def figures_of(config: BusinessConfig, outside: Mapping[str, float]) -> dict[str, float]:
    """Return all uncertain figures: those of the section and those from outside it (``OUTSIDE``)."""
    return {**dict(varied_figures(config)), **outside}
