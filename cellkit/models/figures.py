"""The figures of a model as text, and the list of those that were not read in a source."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from typing import Any

from cellkit.models.arm import ArmModel
from cellkit.models.load import AnyModel
from cellkit.models.provenance import Figure, origins

NOT_KNOWN = "not known"
NO_SOURCE = "No source was found."


@dataclass(frozen=True)
class Unverified:
    """One figure, or one group of figures, that was not read in a source."""

    model: str
    figure: str
    value: str
    why: str


def unverified(model: AnyModel) -> Iterator[Unverified]:
    """Yield every figure of a model that was not read in a source, with its source and note as the reason."""
    for path, origin in origins(model):
        if origin.verified:
            continue
        if isinstance(origin, Figure) and origin.value is None:
            yield Unverified(model.id, path, NOT_KNOWN, origin.note or NO_SOURCE)
            continue
        value = with_unit(model, path, origin) if isinstance(origin, Figure) else "group of figures"
        why = ": ".join(text for text in (model.sources[origin.source].title, origin.note) if text)
        yield Unverified(model.id, path, value, why)
    if isinstance(model, ArmModel):
        for name in ("moment", "inertia"):
            if getattr(model.wrist, name) is None:
                yield Unverified(model.id, f"wrist.{name}", NOT_KNOWN, model.wrist.note or NO_SOURCE)


def with_unit(model: AnyModel, name: str, figure: Figure[Any]) -> str:
    """Return a figure with its unit, which is the first word of the schema's description.

    ``name``: the place of the figure in the model, such as ``payload``, or ``part.figure`` in a section.
    """
    if figure.value is None:
        return NOT_KNOWN
    if isinstance(figure.value, str):
        return figure.value
    *sections, field = name.split(".")
    section = type(reduce(getattr, sections, model))
    description = section.model_fields[field].description or ""
    unit = "N m" if description.startswith("N m") else description.split(maxsplit=1)[0].rstrip(",;")
    return f"{figure.value:g} {unit}"
