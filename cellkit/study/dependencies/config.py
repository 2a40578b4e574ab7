"""What a study file says about dependencies: what disappears, which models may stand in, and what a switch costs."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from cellkit.cell.kinds.fields import Name
from cellkit.models.arm import Positive
from cellkit.study.assumption import AboveZero, NotNegative, suggested
from cellkit.study.dependencies.suppliers import Supplier, View
from cellkit.yamlfile import StrictModel

OWN = "cellkit, an assumption of our own"
Scored = Literal["L1", "L2", "L3", "L4", "L6", "L7", "L8"]
WEIGHTS: dict[Scored, float] = {"L2": 0.25, "L3": 0.20, "L4": 0.20, "L1": 0.10, "L7": 0.10, "L6": 0.10, "L8": 0.05}
"""Weights of the composite: a proposal without any claim of objectivity."""

Share = Annotated[float, Field(ge=0, le=1)]


class Disappearance(StrictModel):
    """A vendor that delivers no more, or a region (``EU``, ``EEA`` or a country's code) by one view."""

    vendor: str | None = None
    region: str | None = None
    view: View = "owner"

    @model_validator(mode="after")
    def _one(self) -> Disappearance:
        if (self.vendor is None) == (self.region is None):
            raise ValueError("either a vendor or a region disappears")
        return self


class ArmClass(StrictModel):
    """Which arms of the catalogue are of the class of the present one: shares of its payload and reach."""

    payload: Annotated[list[Positive], Field(min_length=2, max_length=2)] = [0.5, 2.5]
    reach: Annotated[list[Positive], Field(min_length=2, max_length=2)] = [0.7, 1.6]

    @model_validator(mode="after")
    def _ordered(self) -> ArmClass:
        for name, (least, most) in (("payload", self.payload), ("reach", self.reach)):
            if least > most:
                raise ValueError(f"{name}: {least:g} is above {most:g}")
        return self


class SwitchingConfig(StrictModel):
    """What it costs and how long it takes to replace components by others. Work on the program is part of the hours."""

    arm_hours: NotNegative = suggested(
        40.0,
        "h",
        OWN,
        note="Engineering for each arm. The program stays; mounting, safety configuration and commissioning do not.",
    )
    other_hours: NotNegative = suggested(12.0, "h", OWN, note="Engineering for each other component.")
    engineering_rate: AboveZero = suggested(95.0, "EUR/h", OWN)
    validation: NotNegative = suggested(
        4000.0, "EUR", "An integrator's page on cobots: 3,000 to 5,000 for a safety assessment (mp-is.eu)"
    )
    retraining: NotNegative = suggested(1500.0, "EUR", OWN, note="Where an arm is another one.")
    adapter: NotNegative = suggested(250.0, "EUR", OWN, note="For each gripper whose flange is not the arm's.")
    downtime_days: NotNegative = suggested(5.0, "days", OWN)
    margin_per_day: NotNegative | None = Field(default=None, description="EUR/day")
    lead_time: NotNegative = suggested(12.0, "weeks", OWN, note="For what `lead_times` does not name.")
    hours_per_week: AboveZero = suggested(40.0, "h/week", OWN)


class DependenciesConfig(StrictModel):
    """The `dependencies` of a study file."""

    arms: list[str] = Field(default=[], description="models that may stand in; empty: the catalogue's of the class")
    grippers: list[str] = Field(default=[], description="models that may stand in; empty: the whole catalogue")
    arm_class: ArmClass = ArmClass()
    seeds: Annotated[int, Field(ge=1, le=1000)] = 3
    wire_seeds: Annotated[int, Field(ge=0, le=1000, description="runs by wire of each replacement; 0: none")] = 1
    takt: Positive | None = Field(default=None, description="s a part that a replacement may take; null: any")
    most: Annotated[int, Field(ge=1, le=200, description="combinations of models that are newly run for a what-if")] = (
        12
    )
    disappear: list[Disappearance] = Field(default=[], description="empty: the vendor of each arm")
    switching: SwitchingConfig = SwitchingConfig()
    prices: dict[str, NotNegative] = Field(default={}, description="EUR")
    lead_times: dict[str, NotNegative] = Field(default={}, description="weeks")
    spares: list[Name] = Field(default=[], description="roles of which a spare is in stock")
    offline_days: dict[str, NotNegative] = Field(default={}, description="days")
    jurisdictions: list[str] = Field(default=[], description="countries whose law reaches abroad, by the user's list")
    suppliers: dict[str, Supplier] = Field(default={}, description="facts over, or besides, those that are shipped")
    weights: dict[Scored, Share] = Field(default=WEIGHTS, description="of the composite")

    @model_validator(mode="after")
    def _weighed(self) -> DependenciesConfig:
        if sum(self.weights.values()) <= 0.0:
            raise ValueError("weights: at least one must be above 0")
        return self


class PricesFile(StrictModel):
    """A price list (`cellkit/prices/1`): EUR by the id of a model or by a role of the cell; a role goes first."""

    schema_: Literal["cellkit/prices/1"] = Field(alias="schema")
    prices: dict[str, NotNegative] = Field(description="EUR")
    capex: AboveZero | None = Field(default=None, description="EUR")
    lead_times: dict[str, NotNegative] = Field(default={}, description="weeks")
