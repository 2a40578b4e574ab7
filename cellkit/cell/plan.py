"""A cell file with its models loaded and everything placed; what does not fit together is found here."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cellkit.cell.config import CellFile
from cellkit.cell.kinds.fields import AdapterConfig, WireConfig
from cellkit.cell.kinds.force_torque import ForceTorqueDevice
from cellkit.cell.kinds.gripper import BracketConfig, GripperDevice
from cellkit.cell.kinds.table import cell_kind, kind_of_section, kinds_of_section
from cellkit.cell.layout import Layout, workpiece
from cellkit.devices import Workpiece
from cellkit.errors import ConfigError, DriverNotFound
from cellkit.models.arm import ArmModel, FixedFrame
from cellkit.models.gripper import on_bracket, with_spacer
from cellkit.models.load import AnyModel, GripperModel, beside, load_as
from cellkit.models.sensor import ForceTorqueModel, SensorModel
from cellkit.registry import KindSpec
from cellkit.yamlfile import Document, near_names, read_yaml, validate


@dataclass(frozen=True)
class CellPlan:
    """Nothing is simulated yet. ``grippers`` are as mounted: with what lies between them and the flange."""

    file: CellFile
    document: Document
    layout: Layout
    arms: Mapping[str, ArmModel]
    grippers: Mapping[str, GripperModel]
    sensors: Mapping[str, SensorModel]
    workpieces: Mapping[str, Workpiece]
    wires: Mapping[str, WireConfig]

    def kind(self, role: str) -> KindSpec:
        """Return the kind of a role's device."""
        return kind_of_section(self.file.devices[role], self.model(role))

    def model(self, role: str) -> AnyModel | None:
        """Return the model of a role's device, a gripper's as it is mounted; None: none is named."""
        return self.arms.get(role) or self.grippers.get(role) or self.sensors.get(role)

    def grippers_on(self, arm: str) -> tuple[str, ...]:
        """Roles of the grippers on an arm, in the order of the file."""
        devices = self.file.devices.items()
        return tuple(role for role, one in devices if isinstance(one, GripperDevice) and one.on == arm)


def read_cell(
    file: Path, models: Mapping[str, str] | None = None, protocols: Mapping[str, str] | None = None
) -> CellPlan:
    """Read a cell file, with some roles' models and protocols replaced.

    Raises ``ConfigError`` and ``DriverNotFound``.
    """
    document = read_yaml(file)
    return plan_cell(validate(CellFile, document), document, models or {}, protocols or {})


def plan_cell(
    cell: CellFile, document: Document, models: Mapping[str, str], protocols: Mapping[str, str] | None = None
) -> CellPlan:
    """Load the models and place everything; ``document`` is what the cell was read from."""
    arms: dict[str, ArmModel] = {}
    grippers: dict[str, GripperModel] = {}
    sensors: dict[str, SensorModel] = {}
    for role, device in cell.devices.items():
        if "model" not in type(device).model_fields:
            continue
        given, named = models.get(role), getattr(device, "model", None)
        reference = given if given is not None or named is None else beside(document.file.parent, named)
        if reference is None:
            continue
        try:
            model = load_as(reference, kinds_of_section(type(device)))
        except (ConfigError, DriverNotFound) as error:
            if given is not None or (isinstance(error, ConfigError) and error.file is not None):
                raise
            raise document.error(str(error), ("devices", role, "model")) from None
        if isinstance(model, ArmModel):
            arms[role] = model
        elif isinstance(model, GripperModel):
            grippers[role] = model
        else:
            sensors[role] = model
    _check_roles(cell, document, arms)
    _check_names(cell, document)
    mounted = {role: _mounted(role, model, cell, document, arms, sensors) for role, model in grippers.items()}
    wires = {role: device.wire for role, device in cell.devices.items()}
    for role, protocol in (protocols or {}).items():
        wires[role] = wires[role].model_copy(update={"protocol": protocol})
    workpieces = {kind: workpiece(kind, config) for kind, config in cell.workpieces.items()}
    layout = Layout(cell, document, arms)
    return CellPlan(cell, document, layout, arms, mounted, sensors, workpieces, wires)


