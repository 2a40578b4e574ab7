"""A figure that somebody assumed: its value with source, owner and date, and the register of all of them.

A study file says ``rate: 45``, or ``rate: {value: 45, source: CBS, owner: the firm, date: 2026-11-01}``. What the file
does not say comes from here, with the source of the default, and is marked as a default in the register.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from cellkit.yamlfile import StrictModel

STATED = "stated in the study file"
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class Assumption(StrictModel):
    """One assumed figure. ``verified`` means: read from the named source, not that the source is right."""

    value: float
    source: str = STATED
    owner: str = ""
    date: str = ""
    note: str = ""
    verified: bool = False
    default: bool = Field(default=False, exclude=True, description="not for files: cellkit's own suggestion")

    @model_validator(mode="after")
    def _dated(self) -> Assumption:
        if self.date and not _DAY.fullmatch(self.date):
            raise ValueError(f"date: {self.date!r} is no date of the form 2026-11-01")
        return self

    def __float__(self) -> float:
        return self.value


def _from_number(given: Any) -> Any:
    if isinstance(given, int | float) and not isinstance(given, bool):
        return {"value": float(given)}
    if isinstance(given, dict):
        if "default" in given:
            raise ValueError("default: is not for study files")
        date = given.get("date")
        if date is not None and not isinstance(date, str):
            given = {**given, "date": str(date)}  # YAML makes a date of it
        value = given.get("value")
        if isinstance(value, int) and not isinstance(value, bool):
            given = {**given, "value": float(value)}
    return given


class _Range:
    """Checks the value of an ``Assumption``."""

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
    """Annotations of a field for a figure within a range: ``Annotated[Assumed, *assumed(least=0)]``."""
    from pydantic import AfterValidator

    return (BeforeValidator(_from_number), AfterValidator(_Range(least, most, above)))


NotNegative = Annotated[Assumption, *assumed(least=0.0)]
AboveZero = Annotated[Assumption, *assumed(above=0.0)]
Share = Annotated[Assumption, *assumed(least=0.0, most=1.0)]
Plain = Annotated[Assumption, *assumed()]


def suggested(value: float, unit: str, source: str, *, verified: bool = False, note: str = "") -> Any:
    """The default of a field: a figure of cellkit's own suggestion, with its unit and where it comes from."""
    default = Assumption(value=value, source=source, verified=verified, note=note, default=True)
    return Field(default=default, description=unit)


def stated(unit: str) -> Any:
    """A field that the study file has to state, with its unit."""
    return Field(description=unit)


class RegisterEntry(BaseModel):
    """One line of the assumptions register. ``path`` is where it stands in the study file, ``unit`` may be empty."""

    model_config = ConfigDict(frozen=True)

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
    """All assumed figures below ``model``, in the order of its fields; the unit is the field's description."""
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        yield from _entries(value, field.alias or name, field.description or "", owner, path)


def _entries(value: Any, name: str, unit: str, owner: str, path: str) -> Iterator[RegisterEntry]:
    here = f"{path}.{name}" if path else name
    if isinstance(value, Assumption):
        by = value.owner or ("cellkit" if value.default else owner)
        yield RegisterEntry(
            path=here,
            value=value.value,
            unit=unit,
            source=value.source,
            owner=by,
            date=value.date,
            note=value.note,
            verified=value.verified,
            default=value.default,
        )
    elif isinstance(value, BaseModel):
        yield from register(value, owner, here)
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from _entries(one, str(key), unit, owner, here)
    elif isinstance(value, list | tuple):
        for number, one in enumerate(value):
            yield from _entries(one, str(number), unit, owner, here)
