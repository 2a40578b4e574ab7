"""Assumed figures: a value with source, owner and date, and the register of all of them.

A study file writes ``rate: 45``, or ``rate: {value: 45, source: CBS, owner: the firm, date: 2026-11-01}``. A figure
that the file leaves out comes from the code, with the source of the default; the register marks it as a default.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field, model_validator

from cellkit.study.frozen_model import FrozenModel
from cellkit.yamlfile import StrictModel

STATED = "stated in the study file"
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
"""A date of the form 2026-11-01."""


class Assumption(StrictModel):
    """One assumed figure. ``verified``: the figure was read at the named source; the source itself may be wrong."""

    value: float
    source: str = STATED
    owner: str = ""
    date: str = ""
    note: str = ""
    verified: bool = False
    default: bool = Field(default=False, exclude=True, description="not for files: cellkit's own suggestion")

    @model_validator(mode="after")
    def _dated(self) -> Assumption:
        if self.date and not DAY.fullmatch(self.date):
            raise ValueError(f"date: {self.date!r} is not a date of the form 2026-11-01")
        return self

    def __float__(self) -> float:
        return self.value


def _from_number(given: Any) -> Any:
    if isinstance(given, int | float) and not isinstance(given, bool):
        return {"value": float(given)}
    if isinstance(given, dict):
        if "default" in given:
            raise ValueError("default: remove it; only cellkit marks a figure as a default")
        date = given.get("date")
        if date is not None and not isinstance(date, str):
            given = {**given, "date": str(date)}  # YAML reads 2026-11-01 as a date
        value = given.get("value")
        if isinstance(value, int) and not isinstance(value, bool):
            given = {**given, "value": float(value)}
    return given


class _Range:
    """A validator of the value of an ``Assumption``."""

    def __init__(self, least: float | None, most: float | None, above: float | None) -> None:
        self._least, self._most, self._above = least, most, above

    def __call__(self, given: Assumption) -> Assumption:
        value = given.value
        if self._above is not None and value <= self._above:
            raise ValueError(f"{value:g} is not above {self._above:g}")
        if self._least is not None and value < self._least:
            raise ValueError(f"{value:g} is below {self._least:g}")
        if self._most is not None and value > self._most:
            raise ValueError(f"{value:g} is above {self._most:g}")
        return given


def assumed(*, least: float | None = None, most: float | None = None, above: float | None = None) -> Any:
    """Return the annotations of a field for a figure within a range: ``Annotated[Assumption, *assumed(least=0)]``."""
    from pydantic import AfterValidator

    return (BeforeValidator(_from_number), AfterValidator(_Range(least, most, above)))


NotNegative = Annotated[Assumption, *assumed(least=0.0)]
AboveZero = Annotated[Assumption, *assumed(above=0.0)]
Share = Annotated[Assumption, *assumed(least=0.0, most=1.0)]
Plain = Annotated[Assumption, *assumed()]


def suggested(value: float, unit: str, source: str, *, verified: bool = False, note: str = "") -> Any:
    """Return a field with a default: a figure suggested by cellkit, with its unit and source."""
    default = Assumption(value=value, source=source, verified=verified, note=note, default=True)
    return Field(default=default, description=unit)


def stated(unit: str) -> Any:
    """Return a field, with its unit, that the study file must state."""
    return Field(description=unit)


class RegisterEntry(FrozenModel):
    """One line of the assumptions register. ``path`` is the figure's path in the study file; ``unit`` may be empty."""

    path: str
    value: float
    unit: str
    source: str
    owner: str
    date: str
    note: str
    verified: bool
    default: bool


def register(model: BaseModel, owner: str = "", path: str = "") -> Iterator[RegisterEntry]:
    """Yield all assumed figures below ``model`` in the order of its fields; the unit is the field's description."""
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        yield from _entries(value, field.alias or name, field.description or "", owner, path)


def _entries(value: Any, name: str, unit: str, owner: str, path: str) -> Iterator[RegisterEntry]:
    full_path = f"{path}.{name}" if path else name
    if isinstance(value, Assumption):
        by = value.owner or ("cellkit" if value.default else owner)
        yield RegisterEntry(path=full_path, unit=unit, **{**dict(value), "owner": by})
    elif isinstance(value, BaseModel):
        yield from register(value, owner, full_path)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _entries(item, str(key), unit, owner, full_path)
    elif isinstance(value, list | tuple):
        for number, item in enumerate(value):
            yield from _entries(item, str(number), unit, owner, full_path)
