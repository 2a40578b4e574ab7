"""The performance of the cell, which the business case takes from the runs and the shift."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, field_validator

from cellkit.study.business.config import PERFORMANCE, limits


class Performance(BaseModel):
    """The performance of a concept, with all losses of a shift except change-overs, which the business case adds."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    parts_per_hour: float = Field(gt=0.0, description="parts made/h of planned time, good or not")
    scrap: float = Field(ge=0.0, lt=1.0, description="share of parts made that is scrap")
    energy_per_part: float = Field(ge=0.0, description="kWh/part made, good or not")
    operators: float = Field(ge=0.0, description="operators that the cell needs in a staffed hour of production")
    spread: dict[str, tuple[float, float]] = Field(
        default={}, description="least and greatest value of a figure over the runs or shifts, in its unit"
    )

    @field_validator("spread")
    @classmethod
    def _of_figures(cls, spread: dict[str, tuple[float, float]]) -> dict[str, tuple[float, float]]:
        for name, (low, high) in spread.items():
            if name not in PERFORMANCE:
                raise ValueError(f"{name!r} is not a figure of a performance; valid: {', '.join(PERFORMANCE)}")
            least, most = limits(f"performance.{name}")
            if not least <= low <= high <= most:
                raise ValueError(f"{name}: {low:g} to {high:g}; it must be between {least:g} and {most:g}")
        return spread
