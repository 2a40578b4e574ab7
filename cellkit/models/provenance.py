"""The source of a figure, and whether the figure was verified there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, Field

from cellkit.yamlfile import StrictModel

ValueT = TypeVar("ValueT", float, str)


class Source(StrictModel):
    """One source that figures were read from."""

    title: str = Field(description="Repository, manual, datasheet, or 'cellkit' for an own assumption")
    detail: str = Field(default="", description="Commit, files, page, or how the assumption was made")
    licence: str = ""


class Figure(StrictModel, Generic[ValueT]):
    """One figure of a model.

    ``verified`` means that the figure was read in the named source, not that the source is right.
    """

    value: ValueT | None = Field(description="null: not known")
    source: str = Field(description="A key of the model's `sources`")
    verified: bool
    note: str = ""

    def known(self) -> ValueT:
        """Return the value. Raises ``ValueError`` where it is not known."""
        if self.value is None:
            raise ValueError("this figure is not known")
        return self.value


class Vendor(StrictModel):
    """The vendor of the product, with headquarters and ultimate owner kept apart."""

    name: str
    headquarters: Figure[str]
    owner: Figure[str]


class Provenance(StrictModel):
    """The source of a whole group of figures (such as a joint table)."""

    source: str
    verified: bool
    note: str = ""


def origins(part: object, path: str = "") -> Iterator[tuple[str, Figure[Any] | Provenance]]:
    """Yield every figure and every group of figures inside a model, with its place (such as ``vendor.owner``)."""
    if isinstance(part, Figure | Provenance):
        yield path, part
    elif isinstance(part, BaseModel):
        for name in type(part).model_fields:
            yield from origins(getattr(part, name), f"{path}.{name}" if path else name)
