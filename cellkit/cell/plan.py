"""Loads the models of a cell file, places everything, and checks that the parts of the file fit together."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
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
    """A cell file with its models and layout, without a world.

    The models in ``grippers`` include the mounting: sensor, plates or bracket between gripper and flange.
    """

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
        return self._kinds[role]

    @cached_property
    def _kinds(self) -> dict[str, KindSpec]:
        return {role: kind_of_section(section, self.model(role)) for role, section in self.file.devices.items()}

    def model(self, role: str) -> AnyModel | None:
        """Return the model of a role's device; the model of a gripper includes its mounting. None: none is named."""
        return self.arms.get(role) or self.grippers.get(role) or self.sensors.get(role)

    def grippers_on(self, arm: str) -> tuple[str, ...]:
        """Return the roles of the grippers on an arm, in the order of the file."""
        devices = self.file.devices.items()
        return tuple(role for role, section in devices if isinstance(section, GripperDevice) and section.on == arm)


def read_cell(
    file: Path, models: Mapping[str, str] | None = None, protocols: Mapping[str, str] | None = None
) -> CellPlan:
    """Read a cell file; ``models`` and ``protocols`` replace those of the file, by role.

    Raises ``ConfigError`` and ``DriverNotFound``.
    """
    document = read_yaml(file)
    return plan_cell(validate(CellFile, document), document, models or {}, protocols or {})


def plan_cell(
    cell: CellFile, document: Document, models: Mapping[str, str], protocols: Mapping[str, str] | None = None
) -> CellPlan:
    """Load the models and place everything; ``document`` is the source of the cell, for the lines of errors.

    Raises ``ConfigError`` and ``DriverNotFound``.
    """
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
    """Check that devices on an arm, or wired to other devices, name devices of the right kind."""
    mounts: dict[str, list[BracketConfig | None]] = {}
    for role, device in cell.devices.items():
        at = ("devices", role)
        on = getattr(device, "on", None)
        if on is not None and on not in arms:
            raise document.error(f"{on!r} is no arm of this cell; {near_names(on, arms)}", (*at, "on"))
        if isinstance(device, GripperDevice):
            taken = mounts.setdefault(device.on, [])
            if taken and (device.mount is None or any(_same_place(device.mount, other) for other in taken)):
                text = f"{device.on!r} already carries a gripper there; each of several needs a `mount` of its own"
                raise document.error(text, (*at, "on"))
            taken.append(device.mount)
        for row in kinds_of_section(type(device)):
            cell_kind(row.name).check(role, device, cell, document)


def _same_place(mount: BracketConfig, other: BracketConfig | None) -> bool:
    """Return whether two grippers have the same mounting place; a gripper without a bracket takes the whole flange."""
    return other is None or (mount.xyz == other.xyz and mount.rpy_deg == other.rpy_deg)


def _check_names(cell: CellFile, document: Document) -> None:
    """Check that every object in the world has a name of its own; parts have the names KIND_1, KIND_2 and so on."""
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
                f"{name!r} is a possible name of a part of kind {kind!r}; choose another", (group, name)
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
    """Return the model of a gripper with the bracket or plates and the sensor between it and its arm's flange.

    The mass of the sensor and its plate, which several grippers share, is added to the first of them.
    """
    device = cell.devices[role]
    assert isinstance(device, GripperDevice)
    arm = arms[device.on]
    flange, face, holder = arm.flange_code.value, arm.flange_code.value, arm.name
    between: list[tuple[float, float]] = []
    for name, other in cell.devices.items():
        sensor = sensors.get(name)
        if isinstance(other, ForceTorqueDevice) and other.on == device.on and isinstance(sensor, ForceTorqueModel):
            code = sensor.flange_code.value
            between += _plate(face, code, other.adapter, holder, sensor.name, document, name)
            between.append((sensor.height.known(), sensor.mass.known()))
            face, holder = code, sensor.name
    if device.mount is None:
        between += _plate(face, gripper.flange_code.value, device.adapter, holder, gripper.name, document, role)
    thickness, mass = sum(metres for metres, _ in between), sum(kilograms for _, kilograms in between)
    if device.mount is not None:
        on_arm = [
            other for other in cell.devices.values() if isinstance(other, GripperDevice) and other.on == device.on
        ]
        x, y, z = device.mount.xyz
        mount = FixedFrame(xyz=[x, y, z + thickness], rpy=[math.radians(angle) for angle in device.mount.rpy_deg])
        return on_bracket(gripper, mount, device.mount.mass + (mass if device is on_arm[0] else 0.0), flange)
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
    """Return thickness (m) and mass (kg) of the adapter, if one is needed. Raises ``ConfigError`` if it is missing."""
    if face is None or code is None or face == code:
        return []
    if adapter is None:
        text = (
            f"{tool} fits a flange {code} (ISO 9409-1), {holder} has {face}; "
            "name the plate between them: `adapter: {thickness: 0.01, mass: 0.1}`"
        )
        raise document.error(text, ("devices", role))
    return [(adapter.thickness, adapter.mass)]