def _check_roles(cell: CellFile, document: Document, arms: Mapping[str, ArmModel]) -> None:
    """Devices that are on, or wired to, others must name such ones."""
    mounts: dict[str, list[BracketConfig | None]] = {}
    for role, device in cell.devices.items():
        at = ("devices", role)
        on = getattr(device, "on", None)
        if on is not None and on not in arms:
            raise document.error(f"{on!r} is no arm of this cell; {near_names(on, arms)}", (*at, "on"))
        if isinstance(device, GripperDevice):
            taken = mounts.setdefault(device.on, [])
            if taken and (device.mount is None or any(_same_place(device.mount, one) for one in taken)):
                text = f"{device.on!r} already carries a gripper there; each of several needs a `mount` of its own"
                raise document.error(text, (*at, "on"))
            taken.append(device.mount)
        for row in kinds_of_section(type(device)):
            cell_kind(row.name).check(role, device, cell, document)


def _same_place(mount: BracketConfig, other: BracketConfig | None) -> bool:
    """Whether two grippers are bolted to the same face; one without a bracket takes the flange, and all room there."""
    return other is None or (mount.xyz == other.xyz and mount.rpy_deg == other.rpy_deg)


def _check_names(cell: CellFile, document: Document) -> None:
    """What stands in a world has one name each; its parts are called KIND_1, KIND_2 and so on."""
    named = [
        ("devices", name)
        for name, device in cell.devices.items()
        if any(cell_kind(row.name).has_body for row in kinds_of_section(type(device)))
    ]
    named += [("structures", name) for name in cell.structures] + [("conveyors", name) for name in cell.conveyors]
    taken: dict[str, str] = {"floor": "the floor"}
    for group, name in named:
        kind, _, number = name.rpartition("_")
        if name in taken:
            raise document.error(f"{name!r} is already the name of {taken[name]}", (group, name))
        if kind in cell.workpieces and number.isdigit():
            raise document.error(
                f"{name!r} is what a part of kind {kind!r} may be called; choose another", (group, name)
            )
        taken[name] = f"one of the {group}"


def _mounted(
    role: str,
    gripper: GripperModel,
    cell: CellFile,
    document: Document,
    arms: Mapping[str, ArmModel],
    sensors: Mapping[str, SensorModel],
) -> GripperModel:
    """A gripper with the bracket or plates and the sensor between it and its arm's flange.

    What several grippers share, the sensor and its plate, weighs with the first of them.
    """
    device = cell.devices[role]
    assert isinstance(device, GripperDevice)
    arm = arms[device.on]
    flange, face, holder = arm.flange_code.value, arm.flange_code.value, arm.name
    between: list[tuple[float, float]] = []
    for name, one in cell.devices.items():
        sensor = sensors.get(name)
        if isinstance(one, ForceTorqueDevice) and one.on == device.on and isinstance(sensor, ForceTorqueModel):
            code = sensor.flange_code.value
            between += _plate(face, code, one.adapter, holder, sensor.name, document, name)
            between.append((sensor.height.known(), sensor.mass.known()))
            face, holder = code, sensor.name
    if device.mount is None:
        between += _plate(face, gripper.flange_code.value, device.adapter, holder, gripper.name, document, role)
    thickness, mass = sum(one[0] for one in between), sum(one[1] for one in between)
    if device.mount is not None:
        first = next(one for one in cell.devices.values() if isinstance(one, GripperDevice) and one.on == device.on)
        x, y, z = device.mount.xyz
        face_there = FixedFrame(xyz=[x, y, z + thickness], rpy=[math.radians(one) for one in device.mount.rpy_deg])
        return on_bracket(gripper, face_there, device.mount.mass + (mass if device is first else 0.0), flange)
    return gripper if thickness == 0.0 else with_spacer(gripper, thickness, mass, flange)


def _plate(
    face: str | None,
    code: str | None,
    adapter: AdapterConfig | None,
    holder: str,
    tool: str,
    document: Document,
    role: str,
) -> list[tuple[float, float]]:
    """Thickness (m) and mass (kg) of the adapter that is needed, if any. Raises ``ConfigError`` where it is missing."""
    if face is None or code is None or face == code:
        return []
    if adapter is None:
        text = (
            f"{tool} fits a flange {code} (ISO 9409-1), {holder} has {face}; "
            "name the plate between them: `adapter: {thickness: 0.01, mass: 0.1}`"
        )
        raise document.error(text, ("devices", role))
    return [(adapter.thickness, adapter.mass)]
