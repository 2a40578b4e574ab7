"""The recorded values of grippers."""

from __future__ import annotations

from cellkit.cell.build import BuiltCell
from cellkit.devices import Device
from cellkit.scenario.kinds.recorded_kind import RecordedKind, Values


def _only(name: str, device: Device, values: Values) -> Values | None:
    return {name: values[name]} if name in values else None


def _width(built: BuiltCell, role: str) -> Values:
    return {"width": built.by_role[role].state().width}


def _vacuum(built: BuiltCell, role: str) -> Values:
    return {"vacuum": built.by_role[role].state().vacuum}


JAWS = RecordedKind(
    quantity="width",
    schema="cellkit.Width",
    description="Opening of a parallel gripper.",
    properties=lambda _values: {"width": {"type": "number", "description": "m between the pads"}},
    sample=_width,
    from_readings=lambda device, values: _only("width", device, values),
    words=lambda values: {"opening": f"{max(0.0, values['width']) * 1e3:.1f} mm"},
)
VACUUM = RecordedKind(
    quantity="vacuum",
    schema="cellkit.Vacuum",
    description="Vacuum of a suction gripper.",
    properties=lambda _values: {"vacuum": {"type": "number", "description": "Pa below ambient"}},
    sample=_vacuum,
    from_readings=lambda device, values: _only("vacuum", device, values),
    words=lambda values: {"vacuum": f"{values['vacuum'] / 1e3:.1f} kPa"},
)
