"""Looks kinds of devices up as the cell needs them: by name, by section of the cell file, by model."""

from __future__ import annotations

from functools import cache
from typing import Any

from cellkit import registry
from cellkit.cell.kinds.cell_kind import CellKind
from cellkit.cell.kinds.fields import DeviceSection
from cellkit.errors import ConfigError
from cellkit.models.load import AnyModel
from cellkit.registry import KindSpec


@cache
def cell_kind(name: str) -> CellKind[Any]:
    """Return what a kind does in a cell. Raises ``DriverNotFound`` for an unknown kind."""
    found: Any = registry.load_object(registry.kind(name).cell)
    if not isinstance(found, CellKind):
        raise ConfigError(f"kind {name!r}: {registry.kind(name).cell} is not a CellKind")
    return found


@cache
def sections() -> tuple[type[DeviceSection], ...]:
    """Return the sections of all installed kinds, each once."""
    return tuple(dict.fromkeys(cell_kind(name).section for name in registry.kinds()))


@cache
def kinds_of_section(section: type[DeviceSection]) -> tuple[KindSpec, ...]:
    """Return the kinds that a section of the cell file may turn out to be; the model decides between several."""
    return tuple(row for name, row in registry.kinds().items() if cell_kind(name).section is section)


def kind_of_model(model: AnyModel) -> KindSpec:
    """Return the kind of device that a model describes."""
    return next(row for row in registry.kinds().values() if _describes(row, model))


def kind_of_section(section: DeviceSection, model: AnyModel | None) -> KindSpec:
    """Return the kind of a device of the cell file; ``model`` is that of the device, where it has one."""
    rows = kinds_of_section(type(section))
    return rows[0] if len(rows) == 1 or model is None else next(row for row in rows if _describes(row, model))


def _describes(row: KindSpec, model: AnyModel) -> bool:
    return row.model is not None and type(model) is registry.load_object(row.model)
