"""The section ``dependencies`` of a study file: lost suppliers, replacement models, and the cost of a switch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, model_validator

from cellkit.cell.kinds.fields import Name
from cellkit.models.arm import Positive
from cellkit.study.assumption import AboveZero, Assumption, NotNegative, suggested
from cellkit.study.dependencies.suppliers import Supplier, View
from cellkit.yamlfile import StrictModel

OWN = "cellkit, an assumption of our own"
Scored = Literal["L1", "L2", "L3", "L4", "L6", "L7", "L8"]
WEIGHTS: dict[Scored, float] = {"L2": 0.25, "L3": 0.20, "L4": 0.20, "L1": 0.10, "L7": 0.10, "L6": 0.10, "L8": 0.05}
"""Weights of the composite index: a proposal, not an objective choice."""

Share = Annotated[float, Field(ge=0, le=1)]


class Disappearance(StrictModel):
    """A vendor or a region that no longer delivers; a region is ``EU``, ``EEA`` or a country's code, by one view."""

    vendor: str | None = None
    region: str | None = None
    view: View = "owner"

    @model_validator(mode="after")
    def _one(self) -> Disappearance:
        if (self.vendor is None) == (self.region is None):
            raise ValueError("state either a vendor or a region, not both")
        return self


class ArmClass(StrictModel):
    """The class of the present arm: least and most payload and reach, as shares of its own."""

    payload: Annotated[list[Positive], Field(min_length=2, max_length=2)] = [0.5, 2.5]
    reach: Annotated[list[Positive], Field(min_length=2, max_length=2)] = [0.7, 1.6]

    @model_validator(mode="after")
    def _ordered(self) -> ArmClass:
        for name, (least, most) in (("payload", self.payload), ("reach", self.reach)):
            if least > most:
                raise ValueError(f"{name}: {least:g} is above {most:g}")
        return self


class SwitchingConfig(StrictModel):
    """The cost and duration of a replacement of components. The hours include work on the program."""

    arm_hours: NotNegative = suggested(
        40.0,
        "h",
        OWN,
        note="Engineering for each arm: mounting, safety configuration, commissioning. The program stays.",
    )
    other_hours: NotNegative = suggested(12.0, "h", OWN, note="Engineering for each other component.")
    engineering_rate: AboveZero = suggested(95.0, "EUR/h", OWN)
    validation: NotNegative = suggested(
        4000.0, "EUR", "An integrator's page on cobots: 3,000 to 5,000 for a safety assessment (mp-is.eu)"
    )
    retraining: NotNegative = suggested(1500.0, "EUR", OWN, note="If an arm is replaced.")
    adapter: NotNegative = suggested(250.0, "EUR", OWN, note="For each gripper whose flange differs from the arm's.")
    downtime_days: NotNegative = suggested(5.0, "days", OWN)
    margin_per_day: NotNegative | None = Field(default=None, description="EUR/day")
    lead_time: NotNegative = suggested(12.0, "weeks", OWN, note="For components that `lead_times` does not name.")
    hours_per_week: AboveZero = suggested(40.0, "h/week", OWN)


class DependenciesConfig(StrictModel):
    """The section ``dependencies`` of a study file."""

    arms: list[str] = Field(default=[], description="replacement models; empty: the class in the catalogue")
    grippers: list[str] = Field(default=[], description="replacement models; empty: the whole catalogue")
    arm_class: ArmClass = ArmClass()
    seeds: Annotated[int, Field(ge=1, le=1000)] = 3
    wire_seeds: Annotated[int, Field(ge=0, le=1000, description="runs by wire of each replacement; 0: none")] = 1
    takt: Positive | None = Field(default=None, description="s a part that a replacement may take; null: any")
    most: Annotated[int, Field(ge=1, le=200, description="combinations of models that a what-if runs anew")] = 12
    disappear: list[Disappearance] = Field(default=[], description="empty: the vendor of each arm")
    switching: SwitchingConfig = SwitchingConfig()
    prices: dict[str, NotNegative] = Field(default={}, description="EUR")
    lead_times: dict[str, NotNegative] = Field(default={}, description="weeks")
    spares: list[Name] = Field(default=[], description="roles of which a spare is in stock")
    offline_days: dict[str, NotNegative] = Field(default={}, description="days")
    jurisdictions: list[str] = Field(
        default=[], description="countries with laws that apply abroad, by the user's list"
    )
    suppliers: dict[str, Supplier] = Field(default={}, description="facts that replace, or add to, those of cellkit")
    weights: dict[Scored, Share] = Field(default=WEIGHTS, description="of the composite index")

    @model_validator(mode="after")
    def _weighed(self) -> DependenciesConfig:
        if sum(self.weights.values()) <= 0.0:
            raise ValueError("weights: at least one must be above 0")
        return self


class PricesFile(StrictModel):
    """A price list (``cellkit/prices/1``): EUR by the id of a model or by a role of the cell; the role goes first."""

    schema_: Literal["cellkit/prices/1"] = Field(alias="schema")
    prices: dict[str, NotNegative] = Field(description="EUR")
    capex: AboveZero | None = Field(default=None, description="EUR")
    lead_times: dict[str, NotNegative] = Field(default={}, description="weeks")


def stated_figure(stated: Mapping[str, Assumption], role: str, model: str | None, vendor: str | None) -> float | None:
    """Return the figure stated for a model, else for its vendor, else for its role; None if none is stated."""
    for name in (model, vendor, role):
        if name is not None and name in stated:
            return stated[name].value
    return None
