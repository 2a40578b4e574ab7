"""Looks up the kinds of devices of cells: by name, by section of the cell file, by model."""

from __future__ import annotations

from functools import cache
from typing import Any

from cellkit import registry
from cellkit.cell.kinds.cell_kind import CellKind
from cellkit.cell.kinds.fields import DeviceSection
from cellkit.models.load import AnyModel
from cellkit.registry import KindSpec


@cache
def cell_kind(name: str) -> CellKind[Any]:
    """Return a ``CellKind`` by its name. Raises ``DriverNotFound`` for an unknown kind, and ``ConfigError``."""
    return registry.load_part(name, registry.kind(name).cell, CellKind)


@cache
def kinds_of_section(section: type[DeviceSection]) -> tuple[KindSpec, ...]:
    """Return the kinds with a section of the cell file; if there are several, the model decides."""
    return tuple(row for name, row in registry.kinds().items() if cell_kind(name).section is section)


def kind_of_model(model: AnyModel) -> KindSpec:
    """Return the kind of device that a model describes."""
    return next(row for row in registry.kinds().values() if _describes(row, model))


def kind_of_section(section: DeviceSection, model: AnyModel | None) -> KindSpec:
    """Return the kind of a device of the cell file; ``model`` is the device's model, if it has one."""
    rows = kinds_of_section(type(section))
    return rows[0] if len(rows) == 1 or model is None else next(row for row in rows if _describes(row, model))


def _describes(row: KindSpec, model: AnyModel) -> bool:
    return row.model is not None and type(model) is registry.load_object(row.model)
