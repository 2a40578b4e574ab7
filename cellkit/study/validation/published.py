"""Published figures with their sources, and the comparison of one with a prediction."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from cellkit.models.provenance import Source
from cellkit.yamlfile import StrictModel, read_yaml, validate

FILE = Path(__file__).with_name("published.yaml")
Certainty = Literal["found", "recalled", "computed"]
Kind = Literal["prediction", "self-check", "property"]


class PublishedFigure(StrictModel):
    """One figure. ``found``: read at its source; ``recalled``: from memory; ``computed``: a test vector."""

    value: float
    unit: str
    source: str
    certainty: Certainty
    note: str = ""


class PublishedFigures(StrictModel):
    """All figures of the validation."""

    schema_: Literal["cellkit/published-figures/1"] = Field(alias="schema")
    sources: dict[str, Source]
    figures: dict[str, PublishedFigure]
    tables: dict[str, dict[str, list[float]]]

    @model_validator(mode="after")
    def _consistent(self) -> PublishedFigures:
        for name, figure in self.figures.items():
            if figure.source not in self.sources:
                raise ValueError(f"{name}: the source {figure.source!r} is not listed under sources")
        return self

    def __getitem__(self, name: str) -> float:
        """Return the value of a figure."""
        return self.figures[name].value


@cache
def published() -> PublishedFigures:
    """Read the figures that are shipped with cellkit."""
    return validate(PublishedFigures, read_yaml(FILE))


@dataclass(frozen=True, slots=True)
class Row:
    """One comparison. ``basis``: the basis of the prediction, and which figure was calibrated on which other one.

    ``holds``: for a self-check whether the formula gives its vector, for a property whether it was observed; None for
    a prediction, which is reported and not judged.
    """

    topic: str
    what: str
    kind: Kind
    predicted: float
    published: float
    unit: str
    source: str
    certainty: Certainty
    basis: str
    remark: str = ""
    holds: bool | None = None
    figure: str = ""
    """Key of the published figure; empty if there is none."""

    @property
    def error(self) -> float | None:
        """The error of the prediction as a share of the published figure; None if a share has no meaning."""
        return None if self.kind == "property" or self.published == 0 else self.predicted / self.published - 1


def compare(
    topic: str,
    what: str,
    predicted: float,
    name: str,
    basis: str,
    remark: str = "",
    *,
    within: float | None = None,
) -> Row:
    """Return a row for a published figure; with ``within`` (in its unit) the row is a self-check."""
    figure = published().figures[name]
    kind: Kind = "prediction" if within is None else "self-check"
    holds = None if within is None else abs(predicted - figure.value) <= within
    note = " ".join(part for part in (figure.note and f"({figure.note})", remark) if part)
    source = published().sources[figure.source].title
    return Row(
        topic, what, kind, predicted, figure.value, figure.unit, source, figure.certainty, basis, note, holds, name
    )
