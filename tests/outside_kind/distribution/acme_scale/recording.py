"""What a run records of a scale."""

from __future__ import annotations

from cellkit.cell.build import BuiltCell
from cellkit.scenario.kinds.recorded_kind import RecordedKind, Values


def _sample(built: BuiltCell, role: str) -> Values:
    return {"mass": built.by_role[role].mass()}


SCALE = RecordedKind(
    quantity="weight",
    schema="acme.Weight",
    description="Mass on the plate of a scale.",
    properties=lambda _values: {"mass": {"type": "number", "description": "kg"}},
    sample=_sample,
    words=lambda values: {"mass": f"{values['mass']:.3f} kg"},
)
