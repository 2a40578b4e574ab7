"""How an arm stops, by stop category (IEC 60204-1): reaction time and deceleration, each with source and certainty.

The figures describe a model. They are no substitute for the stopping times and distances of the vendor's manual.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from cellkit.yamlfile import StrictModel

Unknown = Literal["unknown"]
NotNegative = Annotated[float, Field(ge=0)]
Positive = Annotated[float, Field(gt=0)]


class StopCondition(StrictModel):
    """The condition under which a stop was published; null: not stated there."""

    load: float | None = Field(default=None, description="kg at the flange")
    extension: float | None = Field(default=None, description="share of the reach at which the arm was stretched out")
    speed: float | None = Field(default=None, description="rad/s of the joint; null: several speeds")
    note: str = ""


class CategoryStop(StrictModel):
    """The stops of one category: ``reaction`` (s) at unchanged speed, then a deceleration of each joint.

    A joint of speed v (rad/s) decelerates by ``deceleration`` + ``damping`` v. ``unknown`` stands for a joint whose
    published stop is not known.
    """

    reaction: NotNegative = Field(description="s from the request until the arm begins to brake")
    deceleration: list[Positive | Unknown] = Field(description="rad/s², one for each joint")
    damping: list[NotNegative] | None = Field(
        default=None, description="1/s, one for each joint: what brakes in proportion to the speed; null: nothing"
    )
    source: str = Field(description="A key of the model's `sources`")
    verified: bool = Field(description="whether the figures were read in the source, or follow from ones read there")
    certainty: Literal["high", "medium", "low"] = Field(description="that the figures are right for this arm")
    condition: StopCondition
    note: str = ""


class Stopping(StrictModel):
    """The stops of an arm. ``unknown``: cellkit's stated assumption is used, which is slow (see the law of stops)."""

    category_0: CategoryStop | Unknown = "unknown"
    category_1: CategoryStop | Unknown = "unknown"
    category_2: CategoryStop | Unknown = "unknown"

    @model_validator(mode="after")
    def _on_the_path(self) -> Stopping:
        for category in (1, 2):
            stop = self.of(category)
            if stop is not None and stop.damping is not None:
                raise ValueError(f"category_{category}: damping is for category_0; a stop on the path has none")
        return self

    def of(self, category: int) -> CategoryStop | None:
        """Return the figures of a category (0, 1 or 2); None where they are unknown."""
        stop: CategoryStop | Unknown = (self.category_0, self.category_1, self.category_2)[category]
        return None if stop == "unknown" else stop

    def problem(self, joints: int, sources: set[str]) -> str | None:
        """Describe what does not fit an arm with so many joints and these sources; None: all fits."""
        for category in (0, 1, 2):
            stop = self.of(category)
            if stop is None:
                continue
            where = f"stopping.category_{category}"
            for name, figures in (("deceleration", stop.deceleration), ("damping", stop.damping)):
                if figures is not None and len(figures) != joints:
                    return f"{where}.{name} has {len(figures)} figures, the arm has {joints} joints"
            if stop.source not in sources:
                return f"{where}: the source {stop.source!r} is not listed under sources"
        return None
