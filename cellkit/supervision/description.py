"""The description of a cell for clients: its devices, commands, alarms and programs, without any value."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from cellkit import __version__, registry
from cellkit.cell.build import BuiltCell
from cellkit.devices import Device
from cellkit.supervision.alarms import AlarmList
from cellkit.supervision.high_rate_sampler import columns_of
from cellkit.supervision.kinds.command import Command
from cellkit.supervision.kinds.reading import pose_numbers
from cellkit.supervision.readings import kind_of, supervised


def describe(
    built: BuiltCell, alarms: AlarmList, programs: Collection[str], path: str, rate: float, record_rate: float
) -> dict[str, Any]:
    """Return the cell as plain data (JSON)."""
    plan, cell = built.plan, built.cell
    return {
        "name": cell.name,
        "title": plan.file.title or cell.name,
        "cellkit": __version__,
        "path": path,
        "world": built.world.name,
        "rate": rate,
        "record_rate": record_rate,
        "devices": [_device(built, role, device) for role, device in cell.devices.items()],
        "programs": list(programs),
        "alarms": [alarm.as_dict() for alarm in alarms.alarms.values()],
        "workpieces": {
            kind: {"shape": part.shape, "size": list(part.size), "mass": part.mass, "friction": part.friction}
            for kind, part in plan.workpieces.items()
        },
        "places": {
            name: [number for pose in cell.places(name) for number in pose_numbers(pose)] for name in plan.file.places
        },
    }


def _device(built: BuiltCell, role: str, device: Device) -> dict[str, Any]:
    row, section = kind_of(device), built.plan.file.devices[role]
    kind = supervised(row.name)
    description: dict[str, Any] = {
        "role": role,
        "kind": row.name,
        "on": getattr(section, "on", None),
        "items": [{"name": item.name, "kind": item.kind, "unit": item.unit} for item in kind.items(device)],
        "commands": [_command(command) for command in kind.commands],
        "settings": [_command(command) for command in kind.settings],
        "columns": columns_of(device),
        **_model(device),
    }
    return description | kind.details(device, section)


def _model(device: Device) -> dict[str, Any]:
    """Return vendor and model, as far as they are known."""
    model = getattr(device, "model", None)
    if model is None:
        return {"vendor": None, "model": None, "model_id": None, "driver": None}
    spec = registry.driver_of_model(model.id)
    return {
        "vendor": model.vendor.name,
        "model": model.name,
        "model_id": model.id,
        "driver": None if spec is None else spec.name,
    }


def _command(command: Command) -> dict[str, Any]:
    return {
        "name": command.name,
        "what": command.description,
        "actuates": command.actuates,
        "arguments": [
            {"name": one.name, "kind": one.kind.value, "what": one.description, "unit": one.unit}
            for one in command.arguments
        ],
    }
